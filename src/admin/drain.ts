// airclass drain and undrain: gives the order to the master, and watches until the node is empty.
import { closest } from "fastest-levenshtein";
import { Type } from "typebox";
import type { Static } from "typebox";
import { UserError } from "../shared/kernel/user-error.ts";
import { NodeView } from "../shared/protocol/nodes.ts";
import { readAdminArguments } from "./admin-arguments.ts";
import { AdminRefusal, createAdminClient, MasterAway } from "./admin-client.ts";
import type { AdminClient } from "./admin-client.ts";
import { readDuration, wrongUse } from "./command-flags.ts";

export const drainHelp = `usage: airclass drain <node> [--deadline 60s] [--master URL] [--admin-token T]
       airclass undrain <node> [--master URL] [--admin-token T]

drain moves viewers and publishers of a node to others, spread over the deadline, and ends with code 0 when it is empty.
Then the node may be stopped. Nobody new is sent there until undrain. Ending the command does not end the draining.

  <node>          node id, or node name where only one node has it (GET /cluster/nodes)
  --deadline      1s to 1h; default 60s
  --master        default MASTER_URL (the first), else http://127.0.0.1:8000
  --admin-token   default ADMIN_TOKEN`;

export interface DrainDeps {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
  /** Between two looks; default 1 s. */
  readonly lookEveryMs?: number;
  /** How long after the deadline the node may still report somebody; default 30 s. */
  readonly patienceMs?: number;
  /** A node that the master has not named for so long has left; a master that was restarted knows its nodes again before. Default 12 s. */
  readonly goneMs?: number;
}

/** What is read of the master's answers. */
const NodeAnswer = Type.Pick(NodeView, ["node_id", "node_name", "status", "current_connections", "origin_streams", "drain_deadline"]);
type NodeAnswer = Static<typeof NodeAnswer>;
const NodesAnswer = Type.Object({ nodes: Type.Array(NodeAnswer) });

/** A line without news is printed this often. */
const sayEveryMs = 5_000;
/** A master that restarts meanwhile is waited for. */
const masterAwayMs = 30_000;

/** Resolves when the node is drained. @throws UserError when it is not to be, or was not in time. */
export async function runDrain(deps: DrainDeps): Promise<void> {
  const { print } = deps;
  const parsed = readAdminArguments("drain", { values: ["deadline"] }, deps);
  const deadlineS = readDuration("deadline", parsed.values["deadline"] ?? "60s", { min: 1, max: 3_600 });
  const word = oneWord("drain", parsed.words);
  const client = createAdminClient(parsed);
  const { node_id: nodeId } = await findNode(client, word);
  const node = await client.call(NodeAnswer, "POST", `/cluster/nodes/${nodeId}/drain`, { deadline_s: deadlineS });
  print(`${nodeId} is to be drained within ${deadlineS} s: ${left(node)}`);
  await untilDrained(client, nodeId, performance.now() + deadlineS * 1_000, deps);
}

/** @throws UserError */
export async function runUndrain(deps: DrainDeps): Promise<void> {
  const parsed = readAdminArguments("undrain", {}, deps);
  const word = oneWord("undrain", parsed.words);
  const client = createAdminClient(parsed);
  const { node_id: nodeId } = await findNode(client, word);
  const { status } = await client.call(NodeAnswer, "POST", `/cluster/nodes/${nodeId}/undrain`);
  deps.print(`${nodeId} takes viewers and publishers again: ${status}`);
}

async function untilDrained(client: AdminClient, nodeId: string, deadlineMs: number, deps: DrainDeps): Promise<void> {
  const { print, lookEveryMs = 1_000, patienceMs = 30_000, goneMs = 12_000 } = deps;
  let said = "";
  let saidAtMs = performance.now();
  let answeredAtMs = performance.now();
  let seenAtMs = performance.now();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    const now = performance.now();
    const nodes = await client.call(NodesAnswer, "GET", "/cluster/nodes").catch((error: unknown) => {
      if (!(error instanceof MasterAway) || now - answeredAtMs > masterAwayMs) throw error;
      seenAtMs = now;
      return undefined;
    });
    if (!nodes) continue;
    answeredAtMs = now;
    const node = nodes.nodes.find((other) => other.node_id === nodeId);
    if (!node && now - seenAtMs > goneMs) return print(`${nodeId} has left the cluster`);
    if (!node) continue;
    seenAtMs = now;
    if (node.status === "drained") return print(`${nodeId} is drained: it can be stopped`);
    if (node.status === "offline")
      throw new UserError(
        `${nodeId} went offline before it was drained: whoever was there has gone elsewhere. Start it again, or leave it off.`,
      );
    if (node.drain_deadline === null) throw new UserError(`${nodeId} was taken back (airclass undrain) before it was drained.`);
    if (now > deadlineMs + patienceMs)
      throw new UserError(
        `${nodeId} is not drained in time: ${left(node)}. It stays draining: stop it all the same, or take it back with airclass undrain ${nodeId}.`,
      );
    const line = `${nodeId} is ${node.status}: ${left(node)}`;
    if (line === said && now - saidAtMs < sayEveryMs) continue;
    print(line);
    said = line;
    saidAtMs = now;
  }
}

function left({ current_connections: viewers, origin_streams: streams }: NodeAnswer): string {
  return `${viewers} ${viewers === 1 ? "viewer" : "viewers"} and ${streams} ${streams === 1 ? "stream" : "streams"} left`;
}

function oneWord(command: string, words: readonly string[]): string {
  const [word, ...more] = words;
  if (word !== undefined && more.length === 0) return word;
  throw wrongUse(command, `Say which node: airclass ${command} <node>.`);
}

/** By id, or by a name that only one node has. @throws UserError naming the nearest one. */
async function findNode(client: AdminClient, word: string): Promise<NodeAnswer> {
  const { nodes } = await client.call(NodesAnswer, "GET", "/cluster/nodes");
  const byName = nodes.filter((node) => node.node_name === word);
  const found = nodes.find((node) => node.node_id === word) ?? (byName.length === 1 ? byName[0] : undefined);
  if (found) return found;
  if (byName.length > 1) {
    const ids = byName.map((node) => node.node_id).join(", ");
    throw new AdminRefusal(404, "no_such_node", `Several nodes are named ${JSON.stringify(word)}: say which by its id (${ids}).`);
  }
  const known = nodes.flatMap((node) => [node.node_id, node.node_name]);
  const hint = known.length === 0 ? "the master knows no node at all" : `did you mean ${closest(word, known)}?`;
  throw new AdminRefusal(404, "no_such_node", `There is no node ${JSON.stringify(word)}: ${hint}`);
}
