// Who may do what at MediaMTX, read from its question to the slave (authMethod http). Pure; trusts nothing: names, queries and
// passwords are a stranger's.
import { Type } from "typebox";
import { Value } from "typebox/value";
import { isStreamPath } from "../../../shared/protocol/names.ts";
import { readPublishSecrets } from "../../../shared/rtmp/stream-target.ts";
import type { PublishRequest } from "../engine.ts";
import { streamPathOfMedia } from "./media-paths.ts";
import type { WhipAttempt } from "./mediamtx-handle.ts";

const text = Type.String({ maxLength: 8_192 });
const Question = Type.Object({
  ip: text,
  user: text,
  password: text,
  token: text,
  action: text,
  path: text,
  protocol: text,
  /** Of the connection or session; null where there is none yet. */
  id: Type.Union([Type.Null(), Type.String({ maxLength: 64 })]),
  query: text,
});

export interface AuthQuestion {
  /** IP address, without port. */
  readonly ip: string;
  readonly user: string;
  readonly password: string;
  readonly token: string;
  readonly action: string;
  readonly path: string;
  readonly protocol: string;
  readonly id: string | null;
  readonly query: string;
}

/** Undefined for what is no question of MediaMTX. */
export function readAuthQuestion(body: string): AuthQuestion | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    // Not from MediaMTX.
    return undefined;
  }
  return Value.Check(Question, value) ? value : undefined;
}

export type AuthTopic =
  /** Somebody wants to send a class. */
  | { readonly kind: "publish"; readonly request: PublishRequest }
  /** `path` is the stream; `media` is what MediaMTX calls it. */
  | { readonly kind: "read"; readonly path: string; readonly media: string; readonly credential: string }
  /** Nothing that a stranger may do; who has the slave's own secret may. */
  | { readonly kind: "own" };

/** What a question is about. */
export function topicOf(question: AuthQuestion): AuthTopic {
  const { action, path, protocol } = question;
  const stream = streamPathOfMedia(path);
  if (stream === undefined) return { kind: "own" };
  if (action === "publish" && path === stream) {
    const request = publishRequestOf(question);
    return request ? { kind: "publish", request } : { kind: "own" };
  }
  // Other slaves pull over RTSP; everybody else reads at the slave's own door.
  if (action === "read" && protocol === "rtsp") return { kind: "read", path: stream, media: path, credential: secretOf(question) };
  return { kind: "own" };
}

/** What MediaMTX is going to ask about a POST to its WHIP endpoint: it reads the header in these ways. */
export function whipQuestion({ path, query, authorization = "", remoteAddress }: WhipAttempt): AuthQuestion {
  const bearer = authorization.startsWith("Bearer ") ? authorization.slice("Bearer ".length) : undefined;
  const basic = /^Basic +(\S+)$/i.exec(authorization)?.[1];
  const [user = "", password] = (bearer ?? Buffer.from(basic ?? "", "base64").toString("utf8")).split(":");
  const token = password === undefined && bearer !== undefined ? bearer : "";
  return { ip: remoteAddress, user, password: password ?? "", token, action: "publish", path, protocol: "webrtc", id: null, query };
}

/** The password, or the bearer of HTTP; MediaMTX repeats the password as token where there is no other. */
export function secretOf({ password, token }: AuthQuestion): string {
  return password || token;
}

/**
 * What a publisher shows, in the ways that its protocol leaves it: `?key=`, `?jwt=` (all), `publish:live/x:user:password` and
 * `#!::…,s=password` (SRT), user and password (RTSP), a bearer (WHIP). A password is a token when it looks like one, else a key.
 */
function publishRequestOf(question: AuthQuestion): PublishRequest | undefined {
  const { path, query, ip } = question;
  if (!isStreamPath(path)) return undefined;
  const shown = readPublishSecrets([query]);
  if (!shown) return undefined;
  const request = { path, remoteAddress: ip, ...shown };
  if (shown.key !== undefined || shown.token !== undefined || shown.relay !== undefined) return request;
  const secret = secretOf(question);
  if (secret === "") return request;
  return looksLikeToken(secret) ? { ...request, token: secret } : { ...request, key: secret };
}

/** Three base64url parts (RFC 7519); a stream key has none of these dots. */
function looksLikeToken(secret: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(secret);
}
