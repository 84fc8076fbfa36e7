// A slave as a gateway is told of it: well and empty, unless said otherwise.
import type { PublishTarget } from "../../src/shared/protocol/gateway-messages.ts";

export function publishTarget(nodeId: string, more: Partial<PublishTarget> = {}): PublishTarget {
  return {
    node_id: nodeId,
    host: `${nodeId}.school`,
    rtmp_port: 1935,
    publishable: true,
    draining: false,
    answers: true,
    load_percentage: 0,
    cpu_usage: 0,
    publishing_cost: 0,
    ...more,
  };
}
