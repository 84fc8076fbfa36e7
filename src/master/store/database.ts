// Opens the master's SQLite file in DATA_DIR: rights, migrations, and a sentence for everything that can be wrong
// with it. Does not know what the tables mean.
import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { UserError } from "../../shared/kernel/user-error.ts";
import { migrations } from "./migrations.ts";

/** What a connection waits for another one's lock. */
const busyTimeoutMs = 2_000;

export function databaseFile(dataDir: string): string {
  return join(dataDir, "airclass.db");
}

/**
 * A folder that is made here is only for its owner (0700), the file always (0600): it holds the signing keys.
 * @throws UserError when the folder cannot be used, or the file is damaged, busy, or of a newer AIRClass.
 */
export function openDatabase(dataDir: string): DatabaseSync {
  const file = databaseFile(dataDir);
  makePrivateFile(dataDir, file);
  return explained(file, () => {
    const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
    try {
      // NORMAL: after a power failure the last changes may be missing, the file is never damaged.
      database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;");
      const { quick_check: check } = database.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
      if (check !== "ok") throw new Error(check);
      migrate(database, file);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Makes `file` where there is none, only for its owner, and DATA_DIR around it. @throws UserError */
export function makePrivateFile(dataDir: string, file: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new UserError(`DATA_DIR ${dataDir} cannot be used (${code ?? message}): choose a folder that this user may write to.`, { cause });
  }
}

export interface SqliteError extends Error {
  /** https://www.sqlite.org/rescode.html */
  readonly errcode?: number;
}

export const isBusy = ({ errcode }: SqliteError): boolean => [5, 6].includes((errcode ?? 0) & 0xff);

/** What `use` returns. @throws UserError for every error that has to do with `file`. */
export function explained<Result>(file: string, use: () => Result): Result {
  try {
    return use();
  } catch (cause) {
    throw cause instanceof UserError ? cause : new UserError(sentenceFor(cause as SqliteError, file), { cause });
  }
}

function sentenceFor(error: SqliteError, file: string): string {
  const { errcode, message } = error;
  const primary = (errcode ?? 0) & 0xff;
  if (isBusy(error)) return `${file} is locked by another program: is a second master running with the same DATA_DIR?`;
  if (primary === 8 || primary === 14) return `${file} cannot be written (${message}): let this user write to DATA_DIR and its files.`;
  if (primary === 13) return `${file} cannot be written: the disk is full.`;
  return `${file} is damaged (${message}): restore it from a backup, or move it away to start with an empty store.`;
}

/** Brings it to the newest version. @throws UserError when it is of a newer AIRClass. */
export function migrate(database: DatabaseSync, file: string): void {
  const version = refuseNewer(database, file);
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue;
    database.exec(`BEGIN IMMEDIATE; ${migration}; PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
}

/** @returns its version. @throws UserError when it is of a newer AIRClass. */
export function refuseNewer(database: DatabaseSync, file: string): number {
  const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > migrations.length) {
    throw new UserError(
      `${file} was written by a newer AIRClass (version ${version} of the store, here ${migrations.length}): update this one.`,
    );
  }
  return version;
}
