// Composition root of `airclass gateway`: the same door as in the master, with the master's view fetched over HTTP.
import type { GatewayConfig } from "../shared/config/variables.ts";
import type { Clock } from "../shared/kernel/clock.ts";
import { UserError } from "../shared/kernel/user-error.ts";
import type { Logger } from "../shared/logging/logger.ts";
import { deriveClusterKeys } from "../shared/tokens/cluster-keys.ts";
import { createGateway, newGatewayId } from "./gateway.ts";
import type { Gateway } from "./gateway.ts";
import { createMasterExchange } from "./master-exchange.ts";

const viewIntervalMs = 1_000;

/** @throws UserError when its port is turned off. */
export function createStandaloneGateway(
  config: Readonly<GatewayConfig>,
  { logger, clock }: { readonly logger: Logger; readonly clock: Clock },
): Gateway {
  if (config.RTMP_PORT === 0)
    throw new UserError("RTMP_PORT=0 turns the gateway off, and a gateway has nothing else to do: set it to a port, for example 1935.", {
      exitCode: 2,
    });
  const keys = deriveClusterKeys(config.CLUSTER_SECRET);
  const gatewayId = newGatewayId();
  logger.setBindings({ node: gatewayId });
  return createGateway(
    {
      bindHost: config.BIND_HOST,
      rtmpPort: config.RTMP_PORT,
      publishWaitMs: config.PUBLISH_WAIT * 1_000,
      gatewayId,
      relayKey: keys.relay,
      viewIntervalMs,
    },
    {
      clock,
      logger,
      exchange: createMasterExchange({ masterUrls: config.MASTER_URL, gatewayId, credentialKey: keys.credential }, { clock }),
    },
  );
}
