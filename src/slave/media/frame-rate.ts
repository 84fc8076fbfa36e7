// The frame rate that a playlist announces, from the decode times of a few frames.

/** Frames per second, or undefined with fewer than three frames. A hole or a repeated frame does not count. */
export function frameRateOf(dtsTicks: readonly number[], timescale: number): number | undefined {
  const steps: number[] = [];
  for (const [index, ticks] of dtsTicks.entries()) {
    const last = dtsTicks[index - 1];
    if (last !== undefined) steps.push(ticks - last);
  }
  const median = steps.toSorted((one, other) => one - other)[steps.length >> 1];
  if (steps.length < 2 || median === undefined || median <= 0) return undefined;
  const usual = steps.filter((step) => Math.abs(step - median) <= median / 4);
  const fps = (usual.length * timescale) / usual.reduce((sum, step) => sum + step, 0);
  // Milliseconds make 30 fps look like 30.03; a broadcaster's 29.97 is not worth telling apart.
  return Math.abs(fps - Math.round(fps)) < fps * 0.015 ? Math.round(fps) : Math.round(fps * 1_000) / 1_000;
}
