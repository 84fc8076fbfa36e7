// A request to the master, signed as a node, and its answer, verified: what slaves and gateways have in common. No timers,
// no retries; knows no particular request.
import type { Compile } from "typebox/compile";
import type { Static, TSchema } from "typebox";
import type { KeyObject } from "node:crypto";
import { readBoundedText } from "./bounded-text.ts";
import { answerHeader, isAnswerGenuine, signCredential } from "../tokens/node-credential.ts";

/** The master answered, but not with what was asked for. */
export class MasterRefusal extends Error {
  override readonly name = "MasterRefusal";
  /** Problem code of the answer, or `not_genuine` for an answer that was not made with our CLUSTER_SECRET. */
  readonly code: string;
  /** The master's wall clock by its Date header, where there is one. */
  readonly masterWallMs: number | undefined;

  constructor(code: string, message: string, masterWallMs: number | undefined) {
    super(message);
    this.code = code;
    this.masterWallMs = masterWallMs;
  }
}

export interface MasterRequestDeps {
  /** `deriveClusterKeys().credential`. */
  readonly credentialKey: KeyObject;
  readonly nodeId: string;
  /** The master's wall clock as far as known. */
  readonly clusterTimeMs: () => number;
}

/** Sends a request and returns the genuine answer's text. Rejects with MasterRefusal when the master says no, and with the network's error when it is not there. */
export type MasterRequest = (method: string, masterUrl: string, path: string, payload: object | undefined) => Promise<string>;

/** An answer takes milliseconds; a master that hangs must not hold a heartbeat for longer than its interval. */
const defaultTimeoutMs = 4_000;
const maxAnswerBytes = 8 * 1024 * 1024;

export function createMasterRequest(
  { credentialKey, nodeId, clusterTimeMs }: MasterRequestDeps,
  timeoutMs = defaultTimeoutMs,
): MasterRequest {
  return async (method, masterUrl, path, payload) => {
    const body = payload === undefined ? "" : JSON.stringify(payload);
    const { credential, id } = signCredential(credentialKey, { nodeId, method, path, body }, clusterTimeMs());
    const response = await fetch(`${masterUrl.replace(/\/+$/, "")}${path}`, {
      method,
      headers: { authorization: `Bearer ${credential}`, ...(body ? { "content-type": "application/json" } : {}) },
      ...(body ? { body } : {}),
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await readBoundedText(response, maxAnswerBytes);
    const date = Date.parse(response.headers.get("date") ?? "");
    const masterWallMs = Number.isNaN(date) ? undefined : date;
    if (!response.ok) throw refusal(response.status, text, masterWallMs);
    if (!isAnswerGenuine(credentialKey, response.headers.get(answerHeader), id, text)) {
      throw new MasterRefusal(
        "not_genuine",
        `the answer of ${masterUrl} was not made with our CLUSTER_SECRET: is this the right master?`,
        masterWallMs,
      );
    }
    return text;
  };
}

/** @throws MasterRefusal for an answer of another version. */
export function readAnswer<Schema extends TSchema>(schema: ReturnType<typeof Compile<Schema>>, text: string): Static<Schema> {
  const value: unknown = JSON.parse(text);
  if (!schema.Check(value))
    throw new MasterRefusal("unknown_answer", "the master's answer is not one that this version understands", undefined);
  return value;
}

function refusal(status: number, text: string, masterWallMs: number | undefined): MasterRefusal {
  try {
    const problem = JSON.parse(text) as { code?: unknown; title?: unknown; detail?: unknown };
    if (typeof problem.code === "string") {
      return new MasterRefusal(
        problem.code,
        [problem.title, problem.detail].filter((part) => typeof part === "string").join(": "),
        masterWallMs,
      );
    }
  } catch {
    // Not JSON: something that is not our master answered; the status says all there is.
  }
  return new MasterRefusal(`http_${status}`, `HTTP status ${status}`, masterWallMs);
}
