// A question of MediaMTX to the slave's auth hook, for tests to change.
import type { AuthQuestion } from "../../src/slave/engine/mediamtx/auth-rules.ts";

/** Somebody wants to send a class over SRT, and shows nothing. */
export const authQuestion: AuthQuestion = {
  ip: "10.0.0.7",
  user: "",
  password: "",
  token: "",
  action: "publish",
  path: "live/math",
  protocol: "srt",
  id: "session-1",
  query: "",
};
