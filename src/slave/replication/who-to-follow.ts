// From whom a stream is read, in order of preference. Pure: whether they can be reached is not known here.
import type { DirectoryEntry, FollowOrder } from "../../shared/protocol/cluster-messages.ts";

export interface Source {
  readonly nodeId: string;
  /** Straight to it, without a slash at its end. */
  readonly mediaUrl: string;
  /** Where viewers reach it, for when that is not possible; a path lies below the master's address. */
  readonly publicUrl?: string;
}

export function sourceOf({ node_id, media_url, public_url }: Pick<DirectoryEntry, "node_id" | "media_url" | "public_url">): Source {
  return { nodeId: node_id, mediaUrl: media_url, ...(public_url === undefined ? {} : { publicUrl: public_url }) };
}

/** What the master ordered, then whoever has the newest media; never this node itself. */
export function whoToFollow(self: string, order: FollowOrder | undefined, head: DirectoryEntry | undefined): readonly Source[] {
  const sources: Source[] = [];
  for (const named of [order, head]) {
    if (!named || named.node_id === self || sources.some(({ nodeId }) => nodeId === named.node_id)) continue;
    sources.push(sourceOf(named));
  }
  return sources;
}
