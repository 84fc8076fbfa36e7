// What links to the master begin with: PUBLIC_URL, else the name by which the asker reached it.
import type { FastifyRequest } from "fastify";
import type { MasterConfig } from "../../shared/config/variables.ts";
import { urlHost } from "../../shared/net/url-host.ts";
import { hostNameOf } from "./node-urls.ts";
import type { Asked } from "./node-urls.ts";

export function askedBy(config: Pick<MasterConfig, "PUBLIC_URL">, request: FastifyRequest): Asked {
  return { host: hostNameOf(request.host), base: publicUrl(config, request) };
}

/** Without a slash at its end. A hostile Host header only reaches the one who sent it. */
export function publicUrl(config: Pick<MasterConfig, "PUBLIC_URL">, request: FastifyRequest): string {
  if (config.PUBLIC_URL !== undefined) return config.PUBLIC_URL.replace(/\/+$/, "");
  // A proxy that we trust may say more than these two.
  const scheme = request.protocol === "https" ? "https" : "http";
  const host = hostNameOf(request.host) === undefined ? undefined : request.host;
  return `${scheme}://${host ?? `${urlHost(request.socket.localAddress ?? "127.0.0.1")}:${request.socket.localPort ?? 8000}`}`;
}
