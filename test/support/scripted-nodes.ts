// Nodes that speak the protocol of slaves and carry nothing: as many as a test wants, in the states that it wants.
import { setTimeout as sleep } from "node:timers/promises";
import type { NodeStats, RegisterRequest, StatsResponse } from "../../src/shared/protocol/cluster-messages.ts";
import { deriveClusterKeys } from "../../src/shared/tokens/cluster-keys.ts";
import { signCredential } from "../../src/shared/tokens/node-credential.ts";
import { clusterSecret } from "./master-environment.ts";

export interface ScriptedNode {
  readonly nodeId: string;
  readonly registration?: Partial<RegisterRequest>;
  /** A function is asked anew for each report. */
  readonly stats?: Partial<NodeStats> | (() => Partial<NodeStats>);
}

export interface ScriptedNodes {
  /** Registers and reports; from then on it reports again and again. */
  put(node: ScriptedNode): Promise<void>;
  /** What it reports from now on, at once for the first time. */
  report(nodeId: string, stats: Partial<NodeStats>): Promise<void>;
  /** It says nothing more, as one that lost its power. */
  silence(nodeId: string): void;
  /** It signs off. */
  leave(nodeId: string): Promise<void>;
  /** Idempotent; nothing is sent any more. */
  stop(): void;
}

interface State {
  readonly node: ScriptedNode;
  stats: () => Partial<NodeStats>;
}

/** @param intervalMs between two reports of a node; they are spread over it */
export function createScriptedNodes(masterUrl: string, { intervalMs = 5_000 }: { readonly intervalMs?: number } = {}): ScriptedNodes {
  const keys = deriveClusterKeys(clusterSecret);
  const nodes = new Map<string, State>();

  async function call(nodeId: string, method: "POST" | "DELETE", path: string, payload?: object): Promise<Response> {
    const body = payload === undefined ? "" : JSON.stringify(payload);
    const { credential } = signCredential(keys.credential, { nodeId, method, path, body }, Date.now());
    return fetch(new URL(path, masterUrl), {
      method,
      headers: { authorization: `Bearer ${credential}`, ...(body === "" ? {} : { "content-type": "application/json" }) },
      ...(body === "" ? {} : { body }),
    });
  }

  async function register({ node: { nodeId, registration } }: State): Promise<void> {
    const request: RegisterRequest = {
      node_id: nodeId,
      node_name: nodeId,
      host: "10.0.0.7",
      api_port: 8_000,
      rtmp_port: 1_935,
      hls_port: 8_888,
      max_connections: 150,
      version: "test",
      instance: `${nodeId}-instance`,
      heartbeat_interval_s: intervalMs / 1_000,
      ...registration,
    };
    const answer = await call(nodeId, "POST", "/cluster/register", request);
    if (!answer.ok) throw new Error(`${nodeId}: ${answer.status} ${await answer.text()}`);
  }

  async function beat(state: State): Promise<void> {
    const { nodeId } = state.node;
    const answer = await call(nodeId, "POST", "/cluster/stats", {
      node_id: nodeId,
      stats: { connections: 0, cpu: 5, memory: 40, ...state.stats() },
    });
    if (!answer.ok) throw new Error(`${nodeId}: ${answer.status} ${await answer.text()}`);
    const { status } = (await answer.json()) as StatsResponse;
    if (status !== "unknown") return;
    // The master was restarted.
    await register(state);
    await beat(state);
  }

  async function keepReporting(state: State): Promise<void> {
    await sleep(Math.random() * intervalMs, undefined, { ref: false });
    while (nodes.get(state.node.nodeId) === state) {
      await beat(state).catch(() => {
        // The master is away, which a test may want: the next report is made all the same.
      });
      await sleep(intervalMs, undefined, { ref: false });
    }
  }

  return {
    async put(node) {
      const { stats = {} } = node;
      const state: State = { node, stats: typeof stats === "function" ? stats : () => stats };
      await register(state);
      await beat(state);
      nodes.set(node.nodeId, state);
      void keepReporting(state);
    },
    async report(nodeId, stats) {
      const state = nodes.get(nodeId);
      if (state === undefined) throw new Error(`${nodeId} is not there`);
      state.stats = () => stats;
      await beat(state);
    },
    silence(nodeId) {
      nodes.delete(nodeId);
    },
    async leave(nodeId) {
      nodes.delete(nodeId);
      await call(nodeId, "DELETE", `/cluster/nodes/${nodeId}`);
    },
    stop() {
      nodes.clear();
    },
  };
}
