// Whether each slave can be reached from this machine as students reach it, and what its API port says. Orders nothing.
import { Type } from "typebox";
import type { Static } from "typebox";
import { NodeView } from "../../shared/protocol/nodes.ts";
import { AdminRefusal, createAdminClient, MasterAway } from "../admin-client.ts";
import { failed, ok, warning } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { lookAt, mapLimited } from "./http-look.ts";
import type { Look } from "./http-look.ts";
import { versionFinding } from "./the-master.ts";

export interface NodesQuestion {
  readonly masterUrl: string;
  readonly adminToken: string;
  readonly version: string;
  readonly timeoutMs: number;
}

/** What is read of the master's answer. */
const NodeAnswer = Type.Pick(NodeView, ["node_id", "status", "hls_url", "api_url", "version"]);
type NodeAnswer = Static<typeof NodeAnswer>;
const NodesAnswer = Type.Object({ nodes: Type.Array(NodeAnswer) });

/** A cluster of a thousand is not asked whole: the doctor has a minute, not an hour. */
const maxNodes = 200;
const atOnce = 16;
/** No class has this name: the answer to whoever has no token is the same for all. */
const anyPlaylist = "/live/airclass-doctor/index.m3u8";

export async function nodeFindings({ masterUrl, adminToken, version, timeoutMs }: NodesQuestion): Promise<Finding[]> {
  let view: Static<typeof NodesAnswer>;
  try {
    view = await createAdminClient({ masterUrl, adminToken, timeoutMs }).call(NodesAnswer, "GET", "/cluster/nodes");
  } catch (error) {
    if (error instanceof AdminRefusal && error.code === "unexpected_answer")
      return [failed("slaves", error.message, "Mend MASTER_URL, or run the doctor of the version that the master runs.")];
    if (error instanceof AdminRefusal || error instanceof MasterAway) return []; // Said by the checks of the master.
    throw error;
  }
  const { nodes } = view;
  if (nodes.length === 0)
    return [warning("slaves", "no slave has registered.", "Start one: airclass slave with this MASTER_URL and CLUSTER_SECRET.")];
  const present = nodes.filter(({ status }) => status !== "offline");
  const asked = present.slice(0, maxNodes);
  const looks = await mapLimited(asked, atOnce, async (node) => {
    const [hls, api] = await Promise.all([lookAt(`${node.hls_url}${anyPlaylist}`, timeoutMs), lookAt(`${node.api_url}/health`, timeoutMs)]);
    return { node, hls, api };
  });
  const unreachable = looks.filter(({ hls }) => !isSlave(hls));
  const silentApis = looks.filter(({ api }) => !isWell(api));
  return [
    ...nodes.filter(({ status }) => status === "offline").map(offlineFinding),
    ...unreachable.map(({ node, hls }) => unreachableFinding(node, hls)),
    ...(unreachable.length < asked.length
      ? [ok("slaves", `${asked.length - unreachable.length} of ${present.length} can be watched from here`)]
      : []),
    ...(silentApis.length > 0 ? [silentApiFinding(silentApis.map(({ node }) => node))] : []),
    ...asked.filter((node) => node.version !== version).map((node) => versionFinding(node.node_id, node.version, version)),
  ];
}

/** A slave asks for a token; whatever else answers there does not. */
function isSlave({ status, body }: Look): boolean {
  return status === 401 && typeof (body as { code?: unknown } | undefined)?.code === "string";
}

function isWell({ body }: Look): boolean {
  const status = (body as { status?: unknown } | undefined)?.status;
  return status === "ok" || status === "registering";
}

function unreachableFinding({ node_id: nodeId, hls_url: url }: NodeAnswer, { status, why }: Look): Finding {
  const answer = status === undefined ? why : `HTTP status ${status}, which no slave gives`;
  return failed(
    "slaves",
    `${nodeId} cannot be watched from here at ${url} (${answer}).`,
    "Set its PUBLIC_HLS_URL to an address that students reach, or open its HLS_PORT in the firewall.",
  );
}

function offlineFinding({ node_id: nodeId }: NodeAnswer): Finding {
  return warning("slaves", `${nodeId} is offline.`, "Start it again; a node that is gone for good leaves the list by itself.");
}

function silentApiFinding(nodes: readonly NodeAnswer[]): Finding {
  const [first] = nodes;
  const who = nodes.length > 5 ? `${nodes.length} slaves` : nodes.map((node) => node.node_id).join(", ");
  return warning(
    "slaves",
    `the API of ${who} does not answer from here (${first?.api_url}).`,
    "Fine where slaves have a network of their own (Compose); else open API_PORT to the master and to Prometheus.",
  );
}
