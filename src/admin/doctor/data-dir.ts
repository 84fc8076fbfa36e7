// Whether DATA_DIR can be used, is private, has room, and holds a store that is whole. Changes nothing.
import { access, constants, stat, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { databaseFile } from "../../master/store/database.ts";
import { inspectStore } from "../../master/store/stored-file.ts";
import { UserError } from "../../shared/kernel/user-error.ts";
import { failed, ok, warning } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** Bytes. The store is small; a full disk also stops logs, updates and much else. */
const littleSpace = 1e9;
const noSpace = 50e6;

export async function dataDirFindings(role: "master" | "slave", dataDir: string): Promise<Finding[]> {
  const folder = await nearestFolder(resolve(dataDir));
  if (folder === undefined) return [failed("data", `DATA_DIR ${dataDir} is not a folder.`, "Choose another DATA_DIR.")];
  if (!(await may(folder, constants.W_OK | constants.X_OK))) {
    return [
      failed("data", `this user may not write to ${folder} (DATA_DIR ${dataDir}).`, "Give it the right to, or choose another DATA_DIR."),
    ];
  }
  const findings = [await spaceFinding(folder)];
  if (role === "slave") return [...findings, ...(await privateFindings(join(dataDir, "node-id")))];
  const file = databaseFile(dataDir);
  if (!(await exists(file))) return [...findings, ok("data", `DATA_DIR ${dataDir} holds no store yet: the master makes one`)];
  if (!(await may(file, constants.R_OK | constants.W_OK))) {
    return [...findings, failed("data", `this user may not read and write ${file}.`, "Run the master and this command as its owner.")];
  }
  return [...findings, storeFinding(dataDir), ...(await privateFindings(file))];
}

function storeFinding(dataDir: string): Finding {
  try {
    const { version, classes } = inspectStore(dataDir);
    return ok("data", `the store in DATA_DIR ${dataDir} is whole (version ${version}, ${classes} ${classes === 1 ? "class" : "classes"})`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return failed("data", error.message, "Put a backup in its place: airclass restore <file> --force.");
  }
}

async function spaceFinding(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const text = `${(free / 1e9).toFixed(1)} GB free on the disk of DATA_DIR`;
  if (free < noSpace) return failed("disk", `${text}: the store cannot grow.`, "Make room.");
  if (free < littleSpace) return warning("disk", `${text}.`, "Make room before it is full.");
  return ok("disk", text);
}

async function privateFindings(file: string): Promise<Finding[]> {
  if (!(await exists(file))) return [];
  const { mode } = await stat(file);
  if ((mode & 0o077) === 0) return [];
  return [warning("data", `others on this machine may read ${file}.`, `chmod 600 ${file}, and chmod 700 its folder.`)];
}

/** `folder`, or the first one above it that is there; undefined when there is something else. */
async function nearestFolder(folder: string): Promise<string | undefined> {
  for (let path = folder; ; path = dirname(path)) {
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      if (error.code === "ENOTDIR" || error.code === "EACCES") return "none" as const;
      throw error;
    });
    if (found === "none") return undefined;
    if (found) return found.isDirectory() ? path : undefined;
  }
}

const may = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );
const exists = (path: string): Promise<boolean> => may(path, constants.F_OK);
