// What metered-slave.ts writes down of each window, a JSON line each.

export const windowMs = 2_000;

export interface MeteredWindow {
  /** Answers were counted and timed. */
  readonly observed: boolean;
  /** Unix ms. */
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  /** Of all threads of the slave's process. */
  readonly cpuUs: number;
  readonly answers: number;
}

/** CPU per answer with metrics by that without, once for each pair of neighbours. @param windows in order. */
export function costRatios(windows: readonly MeteredWindow[]): number[] {
  const ratios: number[] = [];
  for (let index = 1; index < windows.length; index += 2) {
    const [one, other] = [windows[index - 1], windows[index]];
    if (!one || !other || one.observed === other.observed || one.answers === 0 || other.answers === 0) continue;
    const [on, off] = one.observed ? [one, other] : [other, one];
    ratios.push(on.cpuUs / on.answers / (off.cpuUs / off.answers));
  }
  return ratios;
}
