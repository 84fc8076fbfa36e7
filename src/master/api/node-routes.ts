// What slaves call: register, heartbeat, deregister. The answer to each is the control channel.
import { Type } from "typebox";
import type { HttpServer } from "../../shared/http/http-server.ts";
import { plainAddress } from "../../shared/net/remote-address.ts";
import { Problem } from "../../shared/protocol/problems.ts";
import { RegisterRequest, RegisterResponse, StatsRequest, StatsResponse } from "../../shared/protocol/cluster-messages.ts";
import type { ClusterOrders, StreamReport } from "../../shared/protocol/cluster-messages.ts";
import type { NodeInfo, RegisteredNode } from "../registry/registered-node.ts";
import type { ApiContext } from "./api-context.ts";
import { NodeParams, nodeSecurity, problems } from "./api-schemas.ts";
import { isRoutable } from "./cluster-views.ts";
import { createHeartbeatAnswers } from "./heartbeat-answers.ts";
import { hlsBase, hostNameOf, isUnspecified } from "./node-urls.ts";

/** 1,000 streams and 20,000 activated tokens (the schema's bounds) are about 1 MB. */
const heartbeatBodyLimit = 2 * 1024 * 1024;

const credentialProblems = ["credential_invalid", "credential_replayed", "clock_skew", "credential_wrong_node"] as const;

export function registerNodeRoutes(app: HttpServer, context: ApiContext): void {
  const { registry, router, directory, epochs, replication, sessions, clock, nodes, settling, formerNodes, lostNodes } = context;
  const answers = createHeartbeatAnswers({ directory, registry, replication, formerNodes });

  app.post(
    "/cluster/register",
    {
      schema: {
        tags: ["nodes"],
        summary: "A slave joins the cluster",
        security: nodeSecurity,
        body: RegisterRequest,
        response: { 200: RegisterResponse, ...problems(...credentialProblems, "invalid_input", "too_many_nodes") },
      },
    },
    async (request): Promise<RegisterResponse> => {
      const info = nodeInfo(request.body, request.ip);
      const known = registry.register(info, { drainDeadlineMs: nodes.drainDeadline(info.nodeId) });
      if (known === "too_many_nodes") throw new Problem("too_many_nodes", undefined, { retryAfterS: 60 });
      nodes.setKnown(info.nodeId, JSON.stringify(info));
      answers.addressesChanged();
      return { status: "registered", node_id: info.nodeId, orders: await ordersFor(context, registry.get(info.nodeId)) };
    },
  );

  app.post(
    "/cluster/stats",
    {
      bodyLimit: heartbeatBodyLimit,
      schema: {
        tags: ["nodes"],
        summary: "A slave's heartbeat",
        security: nodeSecurity,
        body: StatsRequest,
        response: { 200: StatsResponse, ...problems(...credentialProblems, "node_superseded", "invalid_input") },
      },
    },
    async (request): Promise<StatsResponse> => {
      const { node_id: nodeId, instance, seq, stats } = request.body;
      const streams = uniquePaths(stats.streams ?? []);
      const report = {
        connections: stats.connections,
        cpu: stats.cpu,
        memory: stats.memory,
        bandwidthMbps: stats.bandwidth_mbps,
        originStreams: streams.filter((stream) => stream.role === "origin" && stream.state === "live").length,
        leaving: stats.leaving ?? false,
      };
      const result = registry.heartbeat(nodeId, report, { instance, seq });
      if (result.kind === "unknown") return { status: "unknown", seq: seq ?? 0, streams: [], follow: [] };
      if (result.kind === "superseded") throw new Problem("node_superseded", `${nodeId} was registered by another process`);
      const activated = stats.activated ?? [];
      // In a late heartbeat too: whoever is named there is counted in the newer one that came before it, or has left.
      router.claim(nodeId, activated);
      sessions.activated(nodeId, activated, clock.wallMs());
      if (result.kind === "accepted") {
        directory.report(nodeId, streams);
        replication.reported(nodeId, stats.wanted ?? []);
        settling.back(nodeId);
      }
      // A late heartbeat does not know what has been claimed since.
      const granted = result.kind === "accepted" ? epochs.answer(nodeId, stats.claims ?? []) : [];
      const asker = { info: result.node.info, askedHost: hostNameOf(request.host) };
      return {
        status: statusFor(result.node),
        seq: seq ?? 0,
        streams: answers.directoryFor(asker),
        follow: answers.followFor(asker),
        ...(granted.length === 0 ? {} : { epochs: granted }),
        orders: await ordersFor(context, result.node, {
          keySetVersion: request.body.key_set_version,
          classGrantsVersion: request.body.class_grants_version,
          revocationsVersion: request.body.revocations_version,
        }),
      };
    },
  );

  app.delete(
    "/cluster/nodes/:id",
    {
      schema: {
        tags: ["nodes"],
        summary: "A slave leaves the cluster",
        security: nodeSecurity,
        params: NodeParams,
        response: { 204: Type.Null(), ...problems(...credentialProblems, "no_such_node") },
      },
    },
    async (request, reply) => {
      // Also of one that leaves before a restarted master has heard from it.
      lostNodes.remove(request.params.id);
      if (!registry.deregister(request.params.id)) throw new Problem("no_such_node");
      return reply.code(204).send(null);
    },
  );
}

/** What a node said, made whole and checked. @throws Problem invalid_input */
function nodeInfo(body: RegisterRequest, remoteAddress: string): NodeInfo {
  const stated = body.host !== undefined && !isUnspecified(body.host) ? body.host : undefined;
  const hls = body.hls_url === undefined ? undefined : hlsBase(body.hls_url, body.node_id);
  if (hls && "problem" in hls) throw new Problem("invalid_input", hls.problem);
  if (!hls && body.hls_port === 0) throw new Problem("invalid_input", "hls_port: 0 needs an hls_url");
  return {
    nodeId: body.node_id,
    nodeName: body.node_name,
    host: stated ?? plainAddress(remoteAddress),
    apiPort: body.api_port,
    rtmpPort: body.rtmp_port,
    hlsPort: body.hls_port,
    hlsUrl: hls?.base,
    tls: body.tls ?? false,
    maxConnections: body.max_connections,
    follows: body.follows ?? false,
    whep: body.whep ?? false,
    rtspPort: body.rtsp_port ?? 0,
    version: body.version,
    instance: body.instance,
    heartbeatIntervalMs: body.heartbeat_interval_s * 1_000,
  };
}

/** A report that names a path twice counts once: the last. */
function uniquePaths(streams: readonly StreamReport[]): readonly StreamReport[] {
  return [...new Map(streams.map((stream) => [stream.path, stream])).values()];
}

/** To a node that speaks to us it is not `offline`, even when what it says is too old to count. */
function statusFor({ status }: RegisteredNode): StatsResponse["status"] {
  return status === "offline" || status === "registering" ? "suspect" : status;
}

interface Known {
  readonly keySetVersion?: string | undefined;
  readonly classGrantsVersion?: string | undefined;
  readonly revocationsVersion?: string | undefined;
}

/** Keys, classes and revocations travel only when the node does not have them. */
async function ordersFor(context: ApiContext, node: RegisteredNode | undefined, known: Known = {}): Promise<ClusterOrders> {
  const { config, clock, keys, classes, registry, revocation } = context;
  const grants = classes.grants();
  const nowMs = clock.wallMs();
  return {
    now_ms: nowMs,
    overload_policy: config.OVERLOAD_POLICY,
    draining: node?.draining ?? false,
    // Of a node that is about to stop, it knows itself how long it may take.
    ...(node?.drainDeadlineMs === undefined ? {} : { drain_ms: Math.max(0, node.drainDeadlineMs - nowMs) }),
    others_routable: registry.routableNodes - Number(node !== undefined && isRoutable(node)),
    admin_proof: context.adminProof,
    ...(known.keySetVersion === keys.version ? {} : { key_set: await keys.sealed() }),
    ...(known.classGrantsVersion === grants.version ? {} : { class_grants: grants }),
    ...(known.revocationsVersion === revocation.list.version ? {} : { revocations: revocation.list.forSlaves() }),
  };
}
