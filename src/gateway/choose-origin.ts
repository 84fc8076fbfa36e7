// Which slave is to carry a teacher's stream: pure ranking of what the master knows, with reasons for the log.
import type { GatewayStreamCopy, GatewayView, PublishTarget } from "../shared/protocol/gateway-messages.ts";

export interface OriginRequest {
  readonly path: string;
  /** Monotonic ms at which a node last failed this gateway. */
  readonly failedAtMs: ReadonlyMap<string, number>;
  /** Streams that this gateway relays: what they cost may not have been reported yet. */
  readonly relays: readonly { readonly path: string; readonly nodeId: string }[];
  readonly nowMs: number;
}

export interface RankedOrigin {
  readonly nodeId: string;
  readonly host: string;
  readonly port: number;
  /** It failed within the last seconds; there is nobody better. */
  readonly failedRecently: boolean;
  /** Has all of the stream but the last second, so that nothing but the origin changes. */
  readonly inSync: boolean;
  /** Why it is where it is, for the log. */
  readonly reason: string;
}

/** A node that failed is the last choice for so long. */
export const failureMemoryMs = 10_000;
/** Smaller differences are when they reported, not who is behind. */
const lagStepS = 0.25;

type Standing = "holds the stream" | "is in sync" | "has a copy that is behind" | "has an old copy" | "has nothing of it";
const standings: readonly Standing[] = [
  "holds the stream",
  "is in sync",
  "has a copy that is behind",
  "has an old copy",
  "has nothing of it",
];

/** Best first; empty when no slave takes publishers. Never a draining one. */
export function rankOrigins(view: GatewayView, request: OriginRequest): RankedOrigin[] {
  const copies = view.streams.find(({ path }) => path === request.path)?.copies ?? [];
  const newestEpoch = Math.max(0, ...copies.map(({ epoch }) => epoch));
  return view.nodes
    .filter((node) => node.publishable && !node.draining && node.rtmp_port > 0)
    .map((node) => {
      const copy = copies.find(({ node_id }) => node_id === node.node_id);
      const standing = standingOf(copy, newestEpoch);
      const failedAtMs = request.failedAtMs.get(node.node_id);
      const failedRecently = failedAtMs !== undefined && request.nowMs - failedAtMs < failureMemoryMs;
      const cost = node.publishing_cost + unreportedCost(view, request, node);
      const lag = standing === "is in sync" ? Math.floor((copy?.lag_s ?? 0) / lagStepS) : 0;
      const keys = [failedRecently ? 1 : 0, standings.indexOf(standing), lag, cost, node.load_percentage, node.cpu_usage];
      return { node, keys, failedRecently, standing, cost };
    })
    .toSorted((a, b) => compare(a.keys, b.keys) || (a.node.node_id < b.node.node_id ? -1 : 1))
    .map(({ node, failedRecently, standing, cost }) => ({
      nodeId: node.node_id,
      host: node.host,
      port: node.rtmp_port,
      failedRecently,
      inSync: standing === "holds the stream" || standing === "is in sync",
      reason: `${standing}, publishing cost ${cost}, load ${node.load_percentage} %${failedRecently ? ", failed just now" : ""}`,
    }));
}

function standingOf(copy: GatewayStreamCopy | undefined, newestEpoch: number): Standing {
  if (!copy) return "has nothing of it";
  if (copy.epoch < newestEpoch) return "has an old copy";
  if (copy.role === "origin") return "holds the stream";
  return copy.in_sync ? "is in sync" : "has a copy that is behind";
}

/** What this gateway put there and the node has not told of yet, at the price of the streams that it has. */
function unreportedCost(view: GatewayView, { path, relays }: OriginRequest, node: PublishTarget): number {
  const originOf = (stream: GatewayView["streams"][number]) =>
    stream.copies.some(({ node_id, role }) => node_id === node.node_id && role === "origin");
  const known = view.streams.filter(originOf);
  const unreported = relays.filter(
    (relay) => relay.nodeId === node.node_id && relay.path !== path && !known.some((stream) => stream.path === relay.path),
  );
  const each = known.length > 0 ? Math.max(1, node.publishing_cost / known.length) : 1;
  return unreported.length * each;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
