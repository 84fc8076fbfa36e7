// What the teacher's page learns while it is open (Server-Sent Events of GET /api/classes/<name>/live).
import { Type } from "typebox";
import type { Static } from "typebox";
import { ClassView } from "./classes.ts";
import { IngestReport, PlayersReport } from "./cluster-messages.ts";
import { NodeId } from "./names.ts";

const Nullable = <Schema extends ReturnType<typeof Type.Number> | typeof NodeId>(schema: Schema) => Type.Union([schema, Type.Null()]);

/** `state` of the page: sent at the beginning and when something of it changed, at most once a second. */
export const ClassLive = Type.Object({
  class: ClassView,
  /** `idle`: nobody has published since the class was opened; `waiting`: the teacher's connection was lost or ended. */
  phase: Type.Enum(["closed", "idle", "waiting", "live"]),
  viewers: Type.Integer({ description: "On all nodes, previews of teachers included" }),
  students: Type.Integer({ description: "Those of the viewers who do not watch as teachers" }),
  origin: Nullable(NodeId),
  origin_name: Type.Union([Type.String(), Type.Null()]),
  copies: Type.Integer({ description: "Nodes that have the stream and are in sync, the origin included" }),
  ingest: Type.Union([IngestReport, Type.Null()]),
  players: Type.Union([PlayersReport, Type.Null()], {
    description: "Of the last 15 s, on all nodes; null when no player has told anything",
  }),
});
export type ClassLive = Static<typeof ClassLive>;

/** One point of the plots; null where nothing was measured. */
export const ClassSample = Type.Object({
  at: Type.Number({ description: "Unix seconds" }),
  viewers: Nullable(Type.Number()),
  students: Nullable(Type.Number({ description: "Those of the viewers who do not watch as teachers" })),
  bitrate: Nullable(Type.Number({ description: "Bits per second from the teacher" })),
  fps: Nullable(Type.Number()),
  dropped_frames: Nullable(Type.Number({ description: "Frames that the teacher's side left out since the sample before" })),
  delay_s: Nullable(Type.Number({ description: "Mean of what players report: seconds behind the teacher" })),
});
export type ClassSample = Static<typeof ClassSample>;

/** `history` of the page, sent once: the last 30 minutes, oldest first. Then each new point as `sample`. */
export const ClassHistory = Type.Object({ step_s: Type.Number(), samples: Type.Array(ClassSample) });
export type ClassHistory = Static<typeof ClassHistory>;
