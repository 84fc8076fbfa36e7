// Asks a node whether it is there: GET /health on its API port. Knows no secret, so it asks for nothing else (revocation/slave-question.ts does).
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Probe } from "./reachability.ts";

/** A node on a school's network answers within milliseconds. */
const timeoutMs = 1_000;

/** Any HTTP answer within a second is one: whether the node is well, its heartbeats say. */
export const probeHealth: Probe = ({ host, apiPort, tls }) =>
  new Promise((resolve) => {
    if (apiPort === 0) {
      resolve(false);
      return;
    }
    // Nothing secret is sent and nothing that comes is believed but that it comes, so the certificate does not matter:
    // it names the address of viewers, which need not be this one.
    const options = { host, port: apiPort, path: "/health", agent: false, timeout: timeoutMs, rejectUnauthorized: false };
    const request = (tls ? httpsRequest : httpRequest)(options);
    const answer = (isThere: boolean): void => {
      clearTimeout(timer);
      request.destroy();
      resolve(isThere);
    };
    const timer = setTimeout(() => answer(false), timeoutMs);
    request.once("response", () => answer(true));
    request.on("error", () => answer(false));
    request.end();
  });
