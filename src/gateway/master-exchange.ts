// How a gateway that runs alone reports and gets its view: asks the masters over HTTP, one after the other until one answers. Keeps nothing
// but which master answered last and how far its clock is off.
import { Compile } from "typebox/compile";
import type { KeyObject } from "node:crypto";
import { createMasterRequest, MasterRefusal, readAnswer } from "../shared/http/master-request.ts";
import type { Clock } from "../shared/kernel/clock.ts";
import { GatewayView } from "../shared/protocol/gateway-messages.ts";
import type { ExchangeView } from "./view-keeper.ts";

export interface MasterExchangeConfig {
  readonly masterUrls: readonly string[];
  readonly gatewayId: string;
  /** `deriveClusterKeys().credential`. */
  readonly credentialKey: KeyObject;
}

const gatewayView = Compile(GatewayView);
/** A master that hangs must not keep the gateway from asking the next one. */
const timeoutMs = 2_000;

export function createMasterExchange(
  { masterUrls, gatewayId, credentialKey }: MasterExchangeConfig,
  { clock }: { readonly clock: Clock },
): ExchangeView {
  let current = 0;
  let clockOffsetMs = 0;
  const request = createMasterRequest({ credentialKey, nodeId: gatewayId, clusterTimeMs: () => clock.wallMs() + clockOffsetMs }, timeoutMs);

  return async (report) => {
    let lastError: unknown = new Error("there is no MASTER_URL");
    for (let tried = 0; tried < masterUrls.length; tried += 1) {
      try {
        const answer = await request("POST", masterUrls[current] ?? "", "/cluster/gateway", report);
        const view = readAnswer(gatewayView, answer);
        clockOffsetMs = view.now_ms - clock.wallMs();
        return view;
      } catch (error) {
        lastError = error;
        // The next request is signed by that master's clock.
        if (error instanceof MasterRefusal && error.code === "clock_skew" && error.masterWallMs !== undefined) {
          clockOffsetMs = error.masterWallMs - clock.wallMs();
        }
        current = (current + 1) % masterUrls.length;
      }
    }
    throw lastError;
  };
}
