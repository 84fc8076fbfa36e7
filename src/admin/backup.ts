// airclass backup and restore: the master's data to one file and back. Knows no SQL.
import { createReadStream, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { backupStore } from "../master/store/backup-store.ts";
import { restoreStore } from "../master/store/restore-store.ts";
import type { StoreSummary } from "../master/store/stored-file.ts";
import { compactTime } from "../shared/kernel/compact-time.ts";
import { readFlags, wrongUse } from "./command-flags.ts";

export const backupHelp = `usage: airclass backup [file] [--data-dir D]
       airclass restore <file> [--data-dir D] [--force]

backup writes the master's data (classes, stream keys, signing keys, the admin token's hash) to one new file, also while the
master runs, and reads it back. It holds secrets: only its owner may read it (0600); keep it so. CLUSTER_SECRET and other
settings are not in it. restore puts it in the place of the data: the master must be stopped.

  file            default airclass-<time>.backup here; - is standard output (backup) or standard input (restore)
  --data-dir      default DATA_DIR, else ./data
  --force         replaces data that is there; it is kept beside it as airclass.db.<time>.before-restore`;

export interface BackupDeps {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
  /** For people, when standard output is for the file. */
  readonly printError: (line: string) => void;
  readonly stdout: Writable;
  readonly stdin: Readable;
  /** Unix ms. */
  readonly wallMs?: () => number;
}

/** @throws UserError when nothing was written. */
export async function runBackup(deps: BackupDeps): Promise<void> {
  const { words, values } = readFlags("backup", { values: ["data-dir"] }, deps.args);
  const [file = defaultName((deps.wallMs ?? Date.now)()), ...more] = words;
  if (more.length > 0) throw wrongUse("backup", "Give one file: airclass backup [file].");
  const dataDir = dataDirOf(values["data-dir"], deps.env);
  if (file === "-") return toStandardOutput(dataDir, deps);
  const { bytes, readableByOthers, ...summary } = await backupStore(dataDir, file);
  deps.print(`${file}: ${described(summary)}, ${bytes} bytes, read back and found whole.`);
  deps.print(
    readableByOthers
      ? "It holds secrets, and this file system lets others read it: move it to a place where they cannot."
      : "It holds secrets: only you may read it; keep it so.",
  );
}

/** A container's way out: its file system may be read-only, and `docker cp` would need another step. */
async function toStandardOutput(dataDir: string, { stdout, printError }: BackupDeps): Promise<void> {
  // DATA_DIR can be written where nothing else can.
  const folder = mkdtempSync(join(existsSync(dataDir) ? dataDir : tmpdir(), "backup-"));
  try {
    const file = join(folder, "backup");
    const summary = await backupStore(dataDir, file);
    await pipeline(createReadStream(file), stdout, { end: false });
    printError(
      `Written to standard output: ${described(summary)}, ${summary.bytes} bytes. It holds secrets: let nobody else read the file.`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws UserError when everything is as it was. */
export async function runRestore(deps: BackupDeps): Promise<void> {
  const { words, values, switches } = readFlags("restore", { values: ["data-dir"], switches: ["force"] }, deps.args);
  const [file, ...more] = words;
  if (file === undefined || more.length > 0) throw wrongUse("restore", "Say which file: airclass restore <file>.");
  const dataDir = dataDirOf(values["data-dir"], deps.env);
  const { kept, ...summary } = await restoreStore({
    dataDir,
    from: file === "-" ? deps.stdin : file,
    force: switches.has("force"),
    nowMs: (deps.wallMs ?? Date.now)(),
  });
  deps.print(`DATA_DIR ${dataDir} holds ${described(summary)} now: start the master, with the CLUSTER_SECRET of its slaves.`);
  if (kept !== undefined) deps.print(`What was there before is kept as ${kept}: it holds secrets too; delete it when it is not needed.`);
}

function dataDirOf(flag: string | undefined, env: BackupDeps["env"]): string {
  return flag ?? (env["DATA_DIR"] || "./data");
}

function described({ classes, signingKeys, version }: StoreSummary): string {
  const count = (number: number, what: string, plural: string) => `${number} ${number === 1 ? what : plural}`;
  return `${count(classes, "class", "classes")} and ${count(signingKeys, "signing key", "signing keys")} (version ${version} of the store)`;
}

/** airclass-20261122T162759Z.backup */
function defaultName(wallMs: number): string {
  return `airclass-${compactTime(wallMs)}.backup`;
}
