// What happened in the cluster, the last of it, for the page that shows it. Numbers events, bounds them, and tells those who
// listen; does not know how they come about. Time comes in as an argument.
import { createRateLimiter } from "../../shared/net/rate-limiter.ts";
import type { TimelineEvent, TimelineKind } from "../../shared/protocol/cluster-live.ts";

/** What is known of an event before it is written down; what does not concern it is left out. */
export interface Happening {
  readonly kind: TimelineKind;
  readonly nodeId?: string | undefined;
  readonly nodeName?: string | undefined;
  readonly path?: string | undefined;
  readonly fromNodeId?: string | undefined;
  readonly fromNodeName?: string | undefined;
}

export interface Timeline {
  /** @param nowMs monotonic. @param atMs when it happened, Unix ms. */
  add(happening: Happening, nowMs: number, atMs: number): void;
  /** Newest last. */
  list(): readonly TimelineEvent[];
  /** The returned function ends it. */
  listen(added: (event: TimelineEvent) => void): () => void;
}

const maxEvents = 500;
/** Of one node or stream: what comes and goes all the time must not push everything else out. */
const rate = { burst: 20, perSecond: 1 / 15 };

export function createTimeline(): Timeline {
  const events: TimelineEvent[] = [];
  const listeners = new Set<(event: TimelineEvent) => void>();
  const limiter = createRateLimiter(rate);
  let lastId = 0;

  return {
    add({ kind, nodeId, nodeName, path, fromNodeId, fromNodeName }, nowMs, atMs) {
      const subject = path ?? nodeId;
      if (subject !== undefined && limiter.take(subject, nowMs) > 0) return;
      lastId += 1;
      const event: TimelineEvent = {
        id: lastId,
        at: new Date(atMs).toISOString(),
        kind,
        node_id: nodeId ?? null,
        node_name: nodeName ?? null,
        path: path ?? null,
        from_node_id: fromNodeId ?? null,
        from_node_name: fromNodeName ?? null,
      };
      events.push(event);
      if (events.length > maxEvents) events.shift();
      for (const added of listeners) added(event);
    },
    list: () => events,
    listen(added) {
      listeners.add(added);
      return () => void listeners.delete(added);
    },
  };
}
