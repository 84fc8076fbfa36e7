// Who is signed in to the pages, over a restart of the master. Knows of ids and credentials only what cannot be turned
// back into them; when a session ends is decided in src/master/access.
import type { DatabaseSync } from "node:sqlite";

export interface SessionRecord {
  /** `hashSecret` of the id in the cookie, which is 192 random bits. */
  readonly idHash: string;
  /** Of a teacher; a class that is deleted takes its sessions with it. */
  readonly className: string | undefined;
  /** MAC of what it was signed in with. */
  readonly credential: string;
  /** Unix ms. */
  readonly signedInAtMs: number;
  /** Unix ms. */
  readonly expiresAtMs: number;
}

export interface SessionStore {
  get(idHash: string): SessionRecord | undefined;
  /** @param keep of the sessions of its class, or of the admin's, so many: those that would expire first go. */
  insert(record: SessionRecord, keep: number): void;
  setExpiry(idHash: string, expiresAtMs: number): void;
  delete(idHash: string): void;
  deleteExpired(nowMs: number): void;
}

interface SessionRow {
  id_hash: string;
  class_name: string | null;
  credential: string;
  signed_in_at_ms: number;
  expires_at_ms: number;
}

export function sessionStoreIn(database: DatabaseSync): SessionStore {
  const columns = "id_hash, class_name, credential, signed_in_at_ms, expires_at_ms";
  const get = database.prepare(`SELECT ${columns} FROM sessions WHERE id_hash = ?`);
  const insert = database.prepare(`INSERT INTO sessions (${columns}) VALUES (?, ?, ?, ?, ?)`);
  const trim = database.prepare(
    "DELETE FROM sessions WHERE id_hash IN (SELECT id_hash FROM sessions WHERE class_name IS ? ORDER BY expires_at_ms DESC, id_hash LIMIT -1 OFFSET ?)",
  );
  const setExpiry = database.prepare("UPDATE sessions SET expires_at_ms = ? WHERE id_hash = ?");
  const remove = database.prepare("DELETE FROM sessions WHERE id_hash = ?");
  const removeExpired = database.prepare("DELETE FROM sessions WHERE expires_at_ms <= ?");

  return {
    get(idHash) {
      const row = get.get(idHash) as unknown as SessionRow | undefined;
      return row && sessionOf(row);
    },
    insert({ idHash, className, credential, signedInAtMs, expiresAtMs }, keep) {
      // Before, so that it cannot be its own victim when others expire at the same time.
      trim.run(className ?? null, keep - 1);
      insert.run(idHash, className ?? null, credential, signedInAtMs, expiresAtMs);
    },
    setExpiry: (idHash, expiresAtMs) => void setExpiry.run(expiresAtMs, idHash),
    delete: (idHash) => void remove.run(idHash),
    deleteExpired: (nowMs) => void removeExpired.run(nowMs),
  };
}

function sessionOf(row: SessionRow): SessionRecord {
  return {
    idHash: row.id_hash,
    className: row.class_name ?? undefined,
    credential: row.credential,
    signedInAtMs: row.signed_in_at_ms,
    expiresAtMs: row.expires_at_ms,
  };
}
