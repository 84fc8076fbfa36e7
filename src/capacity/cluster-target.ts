// The cluster that a load test may aim at: its master, and the hosts at which its nodes serve viewers. Asked with the admin
// token, so that nobody can be aimed at who does not know it; tries as one student whether there is something to watch.
import { Type } from "typebox";
import type { Static } from "typebox";
import { createAdminClient } from "../admin/admin-client.ts";
import type { AdminClient } from "../admin/admin-client.ts";
import { fetchFailure } from "../shared/kernel/error-reason.ts";
import { UserError } from "../shared/kernel/user-error.ts";
import { NodeView } from "../shared/protocol/nodes.ts";
import { createTokenClient } from "../shared/viewing/token-client.ts";
import type { RefusalReason } from "../shared/viewing/token-grant.ts";
import type { LoadtestOptions } from "./loadtest-arguments.ts";

/** What is read of a node. */
const TargetNode = Type.Pick(NodeView, [
  "node_id",
  "node_name",
  "hls_url",
  "status",
  "current_connections",
  "max_connections",
  "cpu_usage",
  "memory_usage",
  "bandwidth_mbps",
]);
export type TargetNode = Static<typeof TargetNode>;
const TargetNodes = Type.Object({ nodes: Type.Array(TargetNode) });

export interface ClusterTarget {
  /** @throws AdminRefusal, MasterAway */
  nodes(): Promise<readonly TargetNode[]>;
  /** Hosts with ports; those of nodes that have left stay. Grows with every `nodes()`. */
  hosts(): readonly string[];
  /** Whether the class can be joined and watched. @throws UserError why not. */
  tryAsStudent(userId: string): Promise<void>;
}

const maxHosts = 2_000;
const firstPlaylistMs = 8_000;

export function createClusterTarget({
  masterUrl,
  adminToken,
  className,
  joinCode,
}: Pick<LoadtestOptions, "masterUrl" | "adminToken" | "className" | "joinCode">): ClusterTarget {
  const client: AdminClient = createAdminClient({ masterUrl, adminToken });
  const hosts = new Set([new URL(masterUrl).host]);

  async function nodes(): Promise<readonly TargetNode[]> {
    const { nodes: known } = await client.call(TargetNodes, "GET", "/cluster/nodes");
    for (const { hls_url: url } of known) {
      if (URL.canParse(url) && hosts.size < maxHosts) hosts.add(new URL(url).host);
    }
    return known;
  }

  return {
    nodes,
    hosts: () => [...hosts],
    async tryAsStudent(userId) {
      const asStudent = createTokenClient(masterUrl, (input, init) => fetch(input, { ...init, redirect: "error" }), Date.now);
      const answer = await asStudent.join({ userId, className, joinCode });
      if (!answer.granted) throw new UserError(sentences[answer.refusal.reason](className));
      const { hlsUrl, nodeId } = answer.grant;
      const { host } = new URL(hlsUrl);
      if (!hosts.has(host)) throw new UserError(foreignHost(host, nodeId));
      const status = await statusOf(hlsUrl);
      if (status !== 200)
        throw new UserError(`The class ${className} cannot be watched now (${nodeId} at ${host}: ${status}): start its stream first.`);
    },
  };
}

const foreignHost = (host: string, nodeId: string): string =>
  `The token of ${nodeId} leads to ${host}, which is neither the master's host nor that of a node in /cluster/nodes: a load test aims at its own cluster only.`;

async function statusOf(url: string): Promise<string | number> {
  try {
    const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(firstPlaylistMs) });
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
    return fetchFailure(error, firstPlaylistMs);
  }
}

const sentences: Readonly<Record<RefusalReason, (className: string) => string>> = {
  join_code_required: (name) => `The class ${name} is not open: give its join code with --join-code.`,
  join_code_wrong: (name) => `The join code is not that of the class ${name}.`,
  no_such_class: (name) => `There is no class ${name}: GET /api/classes lists them.`,
  bad_name: (name) => `The master does not take this name or join code (class ${name}).`,
  class_closed: (name) => `The class ${name} is closed: open it again on its teacher's page.`,
  removed: (name) => `The teacher has removed this viewer from the class ${name}.`,
  full: () => "Every place is taken, and OVERLOAD_POLICY is reject: nobody can join.",
  no_node: () => "No slave takes viewers now: start one.",
  too_many_requests: () => "The master has too many requests from this address: try again in a minute.",
  token_refused: () => "The master lets nobody join.",
  unreachable: () => "The master gave no token: it cannot be reached, or what answers is no master.",
};
