// Asks the master's API with the session of the page. An error answer becomes its code (RFC 9457); nothing here throws.
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
      try {
        const response = await deps.fetcher(path, {
          method,
          headers: {
            ...(body === undefined ? {} : { "content-type": "application/json" }),
            ...(csrfToken === undefined ? {} : { "x-csrf-token": csrfToken }),
          },
          body: body === undefined ? null : JSON.stringify(body),
          cache: "no-store",
          signal: timeLimit(timeoutMs),
        });
        if (response.ok) return { ok: true, value: (response.status === 204 ? undefined : await response.json()) as Value };
        const problem: unknown = await response.json();
        const code = textAt(problem, "code");
        if (code === "admin_required") deps.signedOut();
        const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
        const retryAfterS = Number.isFinite(retryAfter) ? retryAfter : undefined;
        return { ok: false, status: response.status, code, detail: textAt(problem, "detail"), retryAfterS };
      } catch {
        // No connection, no answer in time, or no JSON from something in between: all mean "not reachable now".
        return { ok: false, status: 0, code: "unreachable", detail: "", retryAfterS: undefined };
      }
    },
  };
}

function textAt(value: unknown, key: string): string {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === "string" ? found : "";
}
