// Sessions of the pages: who signed in, until when, and the CSRF token that belongs to it. A session is good for as
// long as what it was signed in with is: nobody has to remember to end it. Knows no cookies and no HTTP.
import { createHmac } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Clock } from "../../shared/kernel/clock.ts";
import { equalSecrets, hashSecret, randomSecret } from "../../shared/tokens/random-secrets.ts";
import type { ClassCatalog } from "../classes/class-catalog.ts";
import type { SessionRecord, SessionStore } from "../store/session-store.ts";

/** Who somebody is: the admin, or the teacher of one class. */
export type Caller = { readonly role: "admin" } | { readonly role: "teacher"; readonly className: string };

export interface PageSession {
  readonly caller: Caller;
  /** Unix ms; later with each use. */
  readonly expiresAtMs: number;
  readonly csrfToken: string;
}

export interface PageSessions {
  /** Who has this token: ADMIN_TOKEN, or the teacher token of a class. Constant time for the first, a look-up by its hash for the second. */
  whoHas(token: string): Caller | undefined;
  /** A new session with a new id, whatever the browser had before. */
  open(caller: Caller): { readonly id: string; readonly session: PageSession };
  /** The session of a cookie's value, while it is good; that it was asked for keeps it for another 12 hours. */
  find(id: string): PageSession | undefined;
  close(id: string): void;
  /** Told when a session was closed; those that end otherwise are not good any more when they are asked for. @returns a function that ends it. */
  listen(closed: () => void): () => void;
}

export interface PageSessionsDeps {
  readonly store: SessionStore;
  readonly classes: Pick<ClassCatalog, "get" | "findByTeacherToken">;
  /** `hashSecret` of ADMIN_TOKEN. */
  readonly adminTokenHash: string;
  /** `deriveClusterKeys().session`. */
  readonly key: KeyObject;
  readonly clock: Clock;
}

/** Without a use for so long, a session ends. */
const idleLimitMs = 12 * 3_600_000;
/** However often it is used: a stolen cookie is not good for ever. */
export const ageLimitMs = 7 * 24 * 3_600_000;
/** The store is written at most so often per session. */
const renewEveryMs = 600_000;
/** Of a class, and of the admin: people, their devices, and some that were never signed out. */
const maxPerCaller = 100;
/** `randomSecret`. */
const idPattern = /^[A-Za-z0-9_-]{32}$/;

export function createPageSessions({ store, classes, adminTokenHash, key, clock }: PageSessionsDeps): PageSessions {
  /** Keyed, since ADMIN_TOKEN may be a weak one and copies of the store are kept elsewhere. */
  const mac = (purpose: string, text: string) => createHmac("sha256", key).update(`${purpose}\n`).update(text).digest("base64url");
  const adminCredential = mac("admin v1", adminTokenHash);
  const listeners = new Set<() => void>();

  /** What a session of today's ADMIN_TOKEN, or of the class's teacher token of today, has in its record. */
  function credentialOf(className: string | undefined): string | undefined {
    if (className === undefined) return adminCredential;
    const hash = classes.get(className)?.teacherTokenHash;
    return hash === undefined ? undefined : mac("teacher v1", hash);
  }

  function isGood({ className, credential, expiresAtMs }: SessionRecord, nowMs: number): boolean {
    const expected = credentialOf(className);
    return nowMs < expiresAtMs && expected !== undefined && equalSecrets(expected, credential);
  }

  /** Unix ms. */
  const expiryAt = (nowMs: number, signedInAtMs: number) => Math.min(nowMs + idleLimitMs, signedInAtMs + ageLimitMs);

  const sessionOf = (id: string, className: string | undefined, expiresAtMs: number): PageSession => ({
    caller: className === undefined ? { role: "admin" } : { role: "teacher", className },
    expiresAtMs,
    csrfToken: mac("csrf v1", id),
  });

  return {
    whoHas(token) {
      if (equalSecrets(hashSecret(token), adminTokenHash)) return { role: "admin" };
      const record = classes.findByTeacherToken(token);
      return record && { role: "teacher", className: record.name };
    },
    open(caller) {
      const nowMs = clock.wallMs();
      const className = caller.role === "teacher" ? caller.className : undefined;
      const credential = credentialOf(className);
      if (credential === undefined) throw new Error("there is no token that this session could be of");
      const id = randomSecret();
      const expiresAtMs = expiryAt(nowMs, nowMs);
      store.deleteExpired(nowMs);
      store.insert({ idHash: hashSecret(id), className, credential, signedInAtMs: nowMs, expiresAtMs }, maxPerCaller);
      return { id, session: sessionOf(id, className, expiresAtMs) };
    },
    find(id) {
      if (!idPattern.test(id)) return undefined;
      const record = store.get(hashSecret(id));
      if (!record) return undefined;
      const nowMs = clock.wallMs();
      if (!isGood(record, nowMs)) {
        store.delete(record.idHash);
        return undefined;
      }
      const laterMs = expiryAt(nowMs, record.signedInAtMs);
      const isWorthIt = laterMs - record.expiresAtMs >= renewEveryMs;
      if (isWorthIt) store.setExpiry(record.idHash, laterMs);
      return sessionOf(id, record.className, isWorthIt ? laterMs : record.expiresAtMs);
    },
    close(id) {
      if (!idPattern.test(id)) return;
      store.delete(hashSecret(id));
      for (const closed of listeners) closed();
    },
    listen(closed) {
      listeners.add(closed);
      return () => void listeners.delete(closed);
    },
  };
}
