// Calls the master's API as the admin, checks what it answers, and turns what goes wrong into sentences for the one who typed the
// command. Knows no answer by name.
import type { Static, TSchema } from "typebox";
import { Value } from "typebox/value";
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
  /** @param schema what is needed of the answer. @throws AdminRefusal, also for another answer, and MasterAway */
  call<Schema extends TSchema>(schema: Schema, method: "GET" | "POST", path: string, body?: object): Promise<Static<Schema>>;
  /** @param alsoGood statuses that are an answer too, for example 503 of `/health/cluster`. @throws as `call` */
  ask<Schema extends TSchema>(schema: Schema, path: string, alsoGood?: readonly number[]): Promise<MasterAnswer<Static<Schema>>>;
}

const defaultTimeoutMs = 10_000;

export interface AdminClientConfig {
  readonly masterUrl: string;
  readonly adminToken: string;
  readonly timeoutMs?: number;
}

export function createAdminClient({ masterUrl, adminToken, timeoutMs = defaultTimeoutMs }: AdminClientConfig): AdminClient {
  async function send<Schema extends TSchema>(
    schema: Schema,
    method: string,
    path: string,
    body: object | undefined,
    alsoGood: readonly number[],
  ): Promise<MasterAnswer<Static<Schema>>> {
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
    if (isGood && Value.Check(schema, answer)) return { body: answer, masterWallMs: Number.isNaN(date) ? undefined : date };
    if (response.ok && typeof answer === "object" && answer !== null) throw unexpected(masterUrl, path, response.status, schema, answer);
    throw refusal(masterUrl, response.status, answer);
  }

  return {
    call: async (schema, method, path, body) => (await send(schema, method, path, body, [])).body,
    ask: (schema, path, alsoGood = []) => send(schema, "GET", path, undefined, alsoGood),
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

function unexpected(masterUrl: string, path: string, status: number, schema: TSchema, answer: object): AdminRefusal {
  const [first] = Value.Errors(schema, answer);
  const where = first?.instancePath.slice(1).replaceAll("/", ".");
  const why = `its answer to ${path} ${where ? `at ${where} ` : ""}${first?.message ?? "is another"}`;
  return new AdminRefusal(
    status,
    "unexpected_answer",
    `What answers at ${masterUrl} is not an AIRClass master of this version (${why}): is MASTER_URL right? If it is, run the airclass of the master's version.`,
  );
}

function refusal(masterUrl: string, status: number, answer: unknown): AdminRefusal {
  const { code, title, detail } = (answer ?? {}) as { code?: string; title?: string; detail?: string };
  if (status === 401)
    return new AdminRefusal(status, code ?? "admin_required", `The master at ${masterUrl} does not accept this admin token.`);
  if (code !== undefined) return new AdminRefusal(status, code, [title, detail].filter(Boolean).join(": "));
  return new AdminRefusal(status, "not_a_master", `What answers at ${masterUrl} is not an AIRClass master (HTTP status ${status}).`);
}
