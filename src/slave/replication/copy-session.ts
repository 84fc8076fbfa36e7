// A stream being read from one upstream: all its renditions, what it says of itself, and whether it is still there. It
// ends with the first thing that goes wrong; what then, its owner decides.
import type { Clock } from "../../shared/kernel/clock.ts";
import type { LogStatus } from "../../shared/protocol/log-header.ts";
import type { LiveStream } from "../live/live-stream.ts";
import { createRenditionCopy } from "./rendition-copy.ts";
import type { RenditionCopy } from "./rendition-copy.ts";
import type { ListedMedia } from "../../shared/hls/read-media-playlist.ts";
import { readMultivariantPlaylist } from "../../shared/hls/read-multivariant-playlist.ts";
import type { ListedVariant } from "../../shared/hls/read-multivariant-playlist.ts";
import { OldEpoch, UpstreamError } from "./upstream-client.ts";
import type { UpstreamClient } from "./upstream-client.ts";

export interface CopySession {
  start(): void;
  /** To be called a few times a second: asks an upstream that has been silent whether it is there. */
  tick(nowMs: number): void;
  /** The newest that the upstream has said. */
  readonly log: LogStatus;
  readonly lagParts: number;
  /** True when all is here that the upstream was seen to have. */
  readonly caughtUp: boolean;
  /** The same of the first rendition alone: enough to begin with. */
  readonly leadCaughtUp: boolean;
  /** True when the publisher has left, and all that there is of the stream is here. */
  readonly ended: boolean;
  /** Nothing is written any more; idempotent. */
  stop(): void;
}

export interface CopySessionDeps {
  readonly client: UpstreamClient;
  readonly stream: LiveStream;
  /** What the upstream answered when it was asked for the first time. */
  readonly first: { readonly variants: readonly ListedVariant[]; readonly log: LogStatus };
  /** @throws when such an upstream may not be followed. */
  readonly accept: (log: LogStatus | undefined) => LogStatus;
  /** A part was appended. */
  readonly appended: (log: LogStatus) => void;
  /** Anything that the status tells has changed. */
  readonly changed: () => void;
  /** Once; not after `stop`. */
  readonly failed: (error: unknown) => void;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** Below the stream's path. */
export const multivariantFile = "index.m3u8";
export const maxMultivariantBytes = 32 * 1024;

/** Media comes three times a second: after so long without a byte the upstream is asked whether it is there. */
const silentLiveMs = 750;
const silentWaitingMs = 2_000;
const probeTimeoutMs = 1_000;
/** A node between the new origin and this one hears of the new epoch a moment later; until then nothing is taken from it. */
const oldEpochGraceMs = 1_000;

export function createCopySession(deps: CopySessionDeps): CopySession {
  const { client, stream, accept } = deps;
  const loops = new Map<string, { readonly copy: RenditionCopy; readonly abort: AbortController }>();
  let { log } = deps.first;
  let variants: readonly ListedVariant[] = [];
  let stopped = false;
  let probing = false;
  let refreshing = false;
  let leadMsn = -1;
  let oldEpochSinceMs: number | undefined;

  /** Undefined: nothing may be taken from it now, ask again. @throws when it may not be followed any more. */
  function heard(next: LogStatus | undefined): LogStatus | undefined {
    if (stopped) throw new UpstreamError("no longer followed");
    try {
      log = accept(next);
    } catch (error) {
      if (!(error instanceof OldEpoch)) throw error;
      oldEpochSinceMs ??= deps.clock.monotonicMs();
      if (deps.clock.monotonicMs() - oldEpochSinceMs > oldEpochGraceMs) throw error;
      return undefined;
    }
    oldEpochSinceMs = undefined;
    // The upstream became the origin, or follows another one; its log is the same, or the copies will see the difference.
    if (log.epoch > stream.epoch && stream.state !== "closed") stream.promote(log.epoch);
    return log;
  }

  function fail(error: unknown): void {
    if (stopped) return;
    stop();
    deps.failed(error);
  }

  function stop(): void {
    stopped = true;
    for (const { abort } of loops.values()) abort.abort();
    loops.clear();
    client.close();
  }

  /** Renditions as the upstream has them now: logs are made, described and given up. */
  function take(next: readonly ListedVariant[]): void {
    const names = next.map(({ name }) => name);
    if (names.join() !== stream.renditions.map(({ name }) => name).join()) stream.writer.setRenditions(names);
    for (const { name, description } of next) {
      const before = variants.find((variant) => variant.name === name)?.description;
      if (JSON.stringify(before) !== JSON.stringify(description)) stream.writer.writer(name).describe(description);
    }
    variants = next;
    for (const [name, { abort }] of loops) {
      if (names.includes(name)) continue;
      abort.abort();
      loops.delete(name);
    }
    for (const name of names) if (!loops.has(name)) follow(name);
  }

  function follow(name: string): void {
    const abort = new AbortController();
    const isLead = (): boolean => stream.renditions[0]?.name === name;
    const copy = createRenditionCopy({
      name,
      client,
      stream,
      heard,
      applying(list, now) {
        if (isLead() && now.state === "live") stream.writer.setState("live");
        if (needsVariants(list, isLead())) void refresh();
        deps.changed();
      },
      applied(now) {
        if (isLead() && now.state === "waiting") stream.writer.setState("waiting");
        deps.changed();
      },
      appended: deps.appended,
      clock: deps.clock,
    });
    loops.set(name, { copy, abort });
    copy.run(abort.signal).catch((error: unknown) => {
      // A rendition that was given up ends by its signal.
      if (!abort.signal.aborted) fail(error);
    });
  }

  /** Another ladder, codec or bitrate shows at a new segment at the latest. */
  function needsVariants(list: ListedMedia, isLead: boolean): boolean {
    if (list.others.some((name) => !loops.has(name))) return true;
    const newest = list.segments.at(-1)?.msn ?? -1;
    if (!isLead || newest === leadMsn) return false;
    leadMsn = newest;
    return true;
  }

  async function refresh(): Promise<void> {
    if (refreshing) return;
    refreshing = true;
    try {
      const answer = await client.get(multivariantFile, { maxBytes: maxMultivariantBytes });
      if (stopped) return;
      if (answer.status === 200) {
        if (!heard(answer.log)) return;
        take(readMultivariantPlaylist(answer.body.toString("latin1")));
      } else if (answer.status !== 503) throw new UpstreamError(`answers ${answer.status} for the renditions`);
    } catch (error) {
      fail(error);
    } finally {
      refreshing = false;
    }
  }

  async function probe(): Promise<void> {
    probing = true;
    try {
      const answer = await client.get(multivariantFile, { maxBytes: maxMultivariantBytes, silentMs: probeTimeoutMs, method: "HEAD" });
      if (stopped) return;
      if (answer.status === 200) heard(answer.log);
      else if (answer.status !== 503) throw new UpstreamError(`answers ${answer.status}`);
      deps.changed();
    } catch (error) {
      fail(error);
    } finally {
      probing = false;
    }
  }

  const copies = (): RenditionCopy[] => [...loops.values()].map(({ copy }) => copy);

  return {
    start() {
      try {
        heard(log);
        take(deps.first.variants);
      } catch (error) {
        fail(error);
      }
    },
    tick(nowMs) {
      const silentMs = log.state === "live" ? silentLiveMs : silentWaitingMs;
      if (!stopped && !probing && nowMs - client.heardAtMs > silentMs) void probe();
    },
    get log() {
      return log;
    },
    get lagParts() {
      return Math.max(0, ...copies().map(({ lagParts }) => lagParts));
    },
    get caughtUp() {
      return loops.size > 0 && copies().every(({ caughtUp }) => caughtUp);
    },
    get leadCaughtUp() {
      const lead = stream.renditions[0]?.name;
      return lead !== undefined && loops.get(lead)?.copy.caughtUp === true;
    },
    get ended() {
      return log.state === "waiting" && loops.size > 0 && copies().every(({ ended }) => ended);
    },
    stop,
  };
}
