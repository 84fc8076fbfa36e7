// Which RTMP server a teacher is told to use for a class.
import { urlHost } from "../../shared/net/url-host.ts";
import { chooseSticky } from "../routing/policy.ts";
import { hashOf } from "../routing/stable-hash.ts";
import type { ApiContext } from "./api-context.ts";
import { isLoopback, urlsOf } from "./node-urls.ts";

/** What it is worked out from. */
export type RtmpServerContext = Pick<ApiContext, "clock" | "config" | "directory" | "gateways" | "registry">;

/**
 * The gateway: one address whatever slave carries the class. Where there is none (RTMP_PORT=0 on the master, and none beside it):
 * the slave that carries the class now, else its home among those that take publishers: always the same one, so that
 * what a teacher typed into OBS yesterday still leads somewhere today. Without any slave, the master's own address.
 * @param askedHost host name by which the asker reached the master.
 */
export function rtmpServer(
  { config, directory, gateways, registry, clock }: RtmpServerContext,
  askedHost: string | undefined,
  path: string,
): string {
  const masterHost = askedHost ?? "127.0.0.1";
  if (config.RTMP_PORT > 0) return `rtmp://${urlHost(masterHost)}:${config.RTMP_PORT}/live`;
  const door = gateways.door();
  if (door) return `rtmp://${urlHost(isLoopback(door.host) ? masterHost : door.host)}:${door.port}/live`;
  const origin = directory.originOf(path);
  const carrier = origin && registry.get(origin.nodeId);
  if (carrier && carrier.info.rtmpPort > 0) return urlsOf(carrier.info, askedHost).rtmp;
  const publishable = registry.list().filter((node) => node.info.rtmpPort > 0);
  // Load plays no part: homes must not wander as viewers come and go.
  const seats = publishable.map(({ info, routableUntilMs }) => ({
    nodeId: info.nodeId,
    nodeHash: hashOf(info.nodeId),
    maxConnections: 1_000_000,
    connections: 0,
    reserved: 0,
    routableUntilMs,
    follows: true,
  }));
  const home = chooseSticky(seats, { path }, clock.monotonicMs(), { overload: "distribute", random: () => 0 });
  const info = home.kind === "chosen" ? registry.get(home.seats.nodeId)?.info : undefined;
  return info ? urlsOf(info, askedHost).rtmp : `rtmp://${urlHost(masterHost)}:1935/live`;
}
