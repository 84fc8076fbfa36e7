// Which tokens are revoked and who was removed from a class, over a restart of the master. When they are, and when they are
// forgotten, is decided in src/master/revocation.
import type { DatabaseSync } from "node:sqlite";

export interface RevokedToken {
  readonly jti: string;
  readonly path: string;
  /** Unix seconds; the token is of no use after it. */
  readonly exp: number;
}

export interface RevokedPath {
  readonly path: string;
  /** Tokens with an `iat` up to this (Unix seconds) are revoked. */
  readonly issuedUntilS: number;
  /** Those with one up to this are of a class of this name that was deleted; undefined when none was. */
  readonly deletedUntilS: number | undefined;
  /** No token that it is about lives for longer. Unix seconds. */
  readonly forgetAfterS: number;
}

export interface RevocationChange {
  readonly tokens?: readonly RevokedToken[];
  readonly paths?: readonly RevokedPath[];
  readonly forgottenTokens?: readonly string[];
  readonly forgottenPaths?: readonly string[];
  /** Of the whole list; undefined leaves it. */
  readonly version?: string;
}

export interface RemovedViewer {
  /** As the viewer wrote it. */
  readonly userId: string;
  /** Unix ms. */
  readonly untilMs: number;
}

export interface RevocationStore {
  /** Undefined while nothing was ever revoked. */
  version(): string | undefined;
  /** By the end of their life. */
  tokens(): RevokedToken[];
  paths(): RevokedPath[];
  /** All of it or nothing. */
  change(change: RevocationChange): void;
  /** @param viewer what two spellings of the same name have in common. */
  removedUntil(className: string, viewer: string): number | undefined;
  /** Those of a class go with it. Nothing is kept where there is no such class. @param keep so many of a class: those that end first go. */
  putRemoved(className: string, viewer: string, removed: RemovedViewer, keep: number): void;
  /** False when there was none. */
  deleteRemoved(className: string, viewer: string): boolean;
  deleteRemovedBefore(nowMs: number): void;
  /** By name. */
  removedFrom(className: string): RemovedViewer[];
}

interface PathRow {
  path: string;
  issued_until_s: number;
  deleted_until_s: number | null;
  forget_after_s: number;
}

const versionSetting = "revocations_version";

export function revocationStoreIn(database: DatabaseSync): RevocationStore {
  const sql = (text: string) => database.prepare(text);
  const getVersion = sql("SELECT value FROM settings WHERE name = ?");
  const putVersion = sql("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
  const listTokens = sql("SELECT jti, path, exp_s AS exp FROM revoked_tokens ORDER BY exp_s, jti");
  const putToken = sql(
    "INSERT INTO revoked_tokens (jti, path, exp_s) VALUES (?, ?, ?) ON CONFLICT (jti) DO UPDATE SET exp_s = max(exp_s, excluded.exp_s)",
  );
  const deleteToken = sql("DELETE FROM revoked_tokens WHERE jti = ?");
  const listPaths = sql("SELECT path, issued_until_s, deleted_until_s, forget_after_s FROM revoked_paths ORDER BY forget_after_s, path");
  const putPath = sql("INSERT OR REPLACE INTO revoked_paths (path, issued_until_s, deleted_until_s, forget_after_s) VALUES (?, ?, ?, ?)");
  const deletePath = sql("DELETE FROM revoked_paths WHERE path = ?");
  const getRemoved = sql("SELECT until_ms FROM removed_viewers WHERE class_name = ? AND viewer = ?");
  const putRemoved = sql(
    "INSERT OR REPLACE INTO removed_viewers (class_name, viewer, user_id, until_ms) SELECT name, ?, ?, ? FROM classes WHERE name = ?",
  );
  const trimRemoved = sql(
    "DELETE FROM removed_viewers WHERE class_name = ?1 AND viewer IN (SELECT viewer FROM removed_viewers WHERE class_name = ?1 ORDER BY until_ms DESC, viewer LIMIT -1 OFFSET ?2)",
  );
  const deleteRemoved = sql("DELETE FROM removed_viewers WHERE class_name = ? AND viewer = ?");
  const deleteRemovedBefore = sql("DELETE FROM removed_viewers WHERE until_ms <= ?");
  const listRemoved = sql(
    "SELECT user_id AS userId, until_ms AS untilMs FROM removed_viewers WHERE class_name = ? ORDER BY user_id, viewer",
  );

  function apply({ tokens = [], paths = [], forgottenTokens = [], forgottenPaths = [], version }: RevocationChange): void {
    for (const { jti, path, exp } of tokens) putToken.run(jti, path, exp);
    for (const { path, issuedUntilS, deletedUntilS = null, forgetAfterS } of paths)
      putPath.run(path, issuedUntilS, deletedUntilS, forgetAfterS);
    for (const jti of forgottenTokens) deleteToken.run(jti);
    for (const path of forgottenPaths) deletePath.run(path);
    if (version !== undefined) putVersion.run(versionSetting, version);
  }

  return {
    version: () => (getVersion.get(versionSetting) as { value: string } | undefined)?.value,
    tokens: () => listTokens.all().map((row) => ({ ...(row as unknown as RevokedToken) })),
    paths: () =>
      (listPaths.all() as unknown as PathRow[]).map((row) => ({
        path: row.path,
        issuedUntilS: row.issued_until_s,
        deletedUntilS: row.deleted_until_s ?? undefined,
        forgetAfterS: row.forget_after_s,
      })),
    change(change) {
      database.exec("BEGIN IMMEDIATE");
      try {
        apply(change);
        database.exec("COMMIT");
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
    removedUntil: (className, viewer) => (getRemoved.get(className, viewer) as { until_ms: number } | undefined)?.until_ms,
    putRemoved(className, viewer, { userId, untilMs }, keep) {
      putRemoved.run(viewer, userId, untilMs, className);
      trimRemoved.run(className, keep);
    },
    deleteRemoved: (className, viewer) => deleteRemoved.run(className, viewer).changes === 1,
    deleteRemovedBefore: (nowMs) => void deleteRemovedBefore.run(nowMs),
    removedFrom: (className) => listRemoved.all(className).map((row) => ({ ...(row as unknown as RemovedViewer) })),
  };
}
