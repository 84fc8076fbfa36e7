// Plays a stream by hls.js over its route, and mends hls.js when it loses its place. The only file, with its loader, that knows
// hls.js: both are loaded when a class is joined, and not with the page.
import HlsPlayer, { ErrorDetails, ErrorTypes, Events, type ErrorData, type Level } from "hls.js";
import { createBackoff } from "../../shared/kernel/backoff.ts";
import { baseOf } from "../../shared/viewing/virtual-url.ts";
import { hlsConfig } from "./hls-config.ts";
import type { Playback, PlaybackDeps } from "./playback.ts";
import { playAgain } from "./play-again.ts";
import { restartDelayMs } from "./restart-delay.ts";
import { createRouteLoader } from "./route-loader.ts";
import { createStuckWatch } from "./stuck-watch.ts";

/** A jump is visible, so there is at most one in this time. */
const jumpEveryMs = 10_000;
/** A second media error so soon after the first is not mended by a fresh buffer. */
const mediaPatienceMs = 4_000;
/** With so much ahead of the picture hls.js may stop loading for a while. */
const plentyS = 10;
/** A jump must land this far from the end of what is buffered. */
const jumpMarginS = 0.2;
/** While a node has no such stream, the master is asked every so many tries: the teacher may have come to another node. */
const askMasterEvery = 8;

export function createHlsPlayback({ video, route, random, phase, tell, missing }: PlaybackDeps): Playback {
  const backoff = createBackoff({ minMs: 500, maxMs: 3_000, random });
  const spread = random();
  const folder = new URL(baseOf(route.virtualUrl)).pathname;
  const stuck = createStuckWatch();
  let hls: HlsPlayer | undefined;
  let restartTimer: ReturnType<typeof setTimeout> | undefined;
  let restartWork: () => void = () => undefined;
  let jumpedMs = performance.now();
  let failures = 0;
  let startedMs = 0;
  let recoveredMs = Number.NEGATIVE_INFINITY;
  let bufferedToS = 0;
  let chosen = "auto";
  let stopped = false;

  /** Name of the rendition's folder, which every node calls the same. */
  const idOf = ({ uri }: Level): string => new URL(uri).pathname.slice(folder.length).split("/")[0] ?? "";

  function applyChoice(current: HlsPlayer): void {
    // What is loaded next; what is buffered stays: it is short, and taking it away would be seen.
    current.loadLevel = current.levels.findIndex((level) => idOf(level) === chosen);
  }

  function start(): void {
    if (stopped) return;
    const wasPlaying = hls !== undefined && !video.paused;
    hls?.destroy();
    stuck.restarted();
    startedMs = performance.now();
    const loader = createRouteLoader({ route, missing, random });
    const current = new HlsPlayer({ ...hlsConfig(spread), loader });
    hls = current;
    current.on(Events.ERROR, (_, data) => onError(current, data));
    current.on(Events.MANIFEST_PARSED, () => chosen !== "auto" && applyChoice(current));
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
    // A new source is paused, unless the element plays by itself (autoplay).
    if (wasPlaying) current.once(Events.MEDIA_ATTACHED, () => playAgain(video));
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
    restartWork = () => {
      restartTimer = undefined;
      // A node that says "no such stream" is fine; one that does not answer, or refuses us, may not be ours any more.
      const nodeAnswers = status === 404 || status === 503;
      failures += 1;
      if (nodeAnswers && failures % askMasterEvery !== 0) start();
      else void route.ask().then(start);
    };
    restartTimer = setTimeout(restartWork, restartDelayMs(backoff.next(), performance.now() - startedMs, random()));
  }

  function cancelRestart(): boolean {
    const wasPlanned = restartTimer !== undefined;
    clearTimeout(restartTimer);
    restartTimer = undefined;
    return wasPlanned;
  }

  /** @returns undefined when the picture is there already. */
  function edgeS(): number | undefined {
    const position = hls?.liveSyncPosition;
    return position != null && position > video.currentTime ? position : undefined;
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

  /** @returns true when a new player was needed. */
  function mendStuck(): boolean {
    const { buffered } = video;
    const endS = buffered.length === 0 ? 0 : buffered.end(buffered.length - 1);
    if (endS !== bufferedToS || endS - video.currentTime > plentyS) stuck.fed();
    bufferedToS = endS;
    if (!hls || video.paused || restartTimer !== undefined) return false;
    const verdict = stuck.verdict(performance.now(), route.loadsMedia);
    if (verdict === "reload" && video.currentTime > 0) loadFrom(video.currentTime);
    if (verdict === "restart") start();
    return verdict === "restart";
  }

  start();
  return {
    playingDate: () => hls?.playingDate ?? undefined,
    behindS() {
      const position = hls?.liveSyncPosition;
      return position == null || video.currentTime === 0 ? undefined : Math.max(0, position - video.currentTime);
    },
    toEdge() {
      const position = edgeS();
      if (position === undefined) return;
      const ready = isBuffered(position);
      video.currentTime = position;
      if (!ready) loadFrom(position);
    },
    renew() {
      cancelRestart();
      start();
    },
    // hls.js needs not know.
    moved: () => undefined,
    retryNow() {
      // What the viewer has missed is not played after it: the next watch may jump.
      jumpedMs = Number.NEGATIVE_INFINITY;
      if (cancelRestart()) restartWork();
    },
    progressed() {
      stuck.played();
      backoff.reset();
      failures = 0;
    },
    /** Up to one target duration too late hls.js catches up by playing faster; beyond that it would stay late for ever. */
    watch() {
      if (mendStuck() || !hls || video.paused || phase() !== "playing" || performance.now() - jumpedMs < jumpEveryMs) return;
      const targetS = hls.targetLatency ?? 0;
      const segmentS = hls.latestLevelDetails?.targetduration ?? 2;
      if (hls.latency - targetS <= targetS + segmentS) return;
      // What is listed is not here yet: a picture that is late is better than one that stands.
      const position = edgeS();
      if (position === undefined || !isBuffered(position)) return;
      jumpedMs = performance.now();
      video.currentTime = position;
    },
    qualities() {
      const found = (hls?.levels ?? []).map((level) => ({ id: idOf(level), height: level.height, bitrate: level.bitrate }));
      // In place: Safari 15 has no toSorted. A quiet picture of the teacher may need fewer bits than what is made smaller of it.
      found.sort((a, b) => b.height - a.height || b.bitrate - a.bitrate);
      return found;
    },
    choose(qualityId) {
      chosen = qualityId;
      if (hls) applyChoice(hls);
    },
    playingQuality() {
      const level = hls?.levels[hls.currentLevel];
      return level && idOf(level);
    },
    stop() {
      stopped = true;
      cancelRestart();
      hls?.destroy();
    },
  };
}
