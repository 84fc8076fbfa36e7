// What a gateway beside the master calls: it reports whom it relays where, and gets what it needs to choose origins.
import type { HttpServer } from "../../shared/http/http-server.ts";
import { plainAddress } from "../../shared/net/remote-address.ts";
import { GatewayReport, GatewayView } from "../../shared/protocol/gateway-messages.ts";
import type { ApiContext } from "./api-context.ts";
import { nodeSecurity, problems } from "./api-schemas.ts";
import { hostFor, hostNameOf, isLoopback } from "./node-urls.ts";

/** 2,000 relays (the schema's bound) are about 400 KB. */
const reportBodyLimit = 512 * 1024;

/** In a scope that is guarded for nodes. */
export function registerGatewayRoutes(app: HttpServer, { gateways }: Pick<ApiContext, "gateways">): void {
  app.post(
    "/cluster/gateway",
    {
      bodyLimit: reportBodyLimit,
      schema: {
        tags: ["nodes"],
        summary: "A gateway's report",
        security: nodeSecurity,
        body: GatewayReport,
        response: {
          200: GatewayView,
          ...problems("credential_invalid", "credential_replayed", "clock_skew", "credential_wrong_node", "invalid_input"),
        },
      },
    },
    async (request) => {
      const address = plainAddress(request.ip);
      const reach = { isLocal: isLoopback(address), askedHost: hostNameOf(request.host) };
      return gateways.report(request.body, { address, hostOf: ({ info }) => hostFor(info, reach) });
    },
  );
}
