// What goes wrong, when and for how long, drawn from a seed: the same seed gives the same faults. Pure.
import { seededRandom } from "../support/seeded-random.ts";

export interface Fault {
  /** From the beginning. */
  readonly atMs: number;
  readonly kind: "kill" | "pause" | "terminate";
  /** Slaves and streams are numbered from 0; who is the origin of a stream shows when the time has come. */
  readonly target: { readonly of: "master" } | { readonly of: "slave" | "origin"; readonly number: number };
  /** How long until it is started or goes on again. */
  readonly forMs: number;
}

export interface FaultPlanOptions {
  readonly seed: number;
  readonly slaves: number;
  readonly streams: number;
  readonly durationMs: number;
  /** The mean time between two faults. */
  readonly everyMs: number;
  /** Slaves that may be away at the same time. */
  readonly atOnce: number;
}

/** After a slave is back it needs this long to start and to hold what it is to hold. */
const recoveryMs = 4_000;
/** A slave that is asked to stop first lets its viewers and teachers go elsewhere. */
const leavingMs = 10_000;

export function planFaults({ seed, slaves, streams, durationMs, everyMs, atOnce }: FaultPlanOptions): Fault[] {
  const random = seededRandom(seed);
  const between = (least: number, most: number): number => Math.round(least + random() * (most - least));
  const faults: Fault[] = [];
  const busyUntilMs = new Map<string, number>();
  for (let atMs = between(0, everyMs); atMs < durationMs; atMs += between(everyMs / 2, (everyMs * 3) / 2)) {
    const [who, what] = [random(), random()];
    const [slave, stream, forMs] = [between(0, slaves - 1), between(0, streams - 1), between(1_000, 6_000)];
    const target: Fault["target"] =
      who < 0.1 ? { of: "master" } : who < 0.5 ? { of: "origin", number: stream } : { of: "slave", number: slave };
    const kind = what < 0.5 ? "kill" : what < 0.8 || target.of === "master" ? "pause" : "terminate";
    const key = JSON.stringify(target);
    const away = [...busyUntilMs].filter(([other, untilMs]) => other !== masterKey && untilMs > atMs).length;
    // All was drawn all the same, so that what comes after does not depend on it.
    if ((busyUntilMs.get(key) ?? 0) > atMs || (target.of !== "master" && away >= atOnce)) continue;
    busyUntilMs.set(key, atMs + forMs + recoveryMs + (kind === "terminate" ? leavingMs : 0));
    faults.push({ atMs, kind, target, forMs });
  }
  return faults;
}

const masterKey = JSON.stringify({ of: "master" });
