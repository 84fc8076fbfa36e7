// Who watches a class, as its teacher sees it; and what the master asks its slaves to say so.
import { Type } from "typebox";
import type { Static } from "typebox";
import { NodeId, StreamPath } from "./names.ts";
import { UserType } from "./viewer-token.ts";

const DateTime = Type.String({ format: "date-time" });

/** One viewer at one slave. */
const SlaveViewer = Type.Object({
  jti: Type.String({ maxLength: 64 }),
  user_id: Type.String({ maxLength: 128 }),
  user_type: UserType,
  exp: Type.Integer({ description: "End of its token, Unix seconds" }),
  watching_s: Type.Number({ minimum: 0, description: "Seconds since its first request here" }),
});

/** More than a class has; a longer list is cut off. */
export const maxListedViewers = 5_000;

/** `GET /api/viewers?path=` of a slave, for the master only. */
export const SlaveViewers = Type.Object({
  path: StreamPath,
  total: Type.Integer({ minimum: 0 }),
  viewers: Type.Array(SlaveViewer, { maxItems: maxListedViewers }),
});
export type SlaveViewers = Static<typeof SlaveViewers>;

export const ClassViewers = Type.Object({
  total: Type.Integer({ description: "Students and teachers who watch now" }),
  viewers: Type.Array(
    Type.Object({
      jti: Type.String(),
      user_id: Type.String(),
      user_type: UserType,
      node_id: NodeId,
      node_name: Type.String(),
      watching_since: DateTime,
    }),
    { maxItems: maxListedViewers, description: "By name" },
  ),
  missing_nodes: Type.Array(NodeId, { description: "Slaves that did not answer: their viewers are not listed" }),
  removed: Type.Array(
    Type.Object({ user_id: Type.String(), until: DateTime }, { description: "May not join again until then, or until let in again" }),
  ),
});
export type ClassViewers = Static<typeof ClassViewers>;
