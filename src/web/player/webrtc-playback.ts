// HLS, and by choice WebRTC with a fraction of its delay. HLS plays whenever WebRTC does not (yet, or any more): until its first
// picture is there, where the network lets it not through, while a node fails. So the viewer of either loses nothing by the choice.
import { createLiveHealth, type LiveHealth } from "./live-health.ts";
import { createLiveRetry } from "./live-retry.ts";
import { webrtcSupport } from "./media-support.ts";
import { playAgain } from "./play-again.ts";
import { webrtcQualityId, type Playback, type PlaybackDeps, type Quality } from "./playback.ts";
import { openWhepSession, type WhepSession } from "./whep-session.ts";

const webrtcQuality: Quality = { id: webrtcQualityId, height: 0, bitrate: 0 };

type CreatePlayback = (deps: PlaybackDeps) => Playback;

const lookEveryMs = 250;
/** So often the node hears that somebody is there, and we of its wishes: that is also how a newer token gets to it. */
const renewEveryMs = 2_500;

/** An element needs some 100 ms for the first picture of what plays already; what takes longer is seen by `look`. */
const swapMs = 500;

interface Live {
  readonly session: WhepSession;
  readonly health: LiveHealth;
  readonly sinceMs: number;
  renewedMs: number;
  asking: boolean;
  delayMs: number | undefined;
  stalled: boolean;
}

/** @param createHls what plays otherwise. Browsers without WebRTC have no other choice. */
export function withWebrtc(createHls: CreatePlayback): CreatePlayback {
  return (deps) => (webrtcSupport() ? createChoice(deps, createHls) : createHls(deps));
}

function createChoice(deps: PlaybackDeps, createHls: CreatePlayback): Playback {
  const { video, route, random, tell, phase } = deps;
  const retry = createLiveRetry(random);
  let chosen = "auto";
  let hls: Playback | undefined = createHls(deps);
  let hlsQualities: readonly Quality[] = [];
  let live: Live | undefined;
  let attempt: AbortController | undefined;
  let stopped = false;

  const offered = (): boolean => route.grant().whepUrl !== undefined;

  /** Beside what plays now, which goes on until the first picture is there. */
  async function tryLive(): Promise<void> {
    const current = new AbortController();
    attempt = current;
    try {
      const session = await openWhepSession(route.grant(), current.signal);
      if (current.signal.aborted || stopped) session.close();
      else show(session);
    } catch {
      // What plays goes on; this network, or this stream, has no WebRTC for now.
      retry.failed(performance.now(), phase());
    } finally {
      if (attempt === current) attempt = undefined;
    }
  }

  function show(session: WhepSession): void {
    const nowMs = performance.now();
    const before = live;
    const wasPlaying = !video.paused;
    live = {
      session,
      health: createLiveHealth(nowMs),
      sinceMs: nowMs,
      renewedMs: nowMs,
      asking: false,
      delayMs: undefined,
      stalled: false,
    };
    // In this order the element has a source all the time.
    video.srcObject = session.stream;
    hls?.stop();
    hls = undefined;
    if (wasPlaying) playAgain(video);
    before?.session.close();
    tell({ type: "loaded" });
  }

  /** Back to HLS, which finds out by itself what is wrong and where the class goes on. */
  function drop(): void {
    if (!live) return;
    const nowMs = performance.now();
    const wasPlaying = !video.paused;
    retry.broke(nowMs, nowMs - live.sinceMs);
    live.session.close();
    live = undefined;
    if (stopped) return;
    video.srcObject = null;
    hls = createHls(deps);
    if (chosen !== webrtcQualityId) hls.choose(chosen);
    if (wasPlaying) playAgain(video);
  }

  /** Asks the node of a session; one that fails us is left, and whoever is told does the rest. */
  async function renew(current: Live): Promise<void> {
    if (current.asking) return;
    current.asking = true;
    current.renewedMs = performance.now();
    const grant = route.grant();
    // After a move the session lives on under its node's own, older token until the next one plays.
    if (grant.nodeId !== current.session.nodeId) return void (current.asking = false);
    const { status, advised } = await current.session.renew(grant);
    current.asking = false;
    if (stopped || live !== current) return;
    if (status === 204) {
      route.answered(grant.nodeId, "media", route.virtualUrl, advised);
      return;
    }
    // The session is gone (404), or the node or the token: HLS asks on, and is told by the route.
    drop();
    if (status !== 404) void route.failed(grant, status);
  }

  async function look(): Promise<void> {
    const current = live;
    if (!current) return;
    const { packets, frames, delayMs } = await current.session.figures();
    if (live !== current) return;
    current.delayMs = delayMs;
    const nowMs = performance.now();
    const connection = current.session.connection();
    const verdict = current.health.step({ nowMs, packets, frames, connection, hidden: document.hidden });
    if (verdict === "lost") return drop();
    const stands = verdict !== "well" && !video.paused;
    if (stands && !current.stalled) tell({ type: "stalled" });
    current.stalled = stands;
    if (verdict === "silent" || nowMs - current.renewedMs > renewEveryMs) void renew(current);
  }

  function consider(): void {
    if (stopped || attempt || chosen !== webrtcQualityId || !offered()) return;
    const isElsewhere = live !== undefined && live.session.nodeId !== route.grant().nodeId;
    if (live ? isElsewhere && retry.isDue(performance.now(), "playing") : retry.isDue(performance.now(), phase())) void tryLive();
  }

  const timer = setInterval(() => {
    consider();
    void look();
  }, lookEveryMs);

  return {
    playingDate() {
      if (!live) return hls?.playingDate();
      const { delayMs } = live;
      // Counted without the clocks of other machines: the player adds the same offset.
      return delayMs === undefined ? undefined : new Date(Date.now() + route.grant().clockOffsetMs - delayMs);
    },
    behindS: () => (live ? 0 : hls?.behindS()),
    toEdge: () => hls?.toEdge(),
    renew() {
      retry.soon();
      if (live) drop();
      else hls?.renew();
    },
    moved() {
      hls?.moved();
      retry.soon();
    },
    retryNow() {
      retry.soon();
      hls?.retryNow();
      if (live) void renew(live);
    },
    progressed: () => hls?.progressed(),
    watch: () => hls?.watch(),
    qualities() {
      const found = hls?.qualities() ?? [];
      if (found.length > 0) hlsQualities = found;
      return offered() ? [webrtcQuality, ...hlsQualities] : hlsQualities;
    },
    choose(qualityId) {
      chosen = qualityId;
      if (qualityId === webrtcQualityId) {
        hls?.choose("auto");
        retry.chosen();
        consider();
        return;
      }
      attempt?.abort();
      if (live) drop();
      else hls?.choose(qualityId);
    },
    isSwapping: () => live !== undefined && performance.now() - live.sinceMs < swapMs,
    playingQuality: () => (live ? webrtcQualityId : hls?.playingQuality()),
    stop() {
      stopped = true;
      clearInterval(timer);
      attempt?.abort();
      hls?.stop();
      if (!live) return;
      live.session.close();
      live = undefined;
      video.srcObject = null;
    },
  };
}
