// Asks the master for viewer tokens. Every outcome is a value: nothing here throws or retries.
import { timeLimit } from "../kernel/time-limit.ts";
import { clockOffset, refusalOf, type TokenAnswer, type TokenGrant, type TokenRefusal } from "./token-grant.ts";

export interface JoinRequest {
  readonly userId: string;
  readonly className: string;
  readonly joinCode: string | undefined;
  /** `teacher`: of who is signed in for the class; else a student. */
  readonly userType?: "student" | "teacher" | undefined;
  /** Nodes that the player could not use. */
  readonly exclude?: readonly string[];
  /** Place in the line before a full cluster, see `TokenRefusal`. */
  readonly ticket?: string | undefined;
}

export interface TokenClient {
  /** POST /api/token */
  join(request: JoinRequest): Promise<TokenAnswer>;
  /** POST /api/token/refresh; `exclude` are nodes that the player could not use. */
  refresh(token: string, exclude?: readonly string[]): Promise<TokenAnswer>;
}

const timeoutMs = 10_000;
const unreachable: TokenRefusal = { reason: "unreachable", retryAfterS: undefined };

/** @param baseUrl of the master, without a slash at its end; "" for the page's own origin. */
export function createTokenClient(baseUrl: string, fetcher: typeof fetch, wallMs: () => number): TokenClient {
  async function post(path: string, headers: Record<string, string>, body: string | undefined): Promise<TokenAnswer> {
    const sentAtMs = wallMs();
    try {
      const response = await fetcher(`${baseUrl}${path}`, {
        method: "POST",
        headers,
        body: body ?? null,
        cache: "no-store",
        signal: timeLimit(timeoutMs),
      });
      const answer: unknown = await response.json();
      if (!response.ok)
        return {
          granted: false,
          refusal: refusalOf({ status: response.status, retryAfter: response.headers.get("retry-after"), body: answer }),
        };
      const grant = readGrant(answer, clockOffset(response.headers.get("date"), sentAtMs, wallMs()));
      return grant ? { granted: true, grant } : { granted: false, refusal: unreachable };
    } catch {
      // No connection, no answer in time, or no JSON from something in between: all mean "not reachable now".
      return { granted: false, refusal: unreachable };
    }
  }

  return {
    join({ userId, className, joinCode, userType, exclude = [], ticket }) {
      const body = {
        user_id: userId,
        class: className,
        ...(joinCode === undefined ? {} : { join_code: joinCode }),
        ...(userType === undefined ? {} : { user_type: userType }),
        ...(exclude.length === 0 ? {} : { exclude }),
        ...(ticket === undefined ? {} : { ticket }),
      };
      return post("/api/token", { "content-type": "application/json" }, JSON.stringify(body));
    },
    refresh(token, exclude = []) {
      const authorization = `Bearer ${token}`;
      if (exclude.length === 0) return post("/api/token/refresh", { authorization }, undefined);
      return post("/api/token/refresh", { authorization, "content-type": "application/json" }, JSON.stringify({ exclude }));
    },
  };
}

function textAt(value: unknown, key: string): string | undefined {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === "string" ? found : undefined;
}

function readGrant(value: unknown, clockOffsetMs: number): TokenGrant | undefined {
  const [token, hlsUrl, nodeId] = [textAt(value, "token"), textAt(value, "hls_url"), textAt(value, "node_id")];
  const expiresInS: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "expires_in") : undefined;
  if (token === undefined || hlsUrl === undefined || nodeId === undefined || typeof expiresInS !== "number") return undefined;
  return { token, hlsUrl, whepUrl: textAt(value, "whep_url"), nodeId, expiresInS, classTitle: textAt(value, "class_title"), clockOffsetMs };
}
