// The keys that sign and verify viewer tokens: made once, kept in the store, or one shared secret. Knows no tokens.
import {
  generateSigningKey,
  keySetVersion,
  publicJwks,
  sealKeySet,
  signingKeyFromPem,
  signingKeyFromSecret,
} from "../../shared/tokens/signing-keys.ts";
import type { SigningKey, VerifyingKey } from "../../shared/tokens/signing-keys.ts";
import type { KeyObject } from "node:crypto";
import { UserError } from "../../shared/kernel/user-error.ts";
import type { KeySet } from "../../shared/protocol/cluster-messages.ts";
import type { SigningKeyStore, StoredSigningKey } from "../store/store.ts";

export interface KeyRing {
  /** Signs new tokens. */
  readonly current: SigningKey;
  /** By kid: the current one and retired ones whose tokens may still live. */
  readonly verifying: ReadonlyMap<string, VerifyingKey>;
  readonly version: string;
  /** Public keys for /.well-known/jwks.json; never an HS256 secret. */
  jwks(): { keys: Record<string, unknown>[] };
  /** What slaves get. */
  sealed(): Promise<KeySet>;
}

export interface KeyRingConfig {
  /** JWT_SECRET: HS256 instead of ES256. */
  readonly jwtSecret: string | undefined;
  readonly tokenTtlMs: number;
}

/**
 * Opens the ring, and makes the first pair where there is none. Retired keys whose last token has ended are deleted.
 * @throws UserError when a stored key cannot be read.
 */
export function openKeyRing(config: KeyRingConfig, deps: { store: SigningKeyStore; sealing: KeyObject; nowMs: number }): KeyRing {
  if (config.jwtSecret !== undefined) return ringOf([signingKeyFromSecret(config.jwtSecret)], deps.sealing);
  const { store, nowMs } = deps;
  const stored = store.list().filter((key) => {
    const ended = key.retiredAtMs !== undefined && key.retiredAtMs + config.tokenTtlMs < nowMs;
    if (ended) store.delete(key.kid);
    return !ended;
  });
  const keys = stored.toSorted((a, b) => Number(a.retiredAtMs !== undefined) - Number(b.retiredAtMs !== undefined)).map(readKey);
  if (!stored.some((key) => key.retiredAtMs === undefined)) keys.unshift(makeKey(store, nowMs));
  return ringOf(keys, deps.sealing);
}

/** Retires the signing key: the ring that is opened next makes a new one, and verifies tokens of the old one until they have ended. */
export function retireSigningKeys(store: SigningKeyStore, nowMs: number): void {
  for (const key of store.list()) if (key.retiredAtMs === undefined) store.retire(key.kid, nowMs);
}

function makeKey(store: SigningKeyStore, nowMs: number): SigningKey {
  const { key, pem } = generateSigningKey();
  store.insert({ kid: key.kid, pem, createdAtMs: nowMs, retiredAtMs: undefined });
  return key;
}

function readKey({ kid, pem }: StoredSigningKey): SigningKey {
  try {
    return signingKeyFromPem(pem);
  } catch (cause) {
    throw new UserError(`The signing key ${kid} in DATA_DIR cannot be read: restore airclass.db from a backup.`, { cause });
  }
}

function ringOf(keys: readonly SigningKey[], sealing: KeyObject): KeyRing {
  const [current] = keys;
  if (!current) throw new Error("a key ring needs a key");
  let sealed: Promise<KeySet> | undefined;
  return {
    current,
    verifying: new Map(keys.map((key) => [key.kid, key])),
    version: keySetVersion(keys),
    jwks: () => publicJwks(keys),
    sealed() {
      sealed ??= sealKeySet(keys, sealing);
      return sealed;
    },
  };
}
