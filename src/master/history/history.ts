// The last 30 minutes in figures, kept in memory: of the cluster, of each node, of each class. Pure and bounded; it does not
// know where figures come from. Time comes in as an argument.
import { createStepRing } from "./step-ring.ts";
import type { StepRing } from "./step-ring.ts";

export const historyStepS = 5;
/** 30 minutes. */
export const historySteps = 360;

/** In this order; NaN: nothing was measured. */
export const figures = {
  cluster: ["connections", "capacity", "cpu", "memory", "bandwidth_mbps", "streams"],
  nodes: ["connections", "cpu", "memory", "bandwidth_mbps"],
  classes: ["viewers", "students", "bitrate", "fps", "dropped_frames", "delay_s"],
} as const;

export type Figures<Kind extends keyof typeof figures> = Readonly<Record<(typeof figures)[Kind][number], number>>;

/** Values of each figure, oldest first, and when they were measured (Unix seconds). */
export type Series<Kind extends keyof typeof figures> = { readonly at: readonly number[] } & Readonly<
  Record<(typeof figures)[Kind][number], readonly (number | null)[]>
>;

export interface StepFigures {
  readonly cluster: Figures<"cluster">;
  readonly nodes: ReadonlyMap<string, Figures<"nodes">>;
  readonly classes: ReadonlyMap<string, Figures<"classes">>;
}

export interface History {
  /** Of the step in which `nowMs` lies. @param nowMs monotonic. @param wallMs the same moment in Unix ms. */
  put(nowMs: number, wallMs: number, step: StepFigures): void;
  /** From the first step of the cluster on, without those that were not measured. */
  cluster(): Series<"cluster">;
  /** All steps since the first of the cluster. Undefined for one of which nothing is known. */
  node(nodeId: string): Series<"nodes"> | undefined;
  class(name: string): Series<"classes"> | undefined;
  /** How many nodes and classes are remembered. */
  readonly size: { readonly nodes: number; readonly classes: number };
}

export interface HistoryLimits {
  readonly maxNodes?: number;
  readonly maxClasses?: number;
}

/** Clocks that are set are followed; what NTP mends bit by bit would only make points jump. */
const settableMs = 1_000;

export function createHistory({ maxNodes = 2_000, maxClasses = 1_000 }: HistoryLimits = {}): History {
  const cluster = createStepRing(figures.cluster.length, historySteps);
  const nodes = new Map<string, StepRing>();
  const classes = new Map<string, StepRing>();
  let first: number | undefined;
  let wallOfZeroMs = Number.NaN;

  function putAll<Kind extends "nodes" | "classes">(
    kind: Kind,
    { rings, max }: { rings: Map<string, StepRing>; max: number },
    step: number,
    given: ReadonlyMap<string, Figures<Kind>>,
  ): void {
    const names = figures[kind] as readonly (keyof Figures<Kind>)[];
    for (const [key, ring] of rings) if (step - (ring.newest ?? 0) >= historySteps) rings.delete(key);
    for (const [key, values] of given) {
      let ring = rings.get(key);
      if (!ring) {
        if (rings.size >= max) continue;
        ring = createStepRing(names.length, historySteps);
        rings.set(key, ring);
      }
      ring.put(
        step,
        names.map((name) => values[name]),
      );
    }
  }

  function read<Kind extends keyof typeof figures>(kind: Kind, ring: StepRing): Series<Kind> {
    const to = cluster.newest ?? 0;
    const from = Math.max(first ?? to + 1, to - historySteps + 1);
    const at: number[] = [];
    for (let step = from; step <= to; step += 1) at.push(Math.round((wallOfZeroMs + step * historyStepS * 1_000) / 1_000));
    const series = Object.fromEntries(figures[kind].map((name, index) => [name, ring.read(index, from, to).map(onTheWire)]));
    return { at, ...series } as unknown as Series<Kind>;
  }

  return {
    put(nowMs, wallMs, given) {
      const step = Math.floor(nowMs / (historyStepS * 1_000));
      const zeroMs = wallMs - nowMs;
      if (!(Math.abs(zeroMs - wallOfZeroMs) < settableMs)) wallOfZeroMs = zeroMs;
      first ??= step;
      cluster.put(
        step,
        figures.cluster.map((name) => given.cluster[name]),
      );
      putAll("nodes", { rings: nodes, max: maxNodes }, step, given.nodes);
      putAll("classes", { rings: classes, max: maxClasses }, step, given.classes);
    },
    cluster: () => read("cluster", cluster),
    node(nodeId) {
      const ring = nodes.get(nodeId);
      return ring && read("nodes", ring);
    },
    class(name) {
      const ring = classes.get(name);
      return ring && read("classes", ring);
    },
    get size() {
      return { nodes: nodes.size, classes: classes.size };
    },
  };
}

/** JSON has no NaN; three digits behind the point are enough for a plot, and 32 bits have no more to say. */
function onTheWire(value: number): number | null {
  return Number.isFinite(value) ? Math.round(value * 1_000) / 1_000 : null;
}
