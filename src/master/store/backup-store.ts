// A copy of the master's store in one file, whole whatever the master does meanwhile. Knows no arguments and prints nothing.
import { chmodSync, closeSync, existsSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { UserError } from "../../shared/kernel/user-error.ts";
import { databaseFile, explained } from "./database.ts";
import { finishCopy } from "./stored-file.ts";
import type { StoreSummary } from "./stored-file.ts";
import { syncFolder } from "./sync-folder.ts";

export interface Backup extends StoreSummary {
  readonly bytes: number;
  /** Others than its owner may read it: the file system knows no rights. */
  readonly readableByOthers: boolean;
}

/** All pages in one step: in several, a master that writes would make it begin anew each time. */
const allPages = 2 ** 30;

/**
 * Writes the store of `dataDir` to the new file `target` (0600), and reads it back.
 * @throws UserError when there is no store, when `target` exists, or when it cannot be written.
 */
export async function backupStore(dataDir: string, target: string): Promise<Backup> {
  const source = databaseFile(dataDir);
  if (!existsSync(source)) throw new UserError(`There is no store in DATA_DIR ${dataDir}: give the master's with --data-dir.`);
  const partial = `${target}.partial`;
  // Both names are ours from here on: nobody's file is written over, and under `target` there is nothing half done.
  takeName(target);
  try {
    takeName(partial);
    try {
      await copy(source, partial);
      const summary = explained(partial, () => finishCopy(partial, { migrated: false }));
      renameSync(partial, target);
      syncFolder(dirname(target));
      const { size, mode } = statSync(target);
      return { ...summary, bytes: size, readableByOthers: (mode & 0o077) !== 0 };
    } catch (error) {
      for (const suffix of ["", "-journal", "-wal", "-shm"]) rmSync(`${partial}${suffix}`, { force: true });
      throw error;
    }
  } catch (error) {
    rmSync(target, { force: true });
    throw error;
  }
}

async function copy(source: string, target: string): Promise<void> {
  const database = explained(source, () => new DatabaseSync(source, { readOnly: true, timeout: 5_000 }));
  try {
    await backup(database, target, { rate: allPages });
  } catch (cause) {
    throw new UserError(`The store could not be copied from ${source} to ${target}: ${(cause as Error).message}.`, { cause });
  } finally {
    database.close();
  }
}

function takeName(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
    chmodSync(file, 0o600);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new UserError(`${file} exists already, and is left as it is: give another name.`, { cause });
    throw new UserError(`${file} cannot be written (${code ?? message}): give a file in a folder that this user may write to.`, { cause });
  }
}
