// What links to the master begin with: PUBLIC_URL, else the name by which the asker reached it.
import type { FastifyRequest } from "fastify";
import type { MasterConfig } from "../../shared/config/variables.ts";
import { urlHost } from "../../shared/net/url-host.ts";
import { hostNameOf } from "./node-urls.ts";

/** Without a slash at its end. A hostile Host header only reaches the one who sent it. */
export function publicUrl(config: Pick<MasterConfig, "PUBLIC_URL" | "TLS_CERT">, request: FastifyRequest): string {
  if (config.PUBLIC_URL !== undefined) return config.PUBLIC_URL.replace(/\/+$/, "");
  const scheme = config.TLS_CERT === undefined ? "http" : "https";
  const host = hostNameOf(request.host) === undefined ? undefined : request.host;
  return `${scheme}://${host ?? `${urlHost(request.socket.localAddress ?? "127.0.0.1")}:${request.socket.localPort ?? 8000}`}`;
}
