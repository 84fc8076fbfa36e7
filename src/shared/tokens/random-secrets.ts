// Random names and secrets, and how secrets are kept and compared.
import { createHash, randomBytes, randomInt, timingSafeEqual } from "node:crypto";

/** 128 random bits as base64url (22 characters): token ids, instance ids. */
export const randomId = (): string => randomBytes(16).toString("base64url");

/** A stream key or admin token: 192 random bits, base64url. */
export const randomSecret = (): string => randomBytes(24).toString("base64url");

/** No 0/O, 1/I/L: read aloud in a classroom and typed on phones. */
const joinCodeAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/** Six characters, 31^6 ≈ 9·10⁸ codes; guessing is slowed by the rate limit of /api/token. */
export const randomJoinCode = (): string => Array.from({ length: 6 }, () => joinCodeAlphabet[randomInt(joinCodeAlphabet.length)]).join("");

/**
 * SHA-256, base64url. Enough for our secrets, which are random and ≥ 128 bits: there is nothing
 * to guess, so a slow password hash would only slow the door.
 */
export const hashSecret = (secret: string): string => createHash("sha256").update(secret).digest("base64url");

/** Compares in constant time, whatever the lengths. */
export function equalSecrets(a: string, b: string): boolean {
  return timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());
}
