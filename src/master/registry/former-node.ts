// What a master that was restarted reads of the slaves that it knew before. Its store may come from elsewhere (airclass restore),
// so this is looked at before anybody is sent to such an address.
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
