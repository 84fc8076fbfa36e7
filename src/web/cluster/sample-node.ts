// A node as the master shows it, for tests of this room. Not in the page.
import type { NodeLive } from "../../shared/protocol/cluster-live.ts";

/** Healthy and empty, with places for 100. @param changes what the test is about */
export function nodeLive(nodeId: string, changes: Partial<NodeLive> = {}): NodeLive {
  return {
    node_id: nodeId,
    node_name: nodeId,
    host: "10.0.0.1",
    api_url: "http://10.0.0.1:8000",
    rtmp_url: "rtmp://10.0.0.1:1935/live",
    hls_url: "http://10.0.0.1:8888",
    whep: false,
    current_connections: 0,
    reserved: 0,
    max_connections: 100,
    load_percentage: 0,
    cpu_usage: 10,
    memory_usage: 20,
    bandwidth_mbps: 0,
    streams: 0,
    origin_streams: 0,
    drain_deadline: null,
    status: "healthy",
    last_heartbeat: "2026-11-22T10:42:05.000Z",
    registered_at: "2026-11-22T08:00:00.000Z",
    version: "1",
    copies: [],
    ...changes,
  };
}
