// Playback by the browser itself, for those that play HLS but have no Media Source (older iPhones). Such a player cannot change
// the node or the token of a running stream, and does not say what it is waiting for: when it fails, or stands although the
// class goes on, it starts anew with the node and the token of the moment.
import { timeLimit } from "../../shared/kernel/time-limit.ts";
import { createBackoff } from "../../shared/kernel/backoff.ts";
import { firstRendition, isAhead, reachOf, type Reach } from "../../shared/viewing/newest-part.ts";
import { playAgain } from "./play-again.ts";
import type { Playback, PlaybackDeps } from "./playback.ts";

/** A picture that stands for so long is looked into; the browser gets time to mend it by itself. */
const standsMs = 2_000;
/** A browser that has just begun may take its time. */
const beginsMs = 6_000;
const lookEveryMs = 2_000;
const askTimeoutMs = 4_000;

export function createNativePlayback({ video, route, random, tell }: PlaybackDeps): Playback {
  const backoff = createBackoff({ minMs: 500, maxMs: 4_000, random });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let [stopped, looking] = [false, false];
  let movedMs = performance.now();
  let lookedMs = movedMs;
  let lastTimeS = 0;
  /** What the class had when the picture began to stand. */
  let stoodAt: Reach | undefined;
  /** Distance from the end of what can be watched, where the browser itself began to play. */
  let ownDistanceS = Number.POSITIVE_INFINITY;

  function load(): void {
    clearTimeout(timer);
    timer = undefined;
    if (stopped) return;
    movedMs = performance.now();
    [lastTimeS, stoodAt, ownDistanceS] = [0, undefined, Number.POSITIVE_INFINITY];
    video.src = route.grant().hlsUrl;
    video.load();
    playAgain(video);
  }

  function loadLater(): void {
    clearTimeout(timer);
    timer = setTimeout(load, backoff.next());
  }

  const stands = (): boolean => performance.now() - movedMs > (lastTimeS === 0 ? beginsMs : standsMs);

  async function textAt(url: string): Promise<{ readonly status: number; readonly text: string }> {
    try {
      const response = await fetch(url, { cache: "no-store", signal: timeLimit(askTimeoutMs) });
      return { status: response.status, text: await response.text() };
    } catch {
      // No connection, or no answer in time: both are the answer to our question.
      return { status: 0, text: "" };
    }
  }

  /** The element does not say what is wrong, so the node is asked. @returns undefined when it does not serve: then that is dealt with. */
  async function reachNow(): Promise<Reach | "nothing" | undefined> {
    const grant = route.grant();
    const main = await textAt(grant.hlsUrl);
    const uri = main.status === 200 ? firstRendition(main.text, grant.hlsUrl) : undefined;
    const { status, text } = uri === undefined ? main : await textAt(uri);
    if (stopped) return undefined;
    if (status === 200) {
      tell({ type: "loaded" });
      return reachOf(text) ?? "nothing";
    }
    tell({ type: "load_failed", status });
    if (status === 404 || status === 503 || status === 429) return "nothing";
    // Resolves when the route has another node, another token, or a network again.
    if (await route.failed(grant, status)) load();
    return undefined;
  }

  async function look(): Promise<void> {
    if (looking || stopped) return;
    looking = true;
    lookedMs = performance.now();
    // The browser may not have said so: it tells of it once, and not while it seeks.
    tell({ type: "stalled" });
    try {
      const reach = await reachNow();
      if (reach === undefined || reach === "nothing" || !stands()) return;
      // The class has gone on, and the picture has not.
      if (stoodAt !== undefined && isAhead(reach, stoodAt)) load();
      else stoodAt = reach;
    } finally {
      looking = false;
    }
  }

  async function onError(): Promise<void> {
    if (looking || stopped || timer !== undefined) return;
    looking = true;
    tell({ type: "stalled" });
    const reach = await reachNow();
    looking = false;
    if (reach !== undefined) loadLater();
  }

  function endS(): number | undefined {
    const { seekable } = video;
    const end = seekable.length === 0 ? Number.NaN : seekable.end(seekable.length - 1);
    return Number.isFinite(end) && video.currentTime > 0 ? end : undefined;
  }

  const listeners = { error: () => void onError(), loadedmetadata: () => tell({ type: "loaded" }) } as const;
  for (const [name, listener] of Object.entries(listeners)) video.addEventListener(name, listener);
  load();
  return {
    playingDate() {
      // Safari: the date of media time 0 by EXT-X-PROGRAM-DATE-TIME.
      const getStartDate: unknown = Reflect.get(video, "getStartDate");
      const start: unknown = typeof getStartDate === "function" ? getStartDate.call(video) : undefined;
      if (!(start instanceof Date) || Number.isNaN(start.getTime())) return undefined;
      return new Date(start.getTime() + video.currentTime * 1000);
    },
    behindS() {
      const end = endS();
      return end === undefined || ownDistanceS === Number.POSITIVE_INFINITY
        ? undefined
        : Math.max(0, end - video.currentTime - ownDistanceS);
    },
    toEdge() {
      const end = endS();
      if (end !== undefined && ownDistanceS !== Number.POSITIVE_INFINITY)
        video.currentTime = Math.max(video.currentTime, end - ownDistanceS);
      // A browser that does not say how far it could go begins at the edge when it begins anew.
      else if (stands()) load();
    },
    renew: load,
    moved: load,
    retryNow() {
      if (timer !== undefined) load();
    },
    progressed() {
      movedMs = performance.now();
      stoodAt = undefined;
      backoff.reset();
      const end = endS();
      if (end !== undefined) ownDistanceS = Math.min(ownDistanceS, end - video.currentTime);
      // The browser tells of no request; a picture that moves came from somewhere.
      route.answered(route.grant().nodeId, "media", route.virtualUrl, false);
    },
    watch() {
      const nowMs = performance.now();
      if (video.currentTime !== lastTimeS) [lastTimeS, movedMs] = [video.currentTime, nowMs];
      if (video.paused || timer !== undefined || !stands() || nowMs - lookedMs < lookEveryMs) return;
      void look();
    },
    // The browser chooses by itself, and does not say what.
    qualities: () => [],
    choose: () => undefined,
    playingQuality: () => undefined,
    stop() {
      stopped = true;
      clearTimeout(timer);
      for (const [name, listener] of Object.entries(listeners)) video.removeEventListener(name, listener);
      video.removeAttribute("src");
      video.load();
    },
  };
}
