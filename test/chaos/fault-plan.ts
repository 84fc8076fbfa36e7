// What goes wrong, when and for how long, drawn from a seed: the same seed gives the same faults. Pure.

export const faultKinds = ["kill", "pause", "terminate", "kill-master", "pause-master"] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  /** From the beginning. */
  readonly atMs: number;
  readonly kind: FaultKind;
  /** Which slave, from 0; for the master -1. */
  readonly slave: number;
  /** How long until it is started or goes on again. */
  readonly forMs: number;
}

export interface FaultPlanOptions {
  readonly seed: number;
  readonly slaves: number;
  readonly durationMs: number;
  /** The mean time between two faults. */
  readonly everyMs: number;
  /** Slaves that may be away at the same time. */
  readonly atOnce: number;
}

/** Uniform in [0, 1), the same sequence for the same seed (mulberry32, public domain). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** After a slave is back it needs this long to start and to hold what it is to hold. */
const recoveryMs = 4_000;
/** A slave that is asked to stop first lets its viewers and teachers go elsewhere. */
const leavingMs = 10_000;

export function planFaults({ seed, slaves, durationMs, everyMs, atOnce }: FaultPlanOptions): Fault[] {
  const random = seededRandom(seed);
  const between = (least: number, most: number): number => Math.round(least + random() * (most - least));
  const faults: Fault[] = [];
  const busyUntilMs = new Map<number, number>();
  for (let atMs = between(0, everyMs); atMs < durationMs; atMs += between(everyMs / 2, (everyMs * 3) / 2)) {
    const drawn = random();
    const ofMaster = drawn < 0.1;
    const kind = ofMaster ? (drawn < 0.05 ? "kill-master" : "pause-master") : drawn < 0.6 ? "kill" : drawn < 0.8 ? "pause" : "terminate";
    const slave = ofMaster ? -1 : between(0, slaves - 1);
    const forMs = between(1_000, 6_000);
    const away = [...busyUntilMs].filter(([index, untilMs]) => index !== -1 && untilMs > atMs).length;
    // Drawn all the same, so that what comes after does not depend on it.
    if ((busyUntilMs.get(slave) ?? 0) > atMs || (!ofMaster && away >= atOnce)) continue;
    busyUntilMs.set(slave, atMs + forMs + recoveryMs + (kind === "terminate" ? leavingMs : 0));
    faults.push({ atMs, kind, slave, forMs });
  }
  return faults;
}
