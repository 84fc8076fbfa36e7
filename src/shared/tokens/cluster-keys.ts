// CLUSTER_SECRET never signs or encrypts directly: each use has its own derived key (HKDF, RFC 5869).
import { createSecretKey, hkdfSync } from "node:crypto";
import type { KeyObject } from "node:crypto";

export interface ClusterKeys {
  /** Signs node credentials and the master's answers. */
  readonly credential: KeyObject;
  /** Seals an HS256 secret on its way to the slaves. */
  readonly sealing: KeyObject;
  /** Signs what lets a slave read a stream of another slave. */
  readonly media: KeyObject;
  /** Signs what lets a gateway publish to a slave. */
  readonly relay: KeyObject;
  /** Binds a page's session to what it was signed in with, and its CSRF token to it. */
  readonly session: KeyObject;
  /** Signs what the master asks of slaves. */
  readonly request: KeyObject;
}

/** @param secret CLUSTER_SECRET, at least 16 characters (checked by the configuration). */
export function deriveClusterKeys(secret: string): ClusterKeys {
  const derive = (purpose: string) => createSecretKey(Buffer.from(hkdfSync("sha256", secret, "airclass", purpose, 32)));
  return {
    credential: derive("node-credential v1"),
    sealing: derive("key-set sealing v1"),
    media: derive("media-credential v1"),
    relay: derive("relay-credential v1"),
    request: derive("master-credential v1"),
    session: derive("page-session v1"),
  };
}
