// May this publisher make this node the origin of a stream, and as which epoch? Looks whether the stream advances elsewhere,
// asks the master for an epoch, and fetches the log first so that its numbers go on. Knows no media.
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { EpochAnswer } from "../../shared/protocol/cluster-messages.ts";
import type { OriginClaim } from "../../shared/protocol/epochs.ts";
import { publishRefusals } from "../../shared/protocol/publish-refusals.ts";
import type { LiveStreams } from "../live/live-streams.ts";
import type { Replication } from "../replication/replication.ts";
import type { ClaimVerdict, PublishClaim } from "./origins.ts";

export interface PublishClaims {
  claim(path: string, claim: PublishClaim): Promise<ClaimVerdict>;
  /** One more than every epoch that is known, or that of this node where it is the origin. */
  nextEpoch(path: string): number;
  /** What the master is to know of: asked for, or granted and not begun. */
  pending(): readonly string[];
  /** What the master said to it. */
  answered(answers: readonly EpochAnswer[]): void;
  forget(path: string): void;
}

export interface PublishClaimsDeps {
  readonly streams: Pick<LiveStreams, "get">;
  readonly replication: Pick<Replication, "copyOf" | "headOf" | "highestEpoch" | "want">;
  readonly clock: Clock;
  /** Tells the master what is pending; its answer comes by `answered` before this resolves. */
  readonly confirm: () => Promise<"confirmed" | "unknown">;
  /** Under which this node is the origin, or is becoming it. */
  readonly ownEpoch: (path: string) => number | undefined;
  readonly supersededBy: (path: string) => OriginClaim | undefined;
  readonly granted: (path: string) => void;
}

interface Grant {
  readonly epoch: number;
  readonly atMs: number;
  readonly kind: PublishClaim["kind"];
}

/** How long the master's news and another node's log are worth waiting for. */
const newsWithinMs = 700;
const inheritWithinMs = 1_000;
/** While the origin before is dead, each second counts; a log without a past begins above all its numbers anyway. */
const inheritInFailoverMs = 400;
/**
 * A publisher that was let in so long ago and sent nothing is not coming: its epoch may be given again. A gateway that hands
 * over waits for the next keyframe, for which OBS takes up to 10 s by default.
 */
const grantedForMs = { direct: 5_000, relay: 15_000 };
const pollMs = 100;

const refused: ClaimVerdict = { ok: false, ...publishRefusals.publisherPresent };

export function createPublishClaims(
  { nodeId, silentAfterMs = 2_000 }: { readonly nodeId: string; readonly silentAfterMs?: number },
  deps: PublishClaimsDeps,
): PublishClaims {
  const { streams, replication, clock } = deps;
  const grants = new Map<string, Grant>();
  /** Direct claims that are being decided; as many as the engine lets ask at once. */
  const asking = new Set<{ readonly path: string; answer: EpochAnswer | undefined }>();

  function grantOf(path: string): Grant | undefined {
    const grant = grants.get(path);
    return grant && clock.monotonicMs() - grant.atMs < grantedForMs[grant.kind] ? grant : undefined;
  }

  function highestEpoch(path: string, grant = grantOf(path)): number {
    return Math.max(
      grant?.epoch ?? 0,
      deps.ownEpoch(path) ?? 0,
      deps.supersededBy(path)?.epoch ?? 0,
      streams.get(path)?.epoch ?? 0,
      replication.highestEpoch(path),
    );
  }

  function nextEpoch(path: string): number {
    const own = deps.ownEpoch(path);
    return own !== undefined && (grantOf(path)?.epoch ?? 0) <= own ? own : highestEpoch(path) + 1;
  }

  /** The master's number, where it knows as much as this node. Asked twice, it gives the same one as long as nobody has begun. */
  function epochFrom(path: string, given: number | undefined): number {
    if (given === undefined || deps.ownEpoch(path) !== undefined) return nextEpoch(path);
    const before = grantOf(path);
    const isSame = before?.kind === "direct" && before.epoch === given;
    return given > highestEpoch(path, isSame ? { ...before, epoch: 0 } : before) ? given : nextEpoch(path);
  }

  function grant(path: string, kind: PublishClaim["kind"], epoch: number): ClaimVerdict {
    grants.set(path, { epoch, kind, atMs: clock.monotonicMs() });
    deps.granted(path);
    return { ok: true, epoch };
  }

  /** A log that another node has comes here first, so that its numbers go on. */
  async function inherit(path: string, withinMs: number): Promise<void> {
    if (replication.copyOf(path)) return;
    const head = replication.headOf(path);
    if (head && head.node_id !== nodeId) await replication.want(path, withinMs);
  }

  /** True while the copy here grows; false once it has not for a while. Waits until it knows. */
  async function advancesElsewhere(path: string): Promise<boolean> {
    const seenMs = replication.copyOf(path)?.advancedAtMs;
    for (;;) {
      const copy = replication.copyOf(path);
      if (!copy || copy.state !== "live" || clock.monotonicMs() - copy.advancedAtMs >= silentAfterMs) return false;
      if (copy.advancedAtMs !== seenMs) return true;
      await sleep(pollMs);
    }
  }

  /** A master that is away, or does not answer, changes nothing: what is known here decides then. */
  async function tellMaster(): Promise<void> {
    const told = deps.confirm().catch(() => "unknown" as const);
    await Promise.race([told, sleep(newsWithinMs, undefined, { ref: false })]);
  }

  async function claimDirect(path: string): Promise<ClaimVerdict> {
    if (deps.ownEpoch(path) !== undefined) return grant(path, "direct", nextEpoch(path));
    const ask = { path, answer: undefined as EpochAnswer | undefined };
    asking.add(ask);
    try {
      // The directory is as old as the last heartbeat; a teacher may have gone live elsewhere since, or be about to.
      await tellMaster();
      if (ask.answer?.held_by !== undefined) return refused;
      await inherit(path, inheritWithinMs);
      if (!(await advancesElsewhere(path))) return grant(path, "direct", epochFrom(path, ask.answer?.epoch));
    } finally {
      asking.delete(ask);
    }
    // What the master keeps for this node, others may have at once.
    if (ask.answer) void tellMaster();
    return refused;
  }

  /** Whose publisher has begun, in a log that can be read: reports say so from then on. */
  function hasBegun(path: string): boolean {
    return deps.ownEpoch(path) !== undefined && (streams.get(path)?.playable ?? false);
  }

  return {
    nextEpoch,
    async claim(path, claim) {
      if (claim.kind === "direct") return claimDirect(path);
      const { epoch, handoverFrom } = claim.grant;
      if (epoch > highestEpoch(path) && deps.ownEpoch(path) === undefined) {
        await inherit(path, handoverFrom === undefined ? inheritInFailoverMs : inheritWithinMs);
      }
      // Looked at once more: another one may have come while the log was fetched.
      return epoch > highestEpoch(path) ? grant(path, "relay", epoch) : refused;
    },
    pending() {
      const granted = [...grants.keys()].filter((path) => grantOf(path)?.kind === "direct" && !hasBegun(path));
      return [...new Set([...granted, ...[...asking].map(({ path }) => path)])];
    },
    answered(answers) {
      const byPath = new Map(answers.map((answer) => [answer.path, answer]));
      for (const ask of asking) ask.answer = byPath.get(ask.path) ?? ask.answer;
    },
    forget: (path) => void grants.delete(path),
  };
}
