// The slave's side of the control plane over HTTP: registration, heartbeats, deregistration. No timers, no retries.
import { Compile } from "typebox/compile";
import { createMasterRequest, readAnswer } from "../../shared/http/master-request.ts";
import type { ClusterKeys } from "../../shared/tokens/cluster-keys.ts";
import { RegisterResponse, StatsResponse } from "../../shared/protocol/cluster-messages.ts";
import type { RegisterRequest, StatsRequest } from "../../shared/protocol/cluster-messages.ts";

export interface MasterClient {
  register(masterUrl: string, request: RegisterRequest): Promise<RegisterResponse>;
  heartbeat(masterUrl: string, request: StatsRequest): Promise<StatsResponse>;
  deregister(masterUrl: string, nodeId: string): Promise<void>;
}

export interface MasterClientDeps {
  readonly keys: ClusterKeys;
  readonly nodeId: string;
  /** The master's wall clock as far as known. */
  readonly clusterTimeMs: () => number;
}

const registerResponse = Compile(RegisterResponse);
const statsResponse = Compile(StatsResponse);

/** Every call rejects with MasterRefusal when the master says no, and with the network's error when it is not there. */
export function createMasterClient({ keys, nodeId, clusterTimeMs }: MasterClientDeps): MasterClient {
  const call = createMasterRequest({ credentialKey: keys.credential, nodeId, clusterTimeMs });
  return {
    async register(masterUrl, request) {
      return readAnswer(registerResponse, await call("POST", masterUrl, "/cluster/register", request));
    },
    async heartbeat(masterUrl, request) {
      return readAnswer(statsResponse, await call("POST", masterUrl, "/cluster/stats", request));
    },
    async deregister(masterUrl, id) {
      await call("DELETE", masterUrl, `/cluster/nodes/${id}`, undefined);
    },
  };
}
