// What the master knows of live streams and their copies, as metrics. Only streams of classes that exist have series, so
// that what a slave reports cannot make new ones.
import type { Sample } from "../../shared/metrics/metric-set.ts";
import { streamPathOf } from "../../shared/protocol/names.ts";
import { takesCopies } from "../registry/registered-node.ts";
import type { RegisteredNode } from "../registry/registered-node.ts";
import { lagOf } from "../streams/copy-lag.ts";
import type { StreamDirectory } from "../streams/stream-directory.ts";

export interface StreamSources {
  readonly classNames: readonly string[];
  readonly directory: Pick<StreamDirectory, "headOf" | "copiesOf">;
  readonly nodes: readonly RegisteredNode[];
  /** REPLICATION_FACTOR. */
  readonly factor: number;
}

export function sampleStreams(sample: Sample, { classNames, directory, nodes, factor }: StreamSources): void {
  const takers = new Set(nodes.filter((node) => takesCopies(node) && !node.draining).map(({ info }) => info.nodeId));
  let live = 0;
  for (const name of classNames) {
    const path = streamPathOf(name);
    const head = directory.headOf(path);
    // While its teacher is away, or its origin is, nobody is asked to copy it.
    if (!head?.reachable || head.role !== "origin" || head.copy.state !== "live") continue;
    live += 1;
    let inSync = 0;
    for (const copy of directory.copiesOf(path).values()) if (lagOf(copy, head).inSync) inSync += 1;
    const others = takers.size - Number(takers.has(head.copy.nodeId));
    sample("airclass_stream_in_sync_copies", inSync, { path });
    sample("airclass_stream_wanted_copies", Math.min(factor, 1 + others), { path });
  }
  sample("airclass_classes", classNames.length);
  sample("airclass_live_streams", live);
}
