// Puts a step into the history every 5 s, and tells those who listen. Owns the timer, and nothing else of its own.
import type { Clock } from "../../shared/kernel/clock.ts";
import type { RegisteredNode } from "../registry/registered-node.ts";
import type { StreamDirectory } from "../streams/stream-directory.ts";
import { historyStepS } from "./history.ts";
import type { History } from "./history.ts";
import { createDropMeter, measureStep } from "./measure-step.ts";
import type { PlayersMeter } from "./players-meter.ts";

export interface Recorder {
  /** Calls back after each step; the returned function ends it. */
  listen(recorded: () => void): () => void;
  stop(): void;
}

export interface RecorderDeps {
  readonly history: History;
  readonly nodes: () => readonly RegisteredNode[];
  readonly directory: Pick<StreamDirectory, "originOf" | "copiesOf">;
  readonly classNames: () => readonly string[];
  readonly players: PlayersMeter;
  readonly clock: Clock;
}

/** More than a timer is ever early. */
const earlyMs = 500;

export function createRecorder({ history, nodes, directory, classNames, players, clock }: RecorderDeps): Recorder {
  const listeners = new Set<() => void>();
  const drops = createDropMeter();
  const stepMs = historyStepS * 1_000;
  let timer: NodeJS.Timeout | undefined;

  function record(): void {
    const nowMs = clock.monotonicMs();
    history.put(nowMs, clock.wallMs(), measureStep({ nodes: nodes(), directory, classNames: classNames(), players, drops, nowMs }));
    for (const recorded of listeners) recorded();
    next();
  }

  /** In the middle of each step, so that a timer that is a little early or late leaves none out. */
  function next(): void {
    const nowMs = clock.monotonicMs();
    const middleMs = (Math.floor(nowMs / stepMs) + 0.5) * stepMs;
    const isAhead = middleMs - nowMs > earlyMs;
    timer = setTimeout(record, (isAhead ? middleMs : middleMs + stepMs) - nowMs);
    timer.unref();
  }

  next();
  return {
    listen(recorded) {
      listeners.add(recorded);
      return () => void listeners.delete(recorded);
    },
    stop: () => clearTimeout(timer),
  };
}
