// How far a load test is: a bar on a terminal, a line now and then elsewhere.
import type { Writable } from "node:stream";
import { SingleBar } from "cli-progress";
import type { Moment } from "./load-totals.ts";

export interface LoadProgress {
  update(moment: Moment): void;
  stop(): void;
}

export interface ProgressOptions {
  readonly stream: Writable & { readonly isTTY?: boolean };
  readonly totalS: number;
  readonly viewers: number;
}

const lineEveryS = 5;

export function createLoadProgress({ stream, totalS, viewers }: ProgressOptions): LoadProgress {
  let [moves, errors] = [0, 0];
  function state(moment: Moment): { text: string; second: number } {
    moves += moment.moves;
    errors += moment.errors;
    const { playing, stalled, mbps, atS } = moment;
    const trouble = `${moves > 0 ? `, ${moves} changes of node` : ""}${errors > 0 ? `, ${errors} errors` : ""}`;
    return {
      text: `${playing} of ${viewers} have had a picture, ${stalled} stand still, ${mbps.toFixed(1)} Mbit/s${trouble}`,
      second: Math.min(Math.round(atS), Math.ceil(totalS)),
    };
  }
  if (stream.isTTY !== true) {
    let saidS = 0;
    return {
      update(moment) {
        const { text, second } = state(moment);
        if (moment.atS - saidS < lineEveryS) return;
        saidS = moment.atS;
        stream.write(`${second} s of ${Math.ceil(totalS)}: ${text}\n`);
      },
      stop: () => undefined,
    };
  }
  const bar = new SingleBar({ format: "{bar} {value}/{total} s   {text}", stream, hideCursor: true, clearOnComplete: false, barsize: 24 });
  bar.start(Math.ceil(totalS), 0, { text: "" });
  return {
    update(moment) {
      const { text, second } = state(moment);
      bar.update(second, { text });
    },
    stop: () => bar.stop(),
  };
}
