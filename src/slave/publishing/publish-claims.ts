// May this publisher make this node the origin of a stream, and as which epoch? Looks whether the stream advances elsewhere,
// and fetches its log first so that its numbers go on. Knows no media.
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { OriginClaim } from "../../shared/protocol/epochs.ts";
import type { LiveStreams } from "../live/live-streams.ts";
import type { Replication } from "../replication/replication.ts";
import type { ClaimVerdict, PublishClaim } from "./origins.ts";

export interface PublishClaims {
  claim(path: string, claim: PublishClaim): Promise<ClaimVerdict>;
  /** One more than every epoch that is known, or that of this node where it is the origin. */
  nextEpoch(path: string): number;
  forget(path: string): void;
}

export interface PublishClaimsDeps {
  readonly streams: Pick<LiveStreams, "get">;
  readonly replication: Pick<Replication, "copyOf" | "headOf" | "highestEpoch" | "want">;
  readonly clock: Clock;
  readonly confirm: (paths: readonly string[]) => Promise<"confirmed" | "unknown">;
  /** Under which this node is the origin, or is becoming it. */
  readonly ownEpoch: (path: string) => number | undefined;
  readonly supersededBy: (path: string) => OriginClaim | undefined;
  readonly granted: (path: string) => void;
}

/** How long the master's news and another node's log are worth waiting for. */
const newsWithinMs = 700;
const inheritWithinMs = 1_000;
/** While the origin before is dead, each second counts; a log without a past begins above all its numbers anyway. */
const inheritInFailoverMs = 400;
/** A publisher that was let in so long ago and sent nothing is not coming: its epoch may be given again. */
const grantedForMs = 5_000;
const pollMs = 100;

const refused: ClaimVerdict = {
  ok: false,
  code: "publisher_present",
  reason: "Somebody publishes this class already: stop that OBS first, then start again.",
};

export function createPublishClaims(
  { nodeId, silentAfterMs = 2_000 }: { readonly nodeId: string; readonly silentAfterMs?: number },
  deps: PublishClaimsDeps,
): PublishClaims {
  const { streams, replication, clock } = deps;
  const grants = new Map<string, { readonly epoch: number; readonly atMs: number }>();

  function grantedEpoch(path: string): number {
    const grant = grants.get(path);
    return grant && clock.monotonicMs() - grant.atMs < grantedForMs ? grant.epoch : 0;
  }

  function highestEpoch(path: string): number {
    return Math.max(
      grantedEpoch(path),
      deps.ownEpoch(path) ?? 0,
      deps.supersededBy(path)?.epoch ?? 0,
      streams.get(path)?.epoch ?? 0,
      replication.highestEpoch(path),
    );
  }

  function nextEpoch(path: string): number {
    const own = deps.ownEpoch(path);
    return own !== undefined && grantedEpoch(path) <= own ? own : highestEpoch(path) + 1;
  }

  function grant(path: string, epoch: number): ClaimVerdict {
    grants.set(path, { epoch, atMs: clock.monotonicMs() });
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

  async function claimDirect(path: string): Promise<ClaimVerdict> {
    if (deps.ownEpoch(path) === undefined) {
      if (!replication.copyOf(path) && !replication.headOf(path)) {
        // The directory is as old as the last heartbeat; a teacher may have gone live elsewhere since.
        // Without news, what is known decides.
        const asked = deps.confirm([path]).catch(() => "unknown" as const);
        await Promise.race([asked, sleep(newsWithinMs, undefined, { ref: false })]);
      }
      await inherit(path, inheritWithinMs);
      if (await advancesElsewhere(path)) return refused;
    }
    return grant(path, nextEpoch(path));
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
      return epoch > highestEpoch(path) ? grant(path, epoch) : refused;
    },
    forget: (path) => void grants.delete(path),
  };
}
