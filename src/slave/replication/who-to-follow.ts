// From whom a stream is read, in order of preference. Pure: whether they can be reached is not known here.
import type { DirectoryEntry, FollowOrder } from "../../shared/protocol/cluster-messages.ts";

export interface Source {
  readonly nodeId: string;
  readonly mediaUrl: string;
}

/** What the master ordered, then whoever has the newest media; never this node itself. */
export function whoToFollow(self: string, order: FollowOrder | undefined, head: DirectoryEntry | undefined): readonly Source[] {
  const sources: Source[] = [];
  for (const named of [order, head]) {
    if (!named || named.node_id === self || sources.some(({ nodeId }) => nodeId === named.node_id)) continue;
    sources.push({ nodeId: named.node_id, mediaUrl: named.media_url });
  }
  return sources;
}
