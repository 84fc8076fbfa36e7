// Of which streams this node is the origin, and since which epoch. Types only, see create-origins.ts.
import type { RelayGrant } from "../../shared/tokens/relay-credential.ts";
import type { EpochAnswer } from "../../shared/protocol/cluster-messages.ts";
import type { OriginClaim } from "../../shared/protocol/epochs.ts";
import type { EngineSink } from "../engine/engine.ts";

export type PublishClaim =
  /** A teacher at this slave's own door. */
  | { readonly kind: "direct" }
  /** A gateway that has decided. */
  | { readonly kind: "relay"; readonly grant: RelayGrant };

export type ClaimVerdict =
  | { readonly ok: true; readonly epoch: number }
  /** Somebody publishes it elsewhere now, or a newer origin is known. */
  | { readonly ok: false; readonly code: "publisher_present"; readonly reason: string };

export interface Origins {
  /** Where the engine's media goes: held back until this node is the origin, passed on while it is, dropped when another one has taken over. */
  readonly sink: EngineSink;
  /** May this publisher make this node the origin, and as which epoch? It becomes so with the session's first media. */
  claim(path: string, claim: PublishClaim): Promise<ClaimVerdict>;
  /** Streams for which somebody asks to publish here, or was let to and has not begun yet: the master is to know with each heartbeat. */
  claims(): readonly string[];
  /** What the master said to them. */
  answered(answers: readonly EpochAnswer[]): void;
  /** Epoch under which this node is the origin now. */
  epochOf(path: string): number | undefined;
  /**
   * Another origin of this stream was heard of. When it wins, the publisher here is cut off, the log is given up, and the stream is
   * followed. Who has only heard of an epoch, not of whom it is (a follower's request, a directory entry that names a replica),
   * says "" for the node: at equal epochs that loses.
   */
  heardOf(path: string, other: OriginClaim): void;
  /** A stream is no longer carried here, neither as its origin nor as a copy. Its log is the caller's to remove. */
  forget(path: string): void;
  stop(): void;
}
