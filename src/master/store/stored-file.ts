// Looks at a file that should be a store, without a running master: is it one, is it whole, of which version? Changes nothing
// but the file's journal.
import { closeSync, fsyncSync, openSync, readSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { UserError } from "../../shared/kernel/user-error.ts";
import { databaseFile, explained, migrate, refuseNewer } from "./database.ts";
import { migrations } from "./migrations.ts";

export interface StoreSummary {
  /** Of the store's shape, `user_version`. */
  readonly version: number;
  readonly classes: number;
  readonly signingKeys: number;
}

/** https://www.sqlite.org/fileformat.html#the_database_header */
const magic = "SQLite format 3\0";

/** @throws UserError for a file that is no SQLite file at all. */
export function refuseForeign(file: string): void {
  const start = Buffer.alloc(magic.length);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, start, 0, start.length, 0);
  } finally {
    closeSync(descriptor);
  }
  if (start.toString("latin1") !== magic) throw new UserError(`${file} is no backup of AIRClass: it is not an SQLite file.`);
}

/** Reads every page. @throws UserError when it is no store, damaged, or of a newer AIRClass. */
function checkStore(database: DatabaseSync, file: string): StoreSummary {
  const [{ integrity_check: first } = { integrity_check: "no answer" }] = database.prepare("PRAGMA integrity_check(1)").all() as {
    integrity_check: string;
  }[];
  if (first !== "ok") throw new UserError(`${file} is damaged (${first}).`);
  const version = refuseNewer(database, file);
  if (version === 0 || shapeOf(database) !== shapeOfVersion(version)) {
    throw new UserError(`${file} is not the store of an AIRClass master: its tables are others.`);
  }
  const { classes, signingKeys } = database
    .prepare("SELECT (SELECT count(*) FROM classes) AS classes, (SELECT count(*) FROM signing_keys) AS signingKeys")
    .get() as { classes: number; signingKeys: number };
  return { version, classes, signingKeys };
}

/** The store of DATA_DIR, also of a master that runs. @throws UserError when there is none, or as `checkStore`. */
export function inspectStore(dataDir: string): StoreSummary {
  const file = databaseFile(dataDir);
  return explained(file, () => {
    const database = new DatabaseSync(file, { readOnly: true, timeout: 2_000 });
    try {
      return checkStore(database, file);
    } finally {
      database.close();
    }
  });
}

/** All in one file, without a journal beside it, and on the disk. @throws UserError as `checkStore`. */
export function finishCopy(file: string, { migrated }: { readonly migrated: boolean }): StoreSummary {
  const database = new DatabaseSync(file);
  let summary: StoreSummary;
  try {
    // Whatever a foreign file has for a schema, nothing of it is run.
    database.exec("PRAGMA trusted_schema = OFF; PRAGMA journal_mode = DELETE;");
    summary = checkStore(database, file);
    if (migrated) migrate(database, file);
  } finally {
    database.close();
  }
  const descriptor = openSync(file, "r+");
  fsyncSync(descriptor);
  closeSync(descriptor);
  return summary;
}

/** Every table and index as it was made; a trigger or a view, of which we have none, shows too. */
function shapeOf(database: DatabaseSync): string {
  return JSON.stringify(database.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name").all());
}

function shapeOfVersion(version: number): string {
  const fresh = new DatabaseSync(":memory:");
  try {
    for (const migration of migrations.slice(0, version)) fresh.exec(migration);
    return shapeOf(fresh);
  } finally {
    fresh.close();
  }
}
