// Addresses of nodes as others reach them, from what a node said and where it was seen. Pure; every part was or is
// validated here, because these URLs are given to students' browsers.
import { urlHost } from "../../shared/net/url-host.ts";
import type { NodeInfo } from "../registry/registered-node.ts";

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** Addresses to listen on, not to connect to. */
export function isUnspecified(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** Segments of letters, digits, `.`, `_`, `~` and `-`: nothing that a URL would resolve to somewhere else. */
const plainPath = /^(\/[A-Za-z0-9._~-]+)+\/?$/;

/**
 * The base of a node's playlists without a slash at its end, or why it cannot be one: a URL, or a path below the master's
 * address. `{node_id}` is replaced.
 */
export function hlsBase(url: string, nodeId: string): { base: string } | { problem: string } {
  const filled = url.replaceAll("{node_id}", nodeId);
  if (filled.startsWith("/")) {
    const isPlain = plainPath.test(filled) && !filled.split("/").some((segment) => segment === "." || segment === "..");
    return isPlain ? { base: filled.replace(/\/$/, "") } : { problem: "hls_url is a path, but not one like /n/{node_id}" };
  }
  if (!URL.canParse(filled)) return { problem: "hls_url is not a URL" };
  const { protocol, username, password, search, hash, href } = new URL(filled);
  if (protocol !== "http:" && protocol !== "https:") return { problem: "hls_url must be http or https" };
  if (username || password) return { problem: "hls_url must not carry a user or password" };
  if (search || hash) return { problem: "hls_url must not have a query or fragment" };
  return { base: href.replace(/\/+$/, "") };
}

export interface NodeUrls {
  readonly api: string;
  readonly rtmp: string;
}

/** How the asker reached the master. */
export interface Asked {
  /** Host name; undefined when it said none that we would put into a URL. */
  readonly host: string | undefined;
  /** What links to the master begin with, without a slash at its end. */
  readonly base: string;
}

/** @param askedHost host name by which the asker reached the master. */
export function urlsOf(info: NodeInfo, askedHost: string | undefined): NodeUrls {
  const host = urlHost(hostOfNode(info, askedHost));
  const scheme = info.tls ? "https" : "http";
  return {
    api: `${scheme}://${host}:${info.apiPort}`,
    rtmp: `rtmp://${host}:${info.rtmpPort}/live`,
  };
}

/** Where a node's playlists are for viewers who reached the master as the asker did, without a slash at its end. */
export function hlsUrlOf(info: NodeInfo, { host, base }: Asked): string {
  const { hlsUrl } = info;
  if (hlsUrl === undefined) return `${info.tls ? "https" : "http"}://${urlHost(hostOfNode(info, host))}:${info.hlsPort}`;
  return isPath(hlsUrl) ? `${base}${hlsUrl}` : hlsUrl;
}

const isPath = (hlsUrl: string): boolean => hlsUrl.startsWith("/");

/**
 * @param askedHost host name by which the asker reached the master. A node on the master's own machine was seen at
 * 127.0.0.1, which is nobody else's way to it: then that name is used, because it leads to this machine.
 */
function hostOfNode(info: NodeInfo, askedHost: string | undefined): string {
  return isLoopback(info.host) && askedHost !== undefined ? askedHost : info.host;
}

/** Host by which `asker` reaches a node: the one that was seen, or for a node on the master's machine the one by which it reached the master. */
export function hostFor(info: NodeInfo, asker: { readonly isLocal: boolean; readonly askedHost: string | undefined }): string {
  return isLoopback(info.host) && !asker.isLocal && asker.askedHost !== undefined ? asker.askedHost : info.host;
}

/**
 * Where other slaves read from a node, without a slash at its end: straight from it, because viewers' addresses may lead to
 * a door that only they are to use. With HTTPS its public address where that is one of the node itself: its certificate names that.
 */
export function mediaUrl(info: NodeInfo, host: string): string {
  const { hlsUrl } = info;
  if (info.tls && hlsUrl?.startsWith("https:") && new URL(hlsUrl).pathname === "/") return hlsUrl;
  return `${info.tls ? "https" : "http"}://${urlHost(host)}:${info.hlsPort}`;
}

/** Host name of a `Host` header without its port; undefined when it is none that we would put into a URL. */
export function hostNameOf(header: string | undefined): string | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::\d{1,5})?$/.exec(header ?? "");
  return match?.[1] ?? match?.[2];
}
