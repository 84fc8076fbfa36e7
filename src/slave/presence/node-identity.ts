// Who this slave is, the same after a restart: NODE_ID, else an id made once and kept in DATA_DIR.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { UserError } from "../../shared/kernel/user-error.ts";
import { isNodeId } from "../../shared/protocol/names.ts";
import { randomId } from "../../shared/tokens/random-secrets.ts";

/** @throws UserError when DATA_DIR cannot be written or holds something that is no node id. */
export function nodeIdentity(dataDir: string, configured: string | undefined): string {
  if (configured !== undefined) return configured;
  const file = join(dataDir, "node-id");
  const kept = readKept(file);
  if (kept !== undefined) {
    if (isNodeId(kept)) return kept;
    throw new UserError(`${file} does not hold a node id: delete it, or set NODE_ID.`);
  }
  const nodeId = newNodeId();
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
function newNodeId(): string {
  const host = hostname()
    .split(".")[0]
    ?.replaceAll(/[^A-Za-z0-9-]/g, "-")
    .replace(/^-+/, "")
    .slice(0, 40);
  return `${host || "slave"}-${randomId().replaceAll(/[-_]/g, "").slice(0, 8).toLowerCase()}`;
}
