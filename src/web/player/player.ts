// Plays one stream in a video element and keeps it playing: hls.js over the stream's route, states for the page.
// Where the stream comes from is the route's business: hls.js goes on through moves between nodes.
import HlsPlayer, { ErrorDetails, ErrorTypes, Events, type ErrorData } from "hls.js";
import { createBackoff } from "../../shared/kernel/backoff.ts";
import { hlsConfig } from "./hls-config.ts";
import { createNativePlayback } from "./native-playback.ts";
import { initialPlayerState, stepPlayer, type PlayerEvent, type PlayerState } from "./player-state.ts";
import { createRouteLoader } from "./route-loader.ts";
import { watchPicture } from "./picture-watch.ts";
import { createSilenceWatch } from "../../shared/viewing/silence-watch.ts";
import type { StreamRoute } from "../../shared/viewing/stream-route.ts";
import { createStuckWatch } from "./stuck-watch.ts";

export interface PlayerStats {
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
  readonly state: PlayerState["phase"];
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
  stats(): PlayerStats;
  state(): PlayerState;
  /** The stream goes on at another node: hls.js needs not know, a browser that plays by itself does. */
  moved(): void;
  /** The present node does not serve; 0 for no answer. */
  trouble(status: number): void;
  /** Ends playback for good: the viewer may not watch (any more). */
  refuse(): void;
  stop(): void;
}

export interface PlayerDeps {
  readonly video: HTMLVideoElement;
  readonly route: StreamRoute;
  readonly onState: (state: PlayerState) => void;
  readonly random: () => number;
}

/** A jump is visible, so there is at most one in this time. */
const jumpEveryMs = 10_000;
const watchEveryMs = 500;
/** A second media error so soon after the first is not mended by a fresh buffer. */
const mediaPatienceMs = 4_000;
/** With so much ahead of the picture hls.js may stop loading for a while. */
const plentyS = 10;
/** A jump must land this far from the end of what is buffered. */
const jumpMarginS = 0.2;
/** While a node has no such stream, the master is asked every so many tries: the teacher may have come to another node. */
const askMasterEvery = 4;

// oxlint-disable-next-line import/no-named-as-default-member -- hls.js types it as a static member only
const hasMediaSource = (): boolean => HlsPlayer.isSupported();

export function createPlayer({ video, route, onState, random }: PlayerDeps): Player {
  const createdMs = performance.now();
  const backoff = createBackoff({ minMs: 500, maxMs: 4_000, random });
  const spread = random();
  let state = initialPlayerState;
  let hls: HlsPlayer | undefined;
  let native: ReturnType<typeof createNativePlayback> | undefined;
  let restartTimer: ReturnType<typeof setTimeout> | undefined;
  let joinMs: number | undefined;
  let lastTimeS = 0;
  let jumpedMs = performance.now();
  let progressedMs = performance.now();
  let failures = 0;
  let recoveredMs = Number.NEGATIVE_INFINITY;
  let bufferedToS = 0;
  let [stopped, wantsEdge] = [false, false];

  const silence = createSilenceWatch({ route, fetcher: (...request) => fetch(...request), monotonicMs: () => performance.now(), random });
  const picture = watchPicture(video);
  const stuck = createStuckWatch();

  function tell(event: PlayerEvent): void {
    const next = stepPlayer(state, event);
    const changed = next.phase !== state.phase;
    state = next;
    if (changed) onState(state);
  }

  function startHls(): void {
    hls?.destroy();
    stuck.restarted();
    const loader = createRouteLoader({ route, missing: () => missing(), random });
    const current = new HlsPlayer({ ...hlsConfig(spread), loader });
    hls = current;
    current.on(Events.ERROR, (_, data) => onError(current, data));
    let newest = "";
    current.on(Events.LEVEL_UPDATED, (_, { details }) => {
      tell({ type: "loaded" });
      // While the teacher is away the same playlist comes again and again.
      const reached = `${details.lastPartSn}.${details.lastPartIndex}`;
      if (reached !== newest) stuck.moved(performance.now());
      newest = reached;
    });
    current.attachMedia(video);
    current.loadSource(route.virtualUrl);
  }

  function start(): void {
    if (stopped || state.phase === "refused") return;
    if (hasMediaSource()) startHls();
    else native ??= createNativePlayback(video, route, (status) => tell({ type: "load_failed", status }), backoff);
  }

  /** A stream that has played and is not known any more: the node may have been restarted, while others have it. */
  async function missing(): Promise<boolean> {
    return route.lastMediaMs() !== undefined && (await silence.lookElsewhere());
  }

  function onError(source: HlsPlayer, data: ErrorData): void {
    if (source !== hls) return;
    if (data.type === ErrorTypes.NETWORK_ERROR) tell({ type: "load_failed", status: data.response?.code ?? 0 });
    if (!data.fatal) return;
    if (data.type === ErrorTypes.MEDIA_ERROR) recoverMedia(source, data.details === ErrorDetails.BUFFER_APPEND_ERROR);
    else restartLater(data.response?.code ?? 0);
  }

  /**
   * A returning teacher may bring other tracks (no microphone, say), which no buffer takes that holds the old ones.
   * What a fresh buffer at the same place does not mend, a fresh player at the live edge does.
   */
  function recoverMedia(source: HlsPlayer, otherTracks: boolean): void {
    const nowMs = performance.now();
    const again = nowMs - recoveredMs < mediaPatienceMs;
    recoveredMs = nowMs;
    if (again || otherTracks) restartLater(404);
    else source.recoverMediaError();
  }

  /** Tries the whole stream again: at once after nothing worse than a hiccup, rarer and rarer while it stays away. */
  function restartLater(status: number): void {
    if (stopped || restartTimer !== undefined) return;
    hls?.stopLoad();
    restartTimer = setTimeout(() => {
      restartTimer = undefined;
      // A node that says "no such stream" is fine; one that does not answer, or refuses us, may not be ours any more.
      const nodeAnswers = status === 404 || status === 503;
      failures += 1;
      if (nodeAnswers && failures % askMasterEvery !== 0) start();
      else void route.ask().then(start);
    }, backoff.next());
  }

  function onProgress(): void {
    if (video.paused || video.currentTime === lastTimeS) return;
    lastTimeS = video.currentTime;
    progressedMs = performance.now();
    stuck.played();
    joinMs ??= performance.now() - createdMs;
    backoff.reset();
    failures = 0;
    tell({ type: "progressed" });
  }

  const onStall = (): void => {
    if (!video.paused && !video.seeking) tell({ type: "stalled" });
  };
  const onPause = (): void => {
    // The browser pauses by itself when the element loses its source.
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    wantsEdge = true;
    tell({ type: "paused" });
  };
  const onPlay = (): void => {
    // Whoever comes back from a pause wants the class as it is now.
    if (wantsEdge) toEdge();
    wantsEdge = false;
  };

  /** @returns undefined when the picture is there already. */
  function edgeS(): number | undefined {
    const position = hls?.liveSyncPosition;
    return position != null && position > video.currentTime ? position : undefined;
  }

  /** Also to where nothing is buffered yet: hls.js is told to load there. */
  function toEdge(): void {
    const position = edgeS();
    if (position === undefined) return;
    const ready = isBuffered(position);
    video.currentTime = position;
    if (!ready) loadFrom(position);
  }

  function loadFrom(position: number): void {
    hls?.stopLoad();
    hls?.startLoad(position);
  }

  function isBuffered(position: number): boolean {
    const { buffered } = video;
    for (let at = 0; at < buffered.length; at += 1)
      if (buffered.start(at) <= position && position + jumpMarginS <= buffered.end(at)) return true;
    return false;
  }

  /** Up to one target duration too late hls.js catches up by playing faster; beyond that it would stay late for ever. */
  function watch(): void {
    if (state.phase === "buffering") tell({ type: "stalled_for", ms: performance.now() - progressedMs });
    if (mendStuck() || !hls || video.paused || state.phase !== "playing" || performance.now() - jumpedMs < jumpEveryMs) return;
    const targetS = hls.targetLatency ?? 0;
    const segmentS = hls.latestLevelDetails?.targetduration ?? 2;
    if (hls.latency - targetS <= targetS + segmentS) return;
    // What is listed is not here yet: a picture that is late is better than one that stands.
    const position = edgeS();
    if (position === undefined || !isBuffered(position)) return;
    jumpedMs = performance.now();
    video.currentTime = position;
  }

  /** @returns true when a new player was needed. */
  function mendStuck(): boolean {
    const { buffered } = video;
    const endS = buffered.length === 0 ? 0 : buffered.end(buffered.length - 1);
    if (endS !== bufferedToS || endS - video.currentTime > plentyS) stuck.fed();
    bufferedToS = endS;
    if (!hls || video.paused || restartTimer !== undefined || state.phase === "refused") return false;
    const verdict = stuck.verdict(performance.now(), route.loadsMedia);
    if (verdict === "reload" && video.currentTime > 0) loadFrom(video.currentTime);
    if (verdict === "restart") startHls();
    return verdict === "restart";
  }

  function latencyS(): number | undefined {
    if (state.phase === "connecting" || video.currentTime === 0) return undefined;
    const date = hls?.playingDate ?? native?.playingDate();
    if (date) return (Date.now() + route.grant().clockOffsetMs - date.getTime()) / 1000;
    const behindS = hls?.latency ?? 0;
    return behindS > 0 ? behindS : undefined;
  }

  const listeners = { timeupdate: onProgress, waiting: onStall, pause: onPause, play: onPlay } as const;
  for (const [name, listener] of Object.entries(listeners)) video.addEventListener(name, listener);
  const watcher = setInterval(watch, watchEveryMs);
  start();

  return {
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
        state: state.phase,
        nodeId: route.grant().nodeId,
        moves: route.moves,
        ...picture.figures(),
      };
    },
    moved: () => native?.reload(),
    trouble: (status) => tell({ type: "load_failed", status }),
    refuse() {
      tell({ type: "refused" });
      this.stop();
    },
    stop() {
      stopped = true;
      clearInterval(watcher);
      silence.stop();
      picture.stop();
      route.stop();
      clearTimeout(restartTimer);
      for (const [name, listener] of Object.entries(listeners)) video.removeEventListener(name, listener);
      hls?.destroy();
      native?.stop();
    },
  };
}
