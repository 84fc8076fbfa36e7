// What the live figures are made of, beside what all routes work with.
import type { History } from "../history/history.ts";
import type { PlayersMeter } from "../history/players-meter.ts";
import type { Recorder } from "../history/recorder.ts";
import type { Timeline } from "../timeline/timeline.ts";

export interface LiveContext {
  readonly history: History;
  readonly recorder: Pick<Recorder, "listen">;
  readonly players: Pick<PlayersMeter, "of">;
  readonly timeline: Timeline;
}
