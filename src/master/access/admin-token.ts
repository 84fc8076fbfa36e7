// Which admin token is good. Made once where nobody chose one; only its hash is kept.
import { hashSecret, randomSecret } from "../../shared/tokens/random-secrets.ts";
import type { AdminTokenStore } from "../store/store.ts";

/**
 * `hashSecret` of ADMIN_TOKEN where it is set, else of the token of the first start, else of a new one.
 * @param announce told the sentence with the new token, which is shown nowhere else
 */
export function adminTokenHash(configured: string | undefined, store: AdminTokenStore, announce: (sentence: string) => void): string {
  if (configured !== undefined) return hashSecret(configured);
  const stored = store.hash();
  if (stored !== undefined) return stored;
  const token = randomSecret();
  store.setHash(hashSecret(token));
  announce(`Admin token, shown this once (keep it, or set ADMIN_TOKEN yourself): ${token}`);
  return hashSecret(token);
}
