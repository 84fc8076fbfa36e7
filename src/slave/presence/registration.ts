// What a slave says of itself when it registers: what the operator set, and what became of it at start.
import { hostname } from "node:os";
import type { SlaveConfig } from "../../shared/config/variables.ts";
import type { RegisterRequest } from "../../shared/protocol/cluster-messages.ts";
import { randomId } from "../../shared/tokens/random-secrets.ts";

export interface RegistrationFacts {
  readonly nodeId: string;
  readonly version: string;
  readonly isTls: boolean;
  /** Those that are open; `rtmpPort` is 0 when ingest is off. */
  readonly ports: { readonly apiPort: number; readonly hlsPort: number; readonly rtmpPort: number };
  /** Of a node that serves WebRTC; the port is 0 where other slaves cannot fetch from it. */
  readonly webrtc?: { readonly rtspPort: number } | undefined;
}

/** Once per process: the master tells two that share a node id by `instance`, which is new with each call. */
export function createRegistration(
  config: Readonly<SlaveConfig>,
  { nodeId, version, isTls, ports, webrtc }: RegistrationFacts,
): RegisterRequest {
  return {
    node_id: nodeId,
    node_name: config.NODE_NAME ?? hostname(),
    api_port: ports.apiPort,
    rtmp_port: ports.rtmpPort,
    hls_port: ports.hlsPort,
    ...(config.PUBLIC_HLS_URL === undefined ? {} : { hls_url: config.PUBLIC_HLS_URL }),
    max_connections: config.MAX_CONNECTIONS,
    version,
    instance: randomId(),
    heartbeat_interval_s: config.HEARTBEAT_INTERVAL,
    tls: isTls,
    follows: true,
    ...(webrtc ? { whep: true, rtsp_port: webrtc.rtspPort } : {}),
  };
}
