// What a master that was restarted reads of the slaves that it knew before. Its store may come from elsewhere (airclass restore),
// so this is looked at before anybody is sent to such an address.
import type { Logger } from "../../shared/logging/logger.ts";
import type { NodeInfo } from "./registered-node.ts";

const isPort = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535;

/** @param text as JSON.stringify made it of a NodeInfo. Undefined for anything else, or that of another node. */
export function readFormerNode(nodeId: string, text: string): NodeInfo | undefined {
  let info: Partial<NodeInfo> | null;
  try {
    info = JSON.parse(text) as Partial<NodeInfo> | null;
  } catch {
    return undefined; // No JSON: not written by a master.
  }
  if (typeof info !== "object" || info === null || info.nodeId !== nodeId) return undefined;
  const { host, hlsUrl, nodeName, instance, version, tls, follows, maxConnections, heartbeatIntervalMs } = info;
  const texts = [host, nodeName, instance, version];
  const isWhole =
    texts.every((value) => typeof value === "string") &&
    [info.apiPort, info.rtmpPort, info.hlsPort].every(isPort) &&
    (hlsUrl === undefined || typeof hlsUrl === "string") &&
    typeof tls === "boolean" &&
    typeof follows === "boolean" &&
    Number.isInteger(maxConnections) &&
    Number.isFinite(heartbeatIntervalMs);
  if (!isWhole) return undefined;
  // What was written before there was WebRTC says nothing of it.
  return { ...(info as NodeInfo), whep: info.whep === true, rtspPort: isPort(info.rtspPort) ? Number(info.rtspPort) : 0 };
}

/** What the store has of the nodes that were known: node id and text. */
export interface FormerNodeTexts {
  known(): Iterable<readonly [nodeId: string, text: string]>;
  setKnown(nodeId: string, text: undefined): void;
}

/** All that are stored, by node id. What cannot be read is taken out of the store: such a node is known again when it registers. */
export function readFormerNodes(store: FormerNodeTexts, logger: Pick<Logger, "warn">): Map<string, NodeInfo> {
  const nodes = new Map<string, NodeInfo>();
  for (const [nodeId, text] of store.known()) {
    const info = readFormerNode(nodeId, text);
    if (info) nodes.set(nodeId, info);
    else {
      logger.warn({ peer: nodeId }, "what is stored of a node cannot be read: it is forgotten until it registers again");
      store.setKnown(nodeId, undefined);
    }
  }
  return nodes;
}
