// Signing in to the pages: what the browser sends, and what it learns about itself. The session itself is a cookie.
import { Type } from "typebox";
import type { Static } from "typebox";
import { ClassName } from "./names.ts";

export const SignInRequest = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: 512, description: "ADMIN_TOKEN, or the teacher token of a class" }) },
  { additionalProperties: false },
);
export type SignInRequest = Static<typeof SignInRequest>;

/** Header that every request with a session cookie sends that changes something. */
export const csrfHeader = "x-csrf-token";

const Role = Type.Enum(["admin", "teacher"]);

export const SessionInfo = Type.Object({
  role: Role,
  class: Type.Union([ClassName, Type.Null()], { description: "Of a teacher: the class that the session is for" }),
  csrf_token: Type.String({ description: `Goes back as \`${csrfHeader}\` with what changes something` }),
  expires_at: Type.String({ format: "date-time" }),
});
export type SessionInfo = Static<typeof SessionInfo>;
