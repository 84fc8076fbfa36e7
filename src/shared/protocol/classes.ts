// The teacher's side of the API: classes, their join codes and stream keys.
import { Type } from "typebox";
import type { Static } from "typebox";
import { ClassName, StreamPath } from "./names.ts";
import { JoinCode } from "./viewer-token.ts";

const Title = Type.String({ maxLength: 200, pattern: "^[^\\u0000-\\u001f\\u007f]*$" });

export const ClassRequest = Type.Object(
  {
    name: ClassName,
    title: Type.Optional(Title),
    open: Type.Optional(Type.Boolean({ description: "Anybody may join without a code" })),
    join_code: Type.Optional(JoinCode),
  },
  { additionalProperties: false },
);
export type ClassRequest = Static<typeof ClassRequest>;

export const ClassPatch = Type.Object(
  {
    title: Type.Optional(Title),
    open: Type.Optional(Type.Boolean()),
    join_code: Type.Optional(JoinCode),
    closed: Type.Optional(Type.Boolean({ description: "The class is over: nobody watches or publishes until it is opened again" })),
  },
  { additionalProperties: false },
);
export type ClassPatch = Static<typeof ClassPatch>;

const classView = {
  name: ClassName,
  title: Type.String(),
  path: StreamPath,
  open: Type.Boolean({ description: "Anybody may join without a code" }),
  closed: Type.Boolean({ description: "The class is over: nobody watches or publishes until it is opened again" }),
  join_code: JoinCode,
  has_teacher_token: Type.Boolean({ description: "A teacher can sign in for this class alone" }),
  live: Type.Boolean({ description: "Somebody publishes it now" }),
  rtmp_url: Type.String({ description: "OBS: Server" }),
  watch_url: Type.String({ description: "The page for students" }),
};

export const ClassView = Type.Object(classView);
export type ClassView = Static<typeof ClassView>;

/** The only answer that shows the stream key: creation and rotation. */
export const ClassWithKey = Type.Object({
  ...classView,
  stream_key: Type.String({ description: "OBS: Stream key is `<name>?key=<stream_key>`" }),
});
export type ClassWithKey = Static<typeof ClassWithKey>;

/** The only answer that shows the teacher token. */
export const TeacherToken = Type.Object({
  teacher_token: Type.String({ description: "Signs in at /teach, for this class alone" }),
  teach_url: Type.String({ description: "The page for teachers, with the token behind its #" }),
});
export type TeacherToken = Static<typeof TeacherToken>;

export const JoinRequest = Type.Object({ join_code: JoinCode }, { additionalProperties: false });
export type JoinRequest = Static<typeof JoinRequest>;

/** Which class a join code is for. */
export const JoinAnswer = Type.Object({ name: ClassName, title: Type.String() });
export type JoinAnswer = Static<typeof JoinAnswer>;
