// The slave's side of the control plane over HTTP: signed requests out, verified answers in. No timers, no retries.
import { Compile } from "typebox/compile";
import type { Static, TSchema } from "typebox";
import type { ClusterKeys } from "../../shared/tokens/cluster-keys.ts";
import { answerHeader, isAnswerGenuine, signCredential } from "../../shared/tokens/node-credential.ts";
import { RegisterResponse, StatsResponse } from "../../shared/protocol/cluster-messages.ts";
import type { RegisterRequest, StatsRequest } from "../../shared/protocol/cluster-messages.ts";

export interface MasterClient {
  register(masterUrl: string, request: RegisterRequest): Promise<RegisterResponse>;
  heartbeat(masterUrl: string, request: StatsRequest): Promise<StatsResponse>;
  deregister(masterUrl: string, nodeId: string): Promise<void>;
}

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

export interface MasterClientDeps {
  readonly keys: ClusterKeys;
  readonly nodeId: string;
  /** The master's wall clock as far as known. */
  readonly clusterTimeMs: () => number;
}

/** An answer takes milliseconds; a master that hangs must not hold a heartbeat for longer than its interval. */
const timeoutMs = 4_000;
const maxAnswerBytes = 8 * 1024 * 1024;

const registerResponse = Compile(RegisterResponse);
const statsResponse = Compile(StatsResponse);

/** Every call rejects with MasterRefusal when the master says no, and with the network's error when it is not there. */
export function createMasterClient({ keys, nodeId, clusterTimeMs }: MasterClientDeps): MasterClient {
  async function call(method: string, masterUrl: string, path: string, payload: object | undefined): Promise<string> {
    const body = payload === undefined ? "" : JSON.stringify(payload);
    const { credential, id } = signCredential(keys.credential, { nodeId, method, path, body }, clusterTimeMs());
    const response = await fetch(`${masterUrl.replace(/\/+$/, "")}${path}`, {
      method,
      headers: { authorization: `Bearer ${credential}`, ...(body ? { "content-type": "application/json" } : {}) },
      ...(body ? { body } : {}),
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await readBounded(response);
    const date = Date.parse(response.headers.get("date") ?? "");
    const masterWallMs = Number.isNaN(date) ? undefined : date;
    if (!response.ok) throw refusal(response.status, text, masterWallMs);
    if (!isAnswerGenuine(keys.credential, response.headers.get(answerHeader), id, text)) {
      throw new MasterRefusal(
        "not_genuine",
        `the answer of ${masterUrl} was not made with our CLUSTER_SECRET: is this the right master?`,
        masterWallMs,
      );
    }
    return text;
  }

  return {
    async register(masterUrl, request) {
      return read(registerResponse, await call("POST", masterUrl, "/cluster/register", request));
    },
    async heartbeat(masterUrl, request) {
      return read(statsResponse, await call("POST", masterUrl, "/cluster/stats", request));
    },
    async deregister(masterUrl, id) {
      await call("DELETE", masterUrl, `/cluster/nodes/${id}`, undefined);
    },
  };
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) throw new Error(`the answer is larger than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function read<Schema extends TSchema>(schema: ReturnType<typeof Compile<Schema>>, text: string): Static<Schema> {
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
