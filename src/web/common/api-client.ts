// Asks the master's API with the session of the page. An error answer becomes its code (RFC 9457). What throws is a mistake of
// ours, never the network's.
import { timeLimit } from "../../shared/kernel/time-limit.ts";

export type ApiAnswer<Value> =
  | { readonly ok: true; readonly value: Value }
  /** `status` 0 and code `unreachable`: no answer at all. */
  | {
      readonly ok: false;
      readonly status: number;
      readonly code: string;
      readonly detail: string;
      readonly retryAfterS: number | undefined;
    };

export interface ApiClient {
  /** @param body sent as JSON */
  call<Value>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<ApiAnswer<Value>>;
}

const timeoutMs = 15_000;

/**
 * @param csrfToken of the session, for what changes something (see src/shared/protocol/session.ts)
 * @param signedOut called when the session is not good any more
 */
export function createApiClient(deps: {
  readonly fetcher: typeof fetch;
  readonly csrfToken: () => string | undefined;
  readonly signedOut: () => void;
}): ApiClient {
  return {
    async call<Value>(method: string, path: string, body?: unknown): Promise<ApiAnswer<Value>> {
      const csrfToken = deps.csrfToken();
      const answer = await exchange(deps.fetcher, path, {
        method,
        headers: {
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(csrfToken === undefined ? {} : { "x-csrf-token": csrfToken }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        cache: "no-store",
        signal: timeLimit(timeoutMs),
      });
      if (answer === undefined) return { ok: false, status: 0, code: "unreachable", detail: "", retryAfterS: undefined };
      const { response, content } = answer;
      if (response.ok) return { ok: true, value: content as Value };
      const code = textAt(content, "code");
      if (code === "admin_required") deps.signedOut();
      const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
      const retryAfterS = Number.isFinite(retryAfter) ? retryAfter : undefined;
      return { ok: false, status: response.status, code, detail: textAt(content, "detail"), retryAfterS };
    },
  };
}

/** @returns undefined: no connection, no answer in time, or no JSON from something in between; all mean "not reachable now". */
async function exchange(
  fetcher: typeof fetch,
  path: string,
  init: RequestInit,
): Promise<{ readonly response: Response; readonly content: unknown } | undefined> {
  try {
    const response = await fetcher(path, init);
    return { response, content: response.status === 204 ? undefined : await response.json() };
  } catch (error) {
    // What fetch and json() reject with for these three (Fetch standard); anything else is no state of the network.
    if (error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function textAt(value: unknown, key: string): string {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === "string" ? found : "";
}
