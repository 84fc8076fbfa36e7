// The last values of a few figures, one of each per step of time, in one block of memory. Pure: steps are numbers that count
// up. NaN is what was not measured.

export interface StepRing {
  /** Sets the values of a step; those that were left out are NaN. One that is older than the newest is ignored. */
  put(step: number, values: readonly number[]): void;
  /** Of one figure, the steps `from` up to and with `to`; NaN where nothing was put, or it is too long ago. */
  read(figure: number, from: number, to: number): number[];
  /** Undefined before the first. */
  readonly newest: number | undefined;
}

/** @param figures how many. @param steps that are kept. */
export function createStepRing(figures: number, steps: number): StepRing {
  const values = new Float32Array(figures * steps).fill(Number.NaN);
  let newest: number | undefined;

  function forget(from: number, to: number): void {
    for (let step = Math.max(from, to - steps + 1); step <= to; step += 1) {
      values.fill(Number.NaN, (step % steps) * figures, ((step % steps) + 1) * figures);
    }
  }

  return {
    put(step, given) {
      if (newest !== undefined && step < newest) return;
      forget(newest === undefined ? step : newest + 1, step);
      newest = step;
      for (let figure = 0; figure < figures; figure += 1) values[(step % steps) * figures + figure] = given[figure] ?? Number.NaN;
    },
    read(figure, from, to) {
      const read: number[] = [];
      for (let step = from; step <= to; step += 1) {
        const isKept = newest !== undefined && step >= 0 && step <= newest && step > newest - steps;
        read.push(isKept ? (values[(step % steps) * figures + figure] ?? Number.NaN) : Number.NaN);
      }
      return read;
    },
    get newest() {
      return newest;
    },
  };
}
