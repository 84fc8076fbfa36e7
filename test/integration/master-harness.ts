// A master in this process on a real socket, and nodes that speak its protocol without being slaves.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createMaster } from "../../src/master/master.ts";
import type { Master, MasterDeps } from "../../src/master/master.ts";
import { loadMasterConfig } from "../../src/shared/config/load-config.ts";
import { createLogger } from "../../src/shared/logging/logger.ts";
import type { ClassRequest, ClassWithKey } from "../../src/shared/protocol/classes.ts";
import type { NodeStats, RegisterRequest, StatsResponse, StreamReport } from "../../src/shared/protocol/cluster-messages.ts";
import type { NodeView } from "../../src/shared/protocol/nodes.ts";
import type { TokenResponse } from "../../src/shared/protocol/viewer-token.ts";
import { deriveClusterKeys } from "../../src/shared/tokens/cluster-keys.ts";
import { answerHeader, isAnswerGenuine, signCredential } from "../../src/shared/tokens/node-credential.ts";
import { adminToken, clusterSecret, masterEnvironment } from "../support/master-environment.ts";

const keys = deriveClusterKeys(clusterSecret);

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Headers;
  readonly text: string;
}

export interface TestMaster {
  readonly url: string;
  readonly dataDir: string;
  /** Everything that was announced outside of the log. */
  readonly announced: string[];
  call<Body = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<Body>>;
  asAdmin<Body = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<Body>>;
  createClass(name: string, options?: Omit<ClassRequest, "name">): Promise<ClassWithKey>;
  join(body: Record<string, unknown>): Promise<Answer<TokenResponse & { code?: string }>>;
  nodeView(nodeId: string): Promise<NodeView | undefined>;
  /** Same data, another port. */
  restart(variables?: Record<string, string>): Promise<void>;
}

export async function startMaster(
  t: TestContext,
  variables: Record<string, string> = {},
  deps: Partial<MasterDeps> = {},
): Promise<TestMaster> {
  const dataDir = mkdtempSync(join(tmpdir(), "airclass-master-"));
  const announced: string[] = [];
  let master: Master | undefined;
  let url = "";
  t.after(async () => {
    await master?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function start(more: Record<string, string> = {}): Promise<void> {
    const env = { ...masterEnvironment(dataDir), ...variables, ...more };
    const { config } = loadMasterConfig({ env, args: [] });
    const logger = createLogger("silent", {});
    master = createMaster(config, { logger, version: "test", announce: (sentence) => announced.push(sentence), ...deps });
    const { apiPort } = await master.start();
    url = `http://127.0.0.1:${apiPort}`;
  }

  async function call<Body>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer<Body>> {
    const raw = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(raw === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(raw === undefined ? {} : { body: raw }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, headers: response.headers, text, body: (isJson ? JSON.parse(text) : {}) as Body };
  }

  const asAdmin = <Body>(method: string, path: string, body?: unknown) =>
    call<Body>(method, path, body, { authorization: `Bearer ${adminToken}` });

  await start();
  return {
    get url() {
      return url;
    },
    dataDir,
    announced,
    call,
    asAdmin,
    async createClass(name, options = {}) {
      const { status, body, text } = await asAdmin<ClassWithKey>("POST", "/api/classes", { name, ...options });
      if (status !== 201) throw new Error(`class ${name}: ${status} ${text}`);
      return body;
    },
    join: (body) => call("POST", "/api/token", body),
    async nodeView(nodeId) {
      const { body } = await asAdmin<{ nodes: NodeView[] }>("GET", "/cluster/nodes");
      return body.nodes.find((node) => node.node_id === nodeId);
    },
    async restart(more) {
      await master?.stop();
      await start(more);
    },
  };
}

/** A signed request of a node; every part can be made wrong. */
export interface NodeCall {
  readonly nodeId: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly key?: typeof keys.credential;
  readonly atMs?: number;
}

export function signedHeaders({ nodeId, method, path, body, key = keys.credential, atMs = Date.now() }: NodeCall) {
  const raw = body === undefined ? "" : JSON.stringify(body);
  const { credential, id } = signCredential(key, { nodeId, method, path, body: raw }, atMs);
  return { headers: { authorization: `Bearer ${credential}` }, id };
}

export async function callAsNode<Body = Record<string, unknown>>(
  master: TestMaster,
  call: NodeCall,
): Promise<Answer<Body> & { genuine: boolean }> {
  const { headers, id } = signedHeaders(call);
  const answer = await master.call<Body>(call.method, call.path, call.body, headers);
  return { ...answer, genuine: isAnswerGenuine(keys.credential, answer.headers.get(answerHeader), id, answer.text) };
}

export function registration(nodeId: string, changes: Record<string, unknown> = {}): RegisterRequest {
  return {
    node_id: nodeId,
    node_name: `PC ${nodeId}`,
    host: "10.0.0.7",
    api_port: 8000,
    rtmp_port: 1935,
    hls_port: 8888,
    max_connections: 150,
    version: "test",
    instance: `${nodeId}-instance`,
    heartbeat_interval_s: 5,
    ...changes,
  };
}

export const register = (master: TestMaster, nodeId: string, changes: Record<string, unknown> = {}) =>
  callAsNode(master, { nodeId, method: "POST", path: "/cluster/register", body: registration(nodeId, changes) });

export const heartbeat = (master: TestMaster, nodeId: string, stats: Partial<NodeStats> = {}, changes: Record<string, unknown> = {}) =>
  callAsNode<StatsResponse & { code?: string }>(master, {
    nodeId,
    method: "POST",
    path: "/cluster/stats",
    body: { node_id: nodeId, stats: { connections: 0, cpu: 5, memory: 40, ...stats }, ...changes },
  });

/** Registered and reported: viewers are sent there. */
export async function addNode(master: TestMaster, nodeId: string, changes: Record<string, unknown> = {}): Promise<void> {
  const registered = await register(master, nodeId, changes);
  if (registered.status !== 200) throw new Error(`${nodeId}: ${registered.status} ${registered.text}`);
  const beat = await heartbeat(master, nodeId);
  if (beat.status !== 200) throw new Error(`${nodeId}: ${beat.status} ${beat.text}`);
}

/** What a slave says of a class that is live with it. */
export const streamReport = (role: "origin" | "replica", more: Partial<StreamReport> = {}): StreamReport => ({
  path: "live/math",
  role,
  state: "live",
  epoch: 1,
  msn: 50,
  part: 1,
  viewers: 0,
  ...more,
});
