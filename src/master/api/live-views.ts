// The cluster and its classes as the pages show them while they are open. Pure but for reading what it is given.
import type { ClassHistory, ClassLive, ClassSample } from "../../shared/protocol/class-live.ts";
import { maxShownCopies } from "../../shared/protocol/cluster-live.ts";
import type { ClusterSample, ClusterTotals, NodeHistory, NodeLive } from "../../shared/protocol/cluster-live.ts";
import { streamPathOf } from "../../shared/protocol/names.ts";
import { figures, historyStepS } from "../history/history.ts";
import type { Figures, History, Series } from "../history/history.ts";
import type { PlayersMeter } from "../history/players-meter.ts";
import type { RegisteredNode } from "../registry/registered-node.ts";
import type { ClassRecord } from "../store/store.ts";
import { lagOf } from "../streams/copy-lag.ts";
import type { StreamCopy, StreamDirectory } from "../streams/stream-directory.ts";
import { countStudents } from "../streams/students.ts";
import type { ApiContext } from "./api-context.ts";
import type { ClassPhaseOf } from "./class-phases.ts";
import { classView } from "./class-view.ts";
import { isRoutable, nodeView } from "./cluster-views.ts";
import type { Asked } from "./node-urls.ts";

const tenths = (value: number): number => Math.round(value * 10) / 10;
const orNull = <Value>(value: Value | undefined): Value | null => value ?? null;

/** Figures are rounded to what can be seen: what is the same to the eye is no change. */
export function nodeLive(context: ApiContext, node: RegisteredNode, asked: Asked): NodeLive {
  const view = nodeView(context, node, asked);
  return {
    ...view,
    cpu_usage: Math.round(view.cpu_usage),
    memory_usage: Math.round(view.memory_usage),
    bandwidth_mbps: view.bandwidth_mbps === null ? null : tenths(view.bandwidth_mbps),
    copies: copiesOn(context.directory, node.info.nodeId),
  };
}

/** Origins first, then those with the most viewers. */
function copiesOn(directory: StreamDirectory, nodeId: string): NodeLive["copies"] {
  const copies = directory.copiesOn(nodeId);
  const rank = ({ role, viewers }: StreamCopy): number => (role === "origin" ? 1e9 : 0) + viewers;
  const shown = copies.length <= maxShownCopies ? copies : copies.toSorted((a, b) => rank(b) - rank(a)).slice(0, maxShownCopies);
  return shown.flatMap((copy) => {
    const head = directory.headOf(copy.path);
    if (!head) return [];
    const { path, state, viewers } = copy;
    const lag = lagOf(copy, head);
    const isOrigin = copy.role === "origin" && copy.nodeId === head.copy.nodeId;
    return {
      path,
      role: isOrigin ? ("origin" as const) : ("replica" as const),
      state,
      viewers,
      lag_s: lag.seconds === null ? null : tenths(lag.seconds),
      lag_parts: lag.parts,
    };
  });
}

export function clusterTotals({ directory }: Pick<ApiContext, "directory">, nodes: readonly RegisteredNode[]): ClusterTotals {
  const present = nodes.filter((node) => node.status !== "offline");
  const connections = present.reduce((sum, node) => sum + node.load.connections, 0);
  const capacity = present.reduce((sum, node) => sum + node.info.maxConnections, 0);
  const paths = directory.paths();
  return {
    nodes: nodes.length,
    routable_nodes: nodes.filter(isRoutable).length,
    connections,
    capacity,
    utilization: capacity === 0 ? 0 : tenths((connections * 100) / capacity),
    bandwidth_mbps: tenths(present.reduce((sum, node) => sum + (node.liveness === "alive" ? (node.load.bandwidthMbps ?? 0) : 0), 0)),
    streams: paths.length,
    live_streams: paths.filter((path) => directory.originOf(path)?.state === "live").length,
  };
}

/** Steps at which nothing was measured are left out. @param last only so many of the newest steps. */
export function clusterSamples(history: History, last = Number.POSITIVE_INFINITY): ClusterSample[] {
  const series = history.cluster();
  return rowsOf("cluster", series, last).filter((row): row is ClusterSample => Object.values(row).every((value) => value !== null));
}

export function nodeHistory(history: History, nodeId: string): NodeHistory | undefined {
  const series = history.node(nodeId);
  if (!series) return undefined;
  const { at, connections, cpu, memory, bandwidth_mbps } = series;
  return {
    node_id: nodeId,
    step_s: historyStepS,
    at: [...at],
    connections: [...connections],
    cpu: [...cpu],
    memory: [...memory],
    bandwidth_mbps: [...bandwidth_mbps],
  };
}

export function classHistory(history: History, name: string): ClassHistory {
  const series = history.class(name);
  return { step_s: historyStepS, samples: series ? rowsOf("classes", series) : [] };
}

/** The newest point; nulls for a class that nobody publishes. Undefined before the first step. */
export function classSample(history: History, name: string): ClassSample | undefined {
  const series = history.class(name);
  if (series) return rowsOf("classes", series, 1)[0];
  const at = history.cluster().at.at(-1);
  return at === undefined
    ? undefined
    : { at, viewers: null, students: null, bitrate: null, fps: null, dropped_frames: null, delay_s: null };
}

type Row<Kind extends keyof typeof figures> = { at: number } & Record<keyof Figures<Kind>, number | null>;

function rowsOf<Kind extends keyof typeof figures>(kind: Kind, series: Series<Kind>, last = Number.POSITIVE_INFINITY): Row<Kind>[] {
  const names = figures[kind] as readonly (keyof Figures<Kind>)[];
  const from = Math.max(0, series.at.length - last);
  return series.at.slice(from).map((at, index) => {
    const values = names.map((name) => [
      name,
      (series as Record<keyof Figures<Kind>, readonly (number | null)[]>)[name][from + index] ?? null,
    ]);
    return { at, ...Object.fromEntries(values) } as Row<Kind>;
  });
}

export interface ClassLiveSources {
  readonly context: ApiContext;
  readonly players: Pick<PlayersMeter, "of">;
  readonly phaseOf: ClassPhaseOf;
}

export function classLive({ context, players, phaseOf }: ClassLiveSources, record: ClassRecord, asked: Asked): ClassLive {
  const { directory, registry, clock } = context;
  const path = streamPathOf(record.name);
  const copies = [...directory.copiesOf(path).values()];
  const head = directory.headOf(path);
  const origin = directory.originOf(path);
  const phase = phaseOf(record);
  const told = players.of(path, clock.monotonicMs());
  return {
    class: classView(context, record, asked),
    phase,
    viewers: copies.reduce((sum, copy) => sum + copy.viewers, 0),
    students: countStudents(copies),
    origin: orNull(origin?.nodeId),
    origin_name: orNull(origin && registry.get(origin.nodeId)?.info.nodeName),
    copies: head ? copies.filter((copy) => lagOf(copy, head).inSync).length : 0,
    ingest: phase === "live" ? orNull(origin?.ingest) : null,
    players: told ? { ...told, delay_s: told.delay_s === null ? null : Math.round(told.delay_s * 100) / 100 } : null,
  };
}
