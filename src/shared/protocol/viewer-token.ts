// What a token says, and what the token endpoints take and give. Field names are the Contract's.
import { Type } from "typebox";
import type { Static } from "typebox";
import { ClassName, NodeId, StreamPath } from "./names.ts";

/** Not `.` or `..`: in a path (`…/removed/<user_id>`) they would mean another address, however they are escaped. */
const UserId = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: "^(?!\\.{1,2}$)[^\\u0000-\\u001f\\u007f]*$",
  description: "Who joins: a name or number that the school knows; printable characters, not only a dot or two",
  examples: ["kim.minji"],
});
export const UserType = Type.Union([Type.Literal("student"), Type.Literal("teacher")], { description: "`teacher` needs the admin token" });
export const Action = Type.Union([Type.Literal("read"), Type.Literal("publish")]);
export const JoinCode = Type.String({ minLength: 4, maxLength: 32, pattern: "^[A-Za-z0-9-]*$", examples: ["K7QX2M"] });

/** Claims of a viewer's or publisher's token (RFC 7519). `exp` and `iat` are seconds since 1970. */
export const TokenClaims = Type.Object({
  user_type: UserType,
  user_id: UserId,
  action: Action,
  path: StreamPath,
  node_id: NodeId,
  iat: Type.Integer(),
  exp: Type.Integer(),
  jti: Type.String({ minLength: 16, maxLength: 64 }),
});
export type TokenClaims = Static<typeof TokenClaims>;

/** Place in the line before a full cluster: the `ticket` of the answer before. */
const WaitingTicket = Type.String({ minLength: 8, maxLength: 64, pattern: "^[A-Za-z0-9_-]*$" });

export const TokenRequest = Type.Object(
  {
    user_id: UserId,
    user_type: Type.Optional(UserType),
    action: Type.Optional(Action),
    path: Type.Optional(StreamPath),
    class: Type.Optional(ClassName),
    join_code: Type.Optional(JoinCode),
    exclude: Type.Optional(Type.Array(NodeId, { maxItems: 64, description: "Nodes that the player could not use" })),
    ticket: Type.Optional(WaitingTicket),
  },
  { additionalProperties: false, description: "`path` or `class` is needed" },
);
export type TokenRequest = Static<typeof TokenRequest>;

export const RefreshRequest = Type.Object(
  {
    exclude: Type.Optional(
      Type.Array(NodeId, {
        maxItems: 64,
        description:
          "Nodes that the player could not use. The node of its own token among them says that it could not reach it: told so by two viewers, the master asks the node",
      }),
    ),
  },
  { additionalProperties: false },
);
export type RefreshRequest = Static<typeof RefreshRequest>;

export const TokenResponse = Type.Object({
  token: Type.String(),
  token_type: Type.Literal("Bearer"),
  expires_in: Type.Integer({ description: "Seconds" }),
  node_id: NodeId,
  node_name: Type.String(),
  hls_url: Type.String({ description: "Multivariant playlist, with the token as ?jwt=" }),
  whep_url: Type.Optional(
    Type.String({ description: "The same stream by WebRTC (WHEP), with the token as ?jwt=; where the node serves it so" }),
  ),
  path: StreamPath,
  user_id: UserId,
  user_type: UserType,
  class_title: Type.String({ description: "Of the class, for people" }),
});
export type TokenResponse = Static<typeof TokenResponse>;
