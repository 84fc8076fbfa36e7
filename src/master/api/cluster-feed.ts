// What the cluster page is told: everything once, then what changes. One of these for all readers who reached the master
// under the same address, because links begin with it.
import { eventBytes } from "../../shared/http/event-stream.ts";
import type { ClusterChange, ClusterSnapshot, NodeLive } from "../../shared/protocol/cluster-live.ts";
import { historyStepS } from "../history/history.ts";
import type { ApiContext } from "./api-context.ts";
import type { Feed } from "./feed-groups.ts";
import type { LiveContext } from "./live-context.ts";
import { clusterSamples, clusterTotals, nodeLive } from "./live-views.ts";
import type { Asked } from "./node-urls.ts";

export function createClusterFeed(context: ApiContext, { history, timeline }: LiveContext, asked: Asked): Feed {
  const { config, registry, clock, version } = context;
  /** By node: what its readers know, as text. Undefined before the first. */
  let known: Map<string, string> | undefined;
  let knownTotals = "";

  function look() {
    const list = registry.list();
    return { totals: clusterTotals(context, list), nodes: list.map((node) => nodeLive(context, node, asked)) };
  }

  return {
    opening() {
      const { totals, nodes } = look();
      if (!known) {
        known = new Map(nodes.map((node) => [node.node_id, essenceOf(node)]));
        knownTotals = JSON.stringify(totals);
      }
      const snapshot: ClusterSnapshot = {
        version,
        now: new Date(clock.wallMs()).toISOString(),
        overload_policy: config.OVERLOAD_POLICY,
        warning_percent: config.WARNING_PERCENT,
        critical_percent: config.CRITICAL_PERCENT,
        master_url: asked.base,
        totals,
        nodes,
        events: [...timeline.list()],
        step_s: historyStepS,
        samples: clusterSamples(history),
      };
      return [eventBytes("snapshot", snapshot)];
    },
    changes() {
      const { totals, nodes } = look();
      const before = known ?? new Map<string, string>();
      const now = new Map(nodes.map((node) => [node.node_id, essenceOf(node)]));
      const changed = nodes.filter(({ node_id: id }) => now.get(id) !== before.get(id));
      const removed = [...before.keys()].filter((id) => !now.has(id));
      const totalsText = JSON.stringify(totals);
      const isSame = changed.length === 0 && removed.length === 0 && totalsText === knownTotals;
      known = now;
      knownTotals = totalsText;
      const change: ClusterChange = { totals, nodes: changed, removed };
      return isSame ? [] : [eventBytes("nodes", change)];
    },
  };
}

/** That a heartbeat came is no news; when it does not come, the status says so. */
function essenceOf(node: NodeLive): string {
  return JSON.stringify({ ...node, last_heartbeat: null });
}
