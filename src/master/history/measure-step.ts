// One step of the history: what the cluster, its nodes and its classes are like now. Reads what it is given.
import { setNewest } from "../../shared/kernel/bounded-map.ts";
import type { IngestReport } from "../../shared/protocol/cluster-messages.ts";
import { streamPathOf } from "../../shared/protocol/names.ts";
import type { RegisteredNode } from "../registry/registered-node.ts";
import type { StreamDirectory } from "../streams/stream-directory.ts";
import { countStudents } from "../streams/students.ts";
import type { Figures, StepFigures } from "./history.ts";
import type { PlayersMeter } from "./players-meter.ts";

export interface StepSources {
  readonly nodes: readonly RegisteredNode[];
  readonly directory: Pick<StreamDirectory, "originOf" | "copiesOf">;
  readonly classNames: readonly string[];
  readonly players: Pick<PlayersMeter, "of">;
  readonly drops: DropMeter;
  /** Monotonic ms. */
  readonly nowMs: number;
}

export function measureStep({ nodes, directory, classNames, players, drops, nowMs }: StepSources): StepFigures {
  const present = nodes.filter((node) => node.status !== "offline");
  const heard = present.filter((node) => node.liveness === "alive");
  const mean = (of: (node: RegisteredNode) => number): number => (heard.length === 0 ? 0 : sum(heard, of) / heard.length);
  const classes = new Map<string, Figures<"classes">>();
  let streams = 0;
  for (const name of classNames) {
    const path = streamPathOf(name);
    const copies = directory.copiesOf(path);
    // Of a class that is not there, there is nothing to draw.
    if (copies.size === 0) continue;
    const origin = directory.originOf(path);
    const isLive = origin?.state === "live";
    if (isLive) streams += 1;
    const ingest = isLive ? origin.ingest : undefined;
    classes.set(name, {
      viewers: sum([...copies.values()], (copy) => copy.viewers),
      students: countStudents(copies.values()),
      bitrate: (isLive ? (ingest?.bitrate ?? origin.bitrate) : undefined) ?? Number.NaN,
      fps: ingest?.fps ?? Number.NaN,
      dropped_frames: ingest ? drops.since(path, ingest) : Number.NaN,
      delay_s: players.of(path, nowMs)?.delay_s ?? Number.NaN,
    });
  }
  return {
    cluster: {
      connections: sum(present, ({ load }) => load.connections),
      capacity: sum(present, ({ info }) => info.maxConnections),
      cpu: mean(({ load }) => load.cpu),
      memory: mean(({ load }) => load.memory),
      bandwidth_mbps: sum(heard, ({ load }) => load.bandwidthMbps ?? 0),
      streams,
    },
    // What a node that is silent does is not known.
    nodes: new Map(
      heard.map(({ info, load: { connections, cpu, memory, bandwidthMbps } }) => [
        info.nodeId,
        { connections, cpu, memory, bandwidth_mbps: bandwidthMbps ?? Number.NaN },
      ]),
    ),
    classes,
  };
}

const sum = <Item>(items: readonly Item[], of: (item: Item) => number): number => items.reduce((total, item) => total + of(item), 0);

export interface DropMeter {
  /** Frames that were dropped since the question before; what a publisher counted before it was first seen is not asked for. */
  since(path: string, ingest: Pick<IngestReport, "started_at" | "dropped_frames">): number;
}

const maxPaths = 1_000;

/** Publishers count from their beginning: each new one from 0. */
export function createDropMeter(): DropMeter {
  const known = new Map<string, { readonly startedAt: string; readonly total: number }>();
  return {
    since(path, { started_at: startedAt, dropped_frames: total }) {
      const before = known.get(path);
      setNewest(known, path, { startedAt, total }, maxPaths);
      if (!before) return 0;
      return Math.max(0, before.startedAt === startedAt ? total - before.total : total);
    },
  };
}
