// One process at a time works with a DATA_DIR: a running master, or a restore. Knows nothing of what is in the store.
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { UserError } from "../../shared/kernel/user-error.ts";
import { explained, isBusy, makePrivateFile } from "./database.ts";
import type { SqliteError } from "./database.ts";

export interface DataLock {
  /** Idempotent. The lock also ends with the process, however that ends. */
  release(): void;
}

/**
 * SQLite's lock of an empty file beside the store, since Node has none of its own. It is not the store's own: that must stay
 * readable for backups while the master runs, and a restore puts another file in its place.
 * @throws UserError when another process has it.
 */
export function lockDataDir(dataDir: string): DataLock {
  const file = join(dataDir, "airclass.lock");
  makePrivateFile(dataDir, file);
  return explained(file, () => {
    const database = new DatabaseSync(file, { timeout: 0 });
    try {
      database.exec("BEGIN EXCLUSIVE");
    } catch (error) {
      database.close();
      if (!isBusy(error as SqliteError)) throw error;
      throw new UserError(
        `DATA_DIR ${dataDir} is in use by another airclass (a running master, or a restore): stop that one first, or choose another DATA_DIR.`,
        { cause: error },
      );
    }
    return {
      release() {
        if (database.isOpen) database.close();
      },
    };
  });
}
