// What browsers are told of a slave in a container: with the addresses of this machine and of each request, see
// whep/outside-candidates.ts.
import type { IncomingMessage } from "node:http";
import { networkInterfaces } from "node:os";
import { parsePortRange, withOutsideCandidates } from "../whep/outside-candidates.ts";
import type { SdpFor } from "./media-response.ts";

/** @param publicPorts WEBRTC_PUBLIC_PORTS. @throws UserError when it is no range. */
export function createSdpFor(publicPorts: string): SdpFor {
  const ports = parsePortRange(publicPorts);
  // A container is given networks while it runs.
  const isOwn = (address: string): boolean =>
    Object.values(networkInterfaces()).some((entries) => entries?.some((entry) => entry.address === address));
  // A Host that somebody makes up leads only himself astray.
  return (request, sdp) => withOutsideCandidates(sdp, ports, { isOwn, asked: request.headers.host ?? authorityOf(request) });
}

/** HTTP/2 has it in place of Host (RFC 9113 §8.3.1). */
function authorityOf({ headers }: IncomingMessage): string | undefined {
  const authority = headers[":authority"];
  return typeof authority === "string" ? authority : undefined;
}
