// What a heartbeat is answered with: the directory of streams and what to follow, with addresses that the asking node can use.
import type { DirectoryEntry, FollowOrder } from "../../shared/protocol/cluster-messages.ts";
import type { NodeInfo } from "../registry/registered-node.ts";
import type { Registry } from "../registry/registry.ts";
import type { ReplicationOrders } from "../streams/replication-orders.ts";
import { urlHost } from "../../shared/net/url-host.ts";
import type { StreamDirectory, StreamHead } from "../streams/stream-directory.ts";
import { hostFor, isLoopback, mediaUrl } from "./node-urls.ts";

/** Who asks. */
export interface Asker {
  readonly info: NodeInfo;
  /** Host name by which it reached the master. */
  readonly askedHost: string | undefined;
}

export interface HeartbeatAnswers {
  directoryFor(asker: Asker): DirectoryEntry[];
  /** Counts as told. */
  followFor(asker: Asker): FollowOrder[];
  /** A node may have another address than before. */
  addressesChanged(): void;
}

/** Different names by which slaves reach the master, of which an answer is kept. */
const maxNames = 16;

export function createHeartbeatAnswers(deps: {
  readonly directory: StreamDirectory;
  readonly registry: Pick<Registry, "get">;
  readonly replication: ReplicationOrders;
  /** Where nodes were that have not come back to a restarted master yet. */
  readonly formerNodes: ReadonlyMap<string, NodeInfo>;
}): HeartbeatAnswers {
  const { directory, registry, replication, formerNodes } = deps;
  /** By the host that stands for the master's own machine: hundreds of heartbeats a second ask for the same. */
  const cache = new Map<string, DirectoryEntry[]>();
  let cachedVersion = -1;

  const reachOf = ({ info, askedHost }: Asker) => ({ isLocal: isLoopback(info.host), askedHost });

  /** Of an origin that serves WebRTC. */
  function rtspOf({ copy, role }: StreamHead, asker: Asker): Pick<DirectoryEntry, "rtsp_url"> {
    const info = role === "origin" ? registry.get(copy.nodeId)?.info : undefined;
    if (!info?.whep || info.rtspPort === 0) return {};
    return { rtsp_url: `rtsp://${urlHost(hostFor(info, reachOf(asker)))}:${info.rtspPort}` };
  }

  function urlsOf(nodeId: string, asker: Asker): Pick<DirectoryEntry, "media_url" | "public_url"> | undefined {
    const info = registry.get(nodeId)?.info ?? formerNodes.get(nodeId);
    if (!info) return undefined;
    const media_url = mediaUrl(info, hostFor(info, reachOf(asker)));
    const { hlsUrl } = info;
    return { media_url, ...(hlsUrl === undefined || hlsUrl === media_url ? {} : { public_url: hlsUrl }) };
  }

  function entriesFor(asker: Asker): DirectoryEntry[] {
    const entries: DirectoryEntry[] = [];
    for (const path of directory.allPaths()) {
      const head = directory.headOf(path);
      const urls = head && urlsOf(head.copy.nodeId, asker);
      if (!head || !urls) continue;
      const { nodeId, epoch } = head.copy;
      entries.push({
        path,
        node_id: nodeId,
        epoch,
        ...(head.highestEpoch > epoch ? { highest_epoch: head.highestEpoch } : {}),
        role: head.role,
        ...urls,
        ...rtspOf(head, asker),
      });
    }
    return entries;
  }

  return {
    directoryFor(asker) {
      if (directory.version !== cachedVersion || cache.size > maxNames) cache.clear();
      cachedVersion = directory.version;
      const { isLocal, askedHost } = reachOf(asker);
      const key = isLocal ? "" : (askedHost ?? "");
      const entries = cache.get(key) ?? entriesFor(asker);
      cache.set(key, entries);
      return entries;
    },
    followFor(asker) {
      return replication.tell(asker.info.nodeId).flatMap(({ path, upstream, epoch }) => {
        const urls = urlsOf(upstream, asker);
        return urls ? [{ path, node_id: upstream, epoch, ...urls }] : [];
      });
    },
    addressesChanged: () => cache.clear(),
  };
}
