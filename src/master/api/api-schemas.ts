// Pieces that several routes' schemas share.
import { Type } from "typebox";
import { NodeId } from "../../shared/protocol/names.ts";
import { problemTypes } from "../../shared/protocol/problems.ts";
import type { ProblemCode } from "../../shared/protocol/problems.ts";

export const ProblemView = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.Optional(Type.String()),
    instance: Type.Optional(Type.String()),
    position: Type.Optional(Type.Integer({ description: "Of `no_capacity`: place in the line, 1 is next" })),
    ticket: Type.Optional(Type.String({ description: "Of `no_capacity`: keeps the place when it comes with the next POST /api/token" })),
  },
  { description: "RFC 9457 problem document; `code` is stable" },
);

/** Responses of a route for these problems, as its schema's `response` wants them. */
export function problems(...codes: ProblemCode[]): Record<number, typeof ProblemView> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const { status } = problemTypes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [status, { ...ProblemView, description: list.map((code) => `\`${code}\``).join(", ") }]),
  );
}

export const adminSecurity = [{ admin: [] }, { session: [] }];
export const teacherSecurity = [{ admin: [] }, { teacher: [] }, { session: [] }];
/** What whoever calls by a token or a session may be told. */
export const callProblems = ["admin_required", "not_your_class", "too_many_requests"] as const;
/** And with what changes something. */
export const changeProblems = [...callProblems, "csrf_token_invalid"] as const;
export const nodeSecurity = [{ node: [] }];

export const NodeParams = Type.Object({ id: NodeId });
