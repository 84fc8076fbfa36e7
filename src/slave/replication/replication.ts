// What the rest of a slave sees of replication: streams of other slaves, kept here as byte-identical copies. Types only.
import type { DirectoryEntry, FollowOrder } from "../../shared/protocol/cluster-messages.ts";
import type { LiveStreamReader } from "../live/live-log.ts";

/** A copy that is followed, as it stands. */
export interface CopyStatus {
  /** Node id of whom it is read from now (or was last). */
  readonly upstream: string;
  readonly epoch: number;
  /** `waiting`: the publisher is away or the upstream cannot be reached. */
  readonly state: "live" | "waiting";
  /** Parts that the upstream has and this copy has not. */
  readonly lagParts: number;
  /** Seconds for which this copy has been behind the origin (its upstream's own lag included); grows while the upstream is lost. */
  readonly lagS: number;
  /** From the upstream up to the origin; this node is not in it. Empty while the upstream is lost. */
  readonly lineage: readonly string[];
  /** Monotonic ms at which its newest part was appended; -Infinity before the first. */
  readonly advancedAtMs: number;
}

export interface Replication {
  /** The news of a heartbeat answer: who has what, and what this node is to follow. They hold until the next, also while the master is away. */
  directed(news: { readonly streams: readonly DirectoryEntry[]; readonly follow: readonly FollowOrder[] }): void;
  /**
   * Somebody needs this stream here (a viewer, a publisher who takes over): it is followed until nobody asked for a while.
   * Single flight. Resolves when it can be played, or undefined when that is not so within `timeoutMs`.
   */
  want(path: string, timeoutMs: number): Promise<LiveStreamReader | undefined>;
  /** Wanted here and not followed yet, for heartbeats; at most 200. */
  wanted(): readonly string[];
  copyOf(path: string): CopyStatus | undefined;
  /** The highest epoch heard of, from the directory, upstreams and askers; 0 when none. */
  highestEpoch(path: string): number;
  /** Somebody (a follower's request) knows of this epoch. */
  heardOf(path: string, epoch: number): void;
  /** Who has the newest media as the directory says; undefined when nobody has. */
  headOf(path: string): DirectoryEntry | undefined;
  /** Stops following at once; what is in the log stays. */
  stopFollowing(path: string): void;
  /** This node is the origin from now on: the master is told, and then the origin before, until it has heard. */
  announce(path: string): void;
  /** Resolves when the upstream has no more to give (its publisher left and all it has is here, or it is lost), or after `timeoutMs`. */
  untilUpstreamEnds(path: string, timeoutMs: number): Promise<void>;
  /** Ends all following; idempotent. */
  stop(): Promise<void>;
}
