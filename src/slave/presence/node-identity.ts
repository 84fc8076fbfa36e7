// Who this slave is, the same after a restart: NODE_ID, else an id made once and kept in DATA_DIR.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { randomName } from "../../shared/kernel/random-name.ts";
import { UserError } from "../../shared/kernel/user-error.ts";
import { isNodeId } from "../../shared/protocol/names.ts";

/**
 * @param configured NODE_ID: `{hostname}` in it is replaced, so that containers of one service have ids of their own.
 * @throws UserError when DATA_DIR cannot be written or holds something that is no node id, or the host's name is none.
 */
export function nodeIdentity(dataDir: string, configured: string | undefined, host = hostname()): string {
  if (configured !== undefined) return filled(configured, host);
  const file = join(dataDir, "node-id");
  const kept = readKept(file);
  if (kept !== undefined) {
    if (isNodeId(kept)) return kept;
    throw new UserError(`${file} does not hold a node id: delete it, or set NODE_ID.`);
  }
  const nodeId = newNodeId(host);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(file, `${nodeId}\n`, { mode: 0o600 });
  } catch (cause) {
    throw new UserError(
      `The node id cannot be kept in DATA_DIR ${dataDir}: ${(cause as Error).message}. Set NODE_ID, or DATA_DIR to a folder that can be written.`,
      { cause },
    );
  }
  return nodeId;
}

function filled(template: string, host: string): string {
  const nodeId = template.replaceAll("{hostname}", host);
  if (isNodeId(nodeId)) return nodeId;
  throw new UserError(
    `NODE_ID=${template} is ${JSON.stringify(nodeId)} on this machine, and no node id: it must be 1 to 64 of A-Z a-z 0-9 . _ -. Set NODE_ID to such a name.`,
    { exitCode: 2 },
  );
}

function readKept(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UserError(`${file} cannot be read: ${(error as Error).message}. Set NODE_ID, or DATA_DIR to another folder.`, {
      cause: error,
    });
  }
}

/** The host's name tells people which machine it is, the random part tells two machines of one name apart. */
function newNodeId(hostName: string): string {
  const host = hostName
    .split(".")[0]
    ?.replaceAll(/[^A-Za-z0-9-]/g, "-")
    .replace(/^-+/, "")
    .slice(0, 40);
  return randomName(host || "slave");
}
