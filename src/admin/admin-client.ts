// Calls the master's API as the admin, and turns what goes wrong into sentences for the one who typed the command.
import { fetchFailure } from "../shared/kernel/error-reason.ts";
import { visibleText } from "../shared/kernel/visible-text.ts";
import { UserError } from "../shared/kernel/user-error.ts";

/** The master said no; `code` is the stable one of its problem document. */
export class AdminRefusal extends UserError {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The master could not be reached, or does not answer. */
export class MasterAway extends UserError {}

export interface MasterAnswer<Answer> {
  readonly body: Answer;
  /** The master's wall clock by its Date header, to the second; undefined without one. */
  readonly masterWallMs: number | undefined;
}

export interface AdminClient {
  /** @throws AdminRefusal, MasterAway */
  call<Answer>(method: "GET" | "POST", path: string, body?: object): Promise<Answer>;
  /** @param alsoGood statuses that are an answer too, for example 503 of `/health/cluster`. @throws as `call` */
  ask<Answer>(path: string, alsoGood?: readonly number[]): Promise<MasterAnswer<Answer>>;
}

const defaultTimeoutMs = 10_000;

export interface AdminClientConfig {
  readonly masterUrl: string;
  readonly adminToken: string;
  readonly timeoutMs?: number;
}

export function createAdminClient({ masterUrl, adminToken, timeoutMs = defaultTimeoutMs }: AdminClientConfig): AdminClient {
  async function send<Answer>(
    method: string,
    path: string,
    body: object | undefined,
    alsoGood: readonly number[],
  ): Promise<MasterAnswer<Answer>> {
    const response = await fetch(`${masterUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, ...(body ? { "content-type": "application/json" } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((cause: unknown) => {
      throw new MasterAway(
        `The master at ${masterUrl} cannot be reached (${fetchFailure(cause, timeoutMs)}): is it running, and is MASTER_URL right?`,
        { cause },
      );
    });
    const answer = parseAnswer(await response.text().catch(() => "")); // One that ends in the middle is none.
    const date = Date.parse(response.headers.get("date") ?? "");
    const isGood = response.ok || alsoGood.includes(response.status);
    if (isGood && typeof answer === "object" && answer !== null) {
      return { body: answer as Answer, masterWallMs: Number.isNaN(date) ? undefined : date };
    }
    throw refusal(masterUrl, response.status, answer);
  }

  return {
    call: async <Answer>(method: "GET" | "POST", path: string, body?: object) => (await send<Answer>(method, path, body, [])).body,
    ask: (path, alsoGood = []) => send("GET", path, undefined, alsoGood),
  };
}

/** What answers may be no master of ours, and all of it may be shown on a terminal. Undefined where it is no JSON: said by the caller. */
function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown) => (typeof value === "string" ? visibleText(value) : value));
  } catch {
    return undefined;
  }
}

function refusal(masterUrl: string, status: number, answer: unknown): AdminRefusal {
  const { code, title, detail } = (answer ?? {}) as { code?: string; title?: string; detail?: string };
  if (status === 401)
    return new AdminRefusal(status, code ?? "admin_required", `The master at ${masterUrl} does not accept this admin token.`);
  if (code !== undefined) return new AdminRefusal(status, code, [title, detail].filter(Boolean).join(": "));
  return new AdminRefusal(status, "not_a_master", `What answers at ${masterUrl} is not an AIRClass master (HTTP status ${status}).`);
}
