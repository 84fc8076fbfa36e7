// What players tell slaves beside asking for media: how well it plays.
import { Type } from "typebox";
import type { Static } from "typebox";
import { maxReportedMs } from "./report-limits.ts";

const Duration = Type.Number({ minimum: 0, maximum: maxReportedMs });

/** `POST /live/<name>/report` on the media port, with the viewer's token. Fields of newer players are ignored. */
export const PlayerReport = Type.Object({
  join_ms: Type.Optional(
    Type.Number({ minimum: 0, maximum: maxReportedMs, description: "Once per join: from being let in to the first picture" }),
  ),
  stalls: Type.Integer({ minimum: 0, maximum: 10_000, description: "Times that the picture stood still within the window" }),
  stalled_ms: Duration,
  delay_ms: Type.Optional(
    Type.Number({ minimum: 0, maximum: maxReportedMs, description: "Between the teacher's camera and the picture, now" }),
  ),
  window_ms: Type.Number({ minimum: 0, maximum: maxReportedMs, description: "What the report is about: time since the last one" }),
});
export type PlayerReport = Static<typeof PlayerReport>;

/** Sums over the reports of a stream's players since this node started. */
export const PlayerTotals = Type.Object({
  joins: Type.Integer(),
  join_ms: Type.Number({ description: "Sum over all joins" }),
  stalls: Type.Integer(),
  stalled_ms: Type.Number(),
  watched_ms: Type.Number(),
});
export type PlayerTotals = Static<typeof PlayerTotals>;
