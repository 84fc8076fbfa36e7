// What tests ask a running cluster over its public API, as the administrator and as a student. Knows nothing of how it runs.
import type { ClassRequest, ClassWithKey } from "../../src/shared/protocol/classes.ts";
import type { StreamReport } from "../../src/shared/protocol/cluster-messages.ts";
import type { StreamsView } from "../../src/shared/protocol/cluster-views.ts";
import type { NodesView } from "../../src/shared/protocol/nodes.ts";
import type { TokenRequest, TokenResponse } from "../../src/shared/protocol/viewer-token.ts";

/** What is read of `/cluster/streams/<path>/replicas`. */
export interface ReplicaView {
  readonly node_id: string;
  readonly role: "origin" | "replica";
  readonly epoch: number;
  readonly in_sync: boolean;
}

export interface ClusterClient {
  /** Header of the administrator. */
  readonly authorization: string;
  /** An admin call to the master; answers are not checked for success. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  /** An admin call: GET, or POST where there is a body. @throws for any status that is no success. */
  json<Answer>(path: string, body?: object): Promise<Answer>;
  /** Open to all who know its name, unless told otherwise. */
  readonly createClass: (name: string, options?: Omit<ClassRequest, "name">) => Promise<ClassWithKey>;
  readonly token: (request: TokenRequest) => Promise<TokenResponse>;
  nodes(): Promise<NodesView["nodes"]>;
  streams(): Promise<StreamsView["streams"]>;
  replicas(path: string): Promise<readonly ReplicaView[]>;
  /** A slave's own view of what it holds. */
  heldBy(slave: { readonly apiUrl: string }): Promise<readonly StreamReport[]>;
}

/** Every call gives up after this, so that a paused node does not hold a test. */
const callTimeoutMs = 5_000;

export function createClusterClient(masterUrl: string, adminToken: string): ClusterClient {
  const authorization = `Bearer ${adminToken}`;

  function adminFetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization, ...(init.body === undefined ? {} : { "content-type": "application/json" }) };
    const signal = AbortSignal.timeout(callTimeoutMs);
    return fetch(new URL(path, masterUrl), {
      signal,
      ...init,
      headers: { ...headers, ...(init.headers as Record<string, string> | undefined) },
    });
  }

  async function json<Answer>(path: string, body?: object): Promise<Answer> {
    const response = await adminFetch(path, body ? { method: "POST", body: JSON.stringify(body) } : {});
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Answer;
  }

  return {
    authorization,
    fetch: adminFetch,
    json,
    createClass: (name, options = {}) => json<ClassWithKey>("/api/classes", { name, open: true, ...options }),
    token: (request) => json<TokenResponse>("/api/token", request),
    nodes: async () => (await json<NodesView>("/cluster/nodes")).nodes,
    streams: async () => (await json<StreamsView>("/cluster/streams")).streams,
    replicas: async (path) => (await json<{ replicas: ReplicaView[] }>(`/cluster/streams/${path}/replicas`)).replicas,
    async heldBy({ apiUrl }) {
      return (await json<{ streams: StreamReport[] }>(`${apiUrl}/api/streams`)).streams;
    },
  };
}
