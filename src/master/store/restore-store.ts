// Puts a backup in the place of the master's store: checked before, kept what was there, never half. Knows no arguments.
import { createReadStream, createWriteStream, existsSync, linkSync, renameSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { compactTime } from "../../shared/kernel/compact-time.ts";
import { UserError } from "../../shared/kernel/user-error.ts";
import { lockDataDir } from "./data-lock.ts";
import { databaseFile, isBusy } from "./database.ts";
import type { SqliteError } from "./database.ts";
import { finishCopy, refuseForeign } from "./stored-file.ts";
import type { StoreSummary } from "./stored-file.ts";
import { syncFolder } from "./sync-folder.ts";

export interface RestoreOptions {
  readonly dataDir: string;
  /** A file, or its bytes. */
  readonly from: string | Readable;
  /** Replaces a store that is there. */
  readonly force: boolean;
  /** Wall clock, for the name of what is kept. */
  readonly nowMs: number;
}

export interface Restored extends StoreSummary {
  /** Where the store is now that was there before. */
  readonly kept: string | undefined;
}

/**
 * `version` of what it returns is that of the backup; an older one is brought to this AIRClass's.
 * @throws UserError when a master runs there, when a store is there and `force` is not, or when the backup is none or damaged;
 * then everything is as it was.
 */
export async function restoreStore({ dataDir, from, force, nowMs }: RestoreOptions): Promise<Restored> {
  if (typeof from === "string") refuseUnreadable(from);
  const lock = lockDataDir(dataDir);
  const store = databaseFile(dataDir);
  const incoming = `${store}.restoring`;
  try {
    if (existsSync(store) && !force) {
      throw new UserError(`There is a store in DATA_DIR ${dataDir} already: replace it with --force (it is kept under another name).`);
    }
    const summary = await takeIn(from, incoming);
    const kept = existsSync(store) ? putAside(store, freeName(`${store}.${compactTime(nowMs)}`)) : undefined;
    // Journals of a store that is gone must not be taken for those of the new one.
    for (const suffix of ["-wal", "-shm", "-journal"]) rmSync(`${store}${suffix}`, { force: true });
    renameSync(incoming, store);
    syncFolder(dataDir);
    return { ...summary, kept };
  } finally {
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(`${incoming}${suffix}`, { force: true });
    lock.release();
  }
}

function refuseUnreadable(file: string): void {
  try {
    if (!statSync(file).isFile()) throw new UserError(`${file} is not a file.`);
    refuseForeign(file);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new UserError(`${file} cannot be read (${code ?? message}).`, { cause });
  }
}

/** A copy of its own, checked and brought to this version, so that what is put in place has been opened once. */
async function takeIn(from: string | Readable, incoming: string): Promise<StoreSummary> {
  rmSync(incoming, { force: true }); // Of a restore that was killed; the lock says that it is nobody's now.
  await pipeline(typeof from === "string" ? createReadStream(from) : from, createWriteStream(incoming, { flags: "wx", mode: 0o600 }));
  const name = typeof from === "string" ? from : "what was given";
  try {
    refuseForeign(incoming);
    return finishCopy(incoming, { migrated: true });
  } catch (cause) {
    if (cause instanceof UserError) throw new UserError(cause.message.replace(incoming, name), { cause });
    throw new UserError(`${name} is damaged (${(cause as Error).message}): take another backup.`, { cause });
  }
}

/** @returns where it is kept: also, with its journal, when it is too damaged to be opened. */
function putAside(store: string, kept: string): string {
  try {
    const database = new DatabaseSync(store, { timeout: 0 });
    try {
      // Takes the journal in, and fails while anybody else has it open.
      database.exec("PRAGMA journal_mode = DELETE");
    } finally {
      database.close();
    }
  } catch (error) {
    if (isBusy(error as SqliteError))
      throw new UserError(`${store} is in use by another program (a backup?): wait until it has ended.`, { cause: error });
    for (const suffix of ["-wal", "-journal"]) if (existsSync(`${store}${suffix}`)) renameSync(`${store}${suffix}`, `${kept}${suffix}`);
  }
  try {
    linkSync(store, kept);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    renameSync(store, kept); // A file system without hard links: for a moment there is no store, and the lock keeps masters away.
  }
  return kept;
}

function freeName(start: string): string {
  for (let number = 1; ; number += 1) {
    const name = `${start}${number === 1 ? "" : `-${number}`}.before-restore`;
    if (!existsSync(name)) return name;
  }
}
