// What tests of revocation, of who watches and of the waiting line do as students do: join, renew, watch. Over HTTP only.
import type { ProblemDocument } from "../../src/shared/protocol/problems.ts";
import type { TokenClaims, TokenRequest, TokenResponse } from "../../src/shared/protocol/viewer-token.ts";

export interface StudentAnswer {
  readonly status: number;
  /** Of a refusal; undefined for a token. */
  readonly code: string | undefined;
  readonly retryAfterS: number;
  readonly body: TokenResponse & ProblemDocument;
}

async function post(url: string, init: RequestInit): Promise<StudentAnswer> {
  const response = await fetch(url, { method: "POST", ...init });
  const body = (await response.json()) as TokenResponse & ProblemDocument;
  return { status: response.status, code: body.code, retryAfterS: Number(response.headers.get("retry-after")), body };
}

/** Without the admin token: as a student. */
export const joinAs = (masterUrl: string, request: TokenRequest): Promise<StudentAnswer> =>
  post(`${masterUrl}/api/token`, { headers: { "content-type": "application/json" }, body: JSON.stringify(request) });

export const renew = (masterUrl: string, token: string, exclude: readonly string[] = []): Promise<StudentAnswer> =>
  post(`${masterUrl}/api/token/refresh`, {
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ exclude }),
  });

/** What a player reports beside asking for media. The same gate, and an answer at once also while nobody publishes: a problem code, or "ok". */
export async function watch(hlsUrl: string): Promise<string> {
  const report = { stalls: 0, stalled_ms: 0, window_ms: 0 };
  const response = await fetch(hlsUrl.replace("/index.m3u8", "/report"), { method: "POST", body: JSON.stringify(report) });
  const text = await response.text();
  // Who reports too often has passed the gate.
  return response.ok || response.status === 429 ? "ok" : (JSON.parse(text) as ProblemDocument).code;
}

export function claimsIn(token: string): TokenClaims {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as TokenClaims;
}
