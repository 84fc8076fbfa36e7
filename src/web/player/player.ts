// Plays one stream in a video element and keeps it playing: states for the page, figures, the live edge after a pause or a sleep.
// What plays is behind the port of playback.ts; where the stream comes from is the route's business.
import { createSilenceWatch } from "../../shared/viewing/silence-watch.ts";
import type { StreamRoute } from "../../shared/viewing/stream-route.ts";
import { playAgain } from "./play-again.ts";
import type { Playback, PlaybackDeps } from "./playback.ts";
import { watchPicture } from "./picture-watch.ts";
import { initialPlayerState, stepPlayer, type PlayerEvent, type PlayerState } from "./player-state.ts";

export interface PlaybackStats {
  /** Seconds between the teacher's camera and this picture, by program date-time; undefined while nothing plays. */
  readonly latencyS: number | undefined;
  readonly stalls: number;
  /** From `createPlayer` to the first picture, in ms. */
  readonly joinMs: number | undefined;
  readonly decodedFrames: number;
  readonly droppedFrames: number;
  readonly currentTime: number;
  /** Height of the picture that plays, 0 when unknown. */
  readonly level: number;
  /** Node that serves the stream now. */
  readonly nodeId: string;
  /** Times that the stream went on from another node. */
  readonly moves: number;
  /** Longest time between two pictures, in ms; pauses, hidden pages and the time before the first picture do not count. */
  readonly longestFreezeMs: number;
  /** Sum of the times, in ms, that a picture stood for longer than 300 ms. */
  readonly stalledMs: number;
}

export interface Player {
  readonly playback: Playback;
  stats(): PlaybackStats;
  state(): PlayerState;
  /** The stream goes on at another node: hls.js needs not know, a browser that plays by itself does. */
  moved(): void;
  /** The present node does not serve; 0 for no answer. */
  trouble(status: number): void;
  /** To the live edge, and plays if it was paused. */
  goLive(): void;
  /** Nothing of this page ran for `gapMs`. */
  woke(gapMs: number): void;
  /** There is a network again. */
  reconnected(): void;
  /** The page can be seen again. */
  shown(): void;
  /** Ends playback for good: the viewer may not watch (any more). */
  refuse(): void;
  stop(): void;
}

export interface PlayerDeps {
  readonly video: HTMLVideoElement;
  readonly route: StreamRoute;
  readonly onState: (state: PlayerState) => void;
  readonly random: () => number;
  readonly createPlayback: (deps: PlaybackDeps) => Playback;
  /** Monotonic ms: what `joinMs` counts from. */
  readonly beganMs: number;
}

const watchEveryMs = 500;
/** After so long there is nothing left to go on from: nodes keep half a minute. */
const renewAfterMs = 15_000;
/** Timers of hidden pages are held back, and playback falls behind: what is later than this when the page is seen again, jumps. */
const lateS = 3;
/** The browser pauses a page that is put away; some do so a moment before they say that it is hidden. */
const hidingMs = 1_000;

export function createPlayer({ video, route, onState, random, createPlayback, beganMs }: PlayerDeps): Player {
  let state = initialPlayerState;
  let joinMs: number | undefined;
  let lastTimeS = 0;
  let phaseSinceMs = performance.now();
  let [wantsEdge, wantsRenewal] = [false, false];
  /** The device paused it, and not the viewer. */
  let pausedByDevice = false;
  let pausedMs = Number.NEGATIVE_INFINITY;

  const silence = createSilenceWatch({ route, fetcher: (...request) => fetch(...request), monotonicMs: () => performance.now(), random });
  const picture = watchPicture(video);

  function tell(event: PlayerEvent): void {
    const next = stepPlayer(state, event);
    const changed = next.phase !== state.phase;
    state = next;
    if (!changed) return;
    phaseSinceMs = performance.now();
    onState(state);
  }

  /** A stream that has played and is not known any more: the node may have been restarted, while others have it. */
  async function missing(): Promise<boolean> {
    return route.lastMediaMs() !== undefined && (await silence.lookElsewhere());
  }

  function onProgress(): void {
    if (video.paused || video.currentTime === lastTimeS) return;
    lastTimeS = video.currentTime;
    joinMs ??= performance.now() - beganMs;
    playback.progressed();
    tell({ type: "progressed" });
  }

  const onStall = (): void => {
    if (!video.paused && !video.seeking && playback.isSwapping?.() !== true) tell({ type: "stalled" });
  };
  const onPause = (): void => {
    // The browser pauses by itself when the element loses its source; another one may play already. What broke is no pause, either.
    if (!video.paused || video.error !== null || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    pausedByDevice = document.hidden;
    pausedMs = performance.now();
    wantsEdge = true;
    tell({ type: "paused" });
  };
  const onPlay = (): void => {
    pausedByDevice = false;
    // Whoever comes back from a pause wants the class as it is now.
    if (wantsRenewal) renew();
    else if (wantsEdge) playback.toEdge();
    wantsEdge = false;
  };
  const onData = (): void => {
    // Left to itself, Firefox waits with `autoplay` for some three seconds of media, and stays as late.
    if (video.autoplay && video.paused && state.phase !== "paused") playAgain(video);
  };
  const onVisibility = (): void => {
    if (document.hidden && performance.now() - pausedMs < hidingMs) pausedByDevice = true;
  };

  function renew(): void {
    [wantsRenewal, wantsEdge] = [false, false];
    playback.renew();
  }

  function goLive(): void {
    wantsEdge = video.paused;
    if (video.paused) playAgain(video);
    else playback.toEdge();
  }

  function latencyS(): number | undefined {
    if (state.phase === "connecting" || video.currentTime === 0) return undefined;
    const date = playback.playingDate();
    return date && (Date.now() + route.grant().clockOffsetMs - date.getTime()) / 1000;
  }

  const playback = createPlayback({ video, route, random, phase: () => state.phase, tell, missing });
  const listeners = { timeupdate: onProgress, waiting: onStall, pause: onPause, play: onPlay, loadeddata: onData } as const;
  for (const [name, listener] of Object.entries(listeners)) video.addEventListener(name, listener);
  document.addEventListener("visibilitychange", onVisibility);
  const watcher = setInterval(() => {
    // Since no other reason is known: a network that was away is not the teacher's doing.
    if (state.phase === "buffering") tell({ type: "stalled_for", ms: performance.now() - phaseSinceMs });
    playback.watch();
  }, watchEveryMs);

  return {
    playback,
    state: () => state,
    stats() {
      const quality = video.getVideoPlaybackQuality();
      return {
        latencyS: latencyS(),
        stalls: state.stalls,
        joinMs,
        decodedFrames: quality.totalVideoFrames,
        droppedFrames: quality.droppedVideoFrames,
        currentTime: video.currentTime,
        level: video.videoHeight,
        nodeId: route.grant().nodeId,
        moves: route.moves,
        ...picture.figures(),
      };
    },
    moved: () => playback.moved(),
    trouble: (status) => tell({ type: "load_failed", status }),
    goLive,
    woke(gapMs) {
      route.woke();
      if (gapMs < renewAfterMs) playback.retryNow();
      // A viewer's pause stays one; what it shows is of another time, and begins anew with the next touch.
      else if (video.paused && state.phase === "paused" && !pausedByDevice) wantsRenewal = true;
      else renew();
    },
    reconnected() {
      route.reconnected();
      playback.retryNow();
    },
    shown() {
      if (video.paused && pausedByDevice) playAgain(video);
      else if (!video.paused) {
        playback.retryNow();
        if ((playback.behindS() ?? 0) > lateS) playback.toEdge();
      }
    },
    refuse() {
      tell({ type: "refused" });
      this.stop();
    },
    stop() {
      clearInterval(watcher);
      silence.stop();
      picture.stop();
      route.stop();
      for (const [name, listener] of Object.entries(listeners)) video.removeEventListener(name, listener);
      document.removeEventListener("visibilitychange", onVisibility);
      playback.stop();
    },
  };
}
