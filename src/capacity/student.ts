// A simulated student: joins, plays low-latency HLS part by part and changes nodes as the player does, with the player's own
// code for tokens and moves. Shows no picture: a model of the buffer says when it would stand still.
import { setTimeout as sleep } from "node:timers/promises";
import { createBackoff } from "../shared/kernel/backoff.ts";
import { PlaylistError } from "../shared/hls/playlist-error.ts";
import type { ListedMedia, PartName } from "../shared/hls/read-media-playlist.ts";
import { behindWaitMs } from "../shared/viewing/request-remedy.ts";
import type { PlaybackSums } from "../shared/viewing/report-series.ts";
import { createSilenceWatch } from "../shared/viewing/silence-watch.ts";
import type { SilenceWatch } from "../shared/viewing/silence-watch.ts";
import { createStreamRoute } from "../shared/viewing/stream-route.ts";
import type { StreamRoute } from "../shared/viewing/stream-route.ts";
import type { TokenClient } from "../shared/viewing/token-client.ts";
import { isTemporary } from "../shared/viewing/token-grant.ts";
import type { TokenGrant } from "../shared/viewing/token-grant.ts";
import { countError, recordMs } from "./load-figures.ts";
import type { LoadFigures, RequestKind, ViewerLine } from "./load-figures.ts";
import { firstMedia, holdBackMs, newMedia, positionAfter } from "./next-media.ts";
import type { MediaItem, Position } from "./next-media.ts";
import { createPlaybackModel } from "./playback-model.ts";
import type { PlaybackModel } from "./playback-model.ts";
import type { PlaylistReader } from "./playlist-reader.ts";
import { reportPlayback } from "./report-playback.ts";
import { createStudentRequests } from "./student-requests.ts";
import type { StudentRequests } from "./student-requests.ts";

export interface StudentConfig {
  readonly userId: string;
  readonly className: string;
  readonly joinCode: string | undefined;
}

export interface StudentDeps {
  readonly client: TokenClient;
  /** For what is asked beside playlists and media: probes of silent nodes, reports of playback. */
  readonly fetcher: typeof fetch;
  /** Whether this URL leads to the cluster; may ask the master again. */
  readonly leadsToCluster: (url: string) => Promise<boolean>;
  readonly playlists: PlaylistReader;
  readonly figures: LoadFigures;
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
  readonly random: () => number;
}

export interface Student {
  readonly isPlaying: boolean;
  isStalled(): boolean;
  readonly moves: number;
  /** Idempotent; resolves when nothing of it runs any more. */
  stop(): Promise<void>;
  line(): ViewerLine;
}

/** Younger playlists are updated by what is new only: half of CAN-SKIP-UNTIL (RFC 8216bis 6.3.7), as hls.js does. */
const skipWithinMs = 6_000;
/** Who is further behind goes back to the live edge. */
const maxQueuedMs = 20_000;
/** A class whose numbers begin anew, as after a loss of all nodes. */
const newNumbersAfter = 20;

export function startStudent(config: StudentConfig, deps: StudentDeps): Student {
  const { client, figures, monotonicMs, playlists, random } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const startedMs = monotonicMs();
  const queue: MediaItem[] = [];
  let route: StreamRoute | undefined;
  let requests: StudentRequests | undefined;
  let model: PlaybackModel | undefined;
  let playlistUrl: string | undefined;
  let position: Position | undefined;
  let initUri: string | undefined;
  let [joinMs, refusal]: [number | undefined, string | undefined] = [undefined, undefined];
  let wakeLoader = (): void => undefined;
  let isPlaylistOver = false;
  let endedMs: number | undefined;

  const nowMs = (): number => endedMs ?? monotonicMs();
  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal }).catch(() => undefined); // Stopped: the loops see it.
  }

  /** As the player tells it: between the camera and what the model would show now. */
  function delayMs(): number | undefined {
    const shownMs = model?.positionMs(nowMs());
    return shownMs === undefined || route === undefined ? undefined : deps.wallMs() + route.grant().clockOffsetMs - shownMs;
  }

  function playbackSums(): PlaybackSums {
    const { stalls = 0, stalledMs = 0 } = model?.figures(nowMs()) ?? {};
    return { joinMs, stalls, stalledMs, delayMs: delayMs() };
  }

  async function join(): Promise<TokenGrant | undefined> {
    const backoff = createBackoff({ minMs: 1_000, maxMs: 8_000, random });
    while (!signal.aborted) {
      const answer = await client.join(config);
      if (answer.granted && (await deps.leadsToCluster(answer.grant.hlsUrl))) return answer.grant;
      if (answer.granted || !isTemporary(answer.refusal.reason)) {
        refusal = answer.granted ? "foreign_host" : answer.refusal.reason;
        return undefined;
      }
      await pause((answer.refusal.retryAfterS ?? 0) * 1_000 + backoff.next());
    }
    return undefined;
  }

  async function run(): Promise<void> {
    const grant = await join();
    if (!grant || signal.aborted) return;
    const schedule = (work: () => void, delayMs: number): (() => void) => {
      const timer = setTimeout(work, delayMs);
      return () => clearTimeout(timer);
    };
    const events = {
      trouble: () => undefined,
      moved: () => undefined,
      refused: ({ reason }: { readonly reason: string }) => void (refusal = reason),
    };
    const followed = createStreamRoute(config, grant, { client, monotonicMs, wallMs: deps.wallMs, random, schedule }, events);
    route = followed;
    const silence: SilenceWatch = createSilenceWatch({ route: followed, fetcher: deps.fetcher, monotonicMs, random });
    const asked = createStudentRequests({ route: followed, silence, signal, pause, ...deps });
    requests = asked;
    const stopReports = reportPlayback({
      route: followed,
      fetcher: deps.fetcher,
      sums: playbackSums,
      monotonicMs,
    });
    try {
      await Promise.all([followPlaylist(followed, asked), loadMedia(asked, grant)]);
    } finally {
      stopReports();
      silence.stop();
      followed.stop();
      asked.close();
    }
  }

  async function followPlaylist(path: StreamRoute, ask: StudentRequests): Promise<void> {
    let next: PartName | undefined;
    let last: { readonly nodeId: string; readonly atMs: number } | undefined;
    while (!signal.aborted) {
      const url =
        playlistUrl === undefined
          ? path.virtualUrl
          : urlOf(playlistUrl, next, last && path.grant().nodeId === last.nodeId ? last.atMs : undefined);
      const loaded = await ask.load(url, "playlist", "playlist");
      if (!loaded) break;
      try {
        if (loaded.status === 200 && playlistUrl === undefined) {
          playlistUrl = new URL(playlists.firstVariant(loaded.text, loaded.sentTo.token), path.virtualUrl).href;
          continue;
        }
        if (loaded.status === 200) {
          const listed = playlists.media(loaded.text, loaded.sentTo.token);
          const isNew = take(listed);
          next = listed.hint;
          last = { nodeId: loaded.sentTo.nodeId, atMs: monotonicMs() };
          if (!next) model?.sourceAway(monotonicMs());
          // Without news there is no reason to ask as fast as we can.
          if (!isNew) await pause((next ? behindWaitMs : 1_000) * (0.5 + random()));
          continue;
        }
      } catch (error) {
        if (!(error instanceof PlaylistError)) throw error;
        countError(figures, "playlist unreadable");
      }
      next = undefined;
      await pause(500 + 500 * random());
    }
    isPlaylistOver = true;
    wakeLoader();
  }

  function urlOf(base: string, next: PartName | undefined, updatedMs: number | undefined): string {
    if (!next) return base;
    const skip = updatedMs !== undefined && monotonicMs() - updatedMs < skipWithinMs ? "&_HLS_skip=YES" : "";
    return `${base}?_HLS_msn=${next.msn}&_HLS_part=${next.part}${skip}`;
  }

  function take(listed: ListedMedia): boolean {
    const newest = listed.segments.at(-1)?.msn ?? 0;
    if (position && newest + newNumbersAfter < position.msn) position = undefined;
    model ??= createPlaybackModel(holdBackMs(listed));
    const items = position ? newMedia(listed, position) : firstMedia(listed);
    const end = items.at(-1);
    if (!end) return false;
    position = positionAfter(end);
    queue.push(...items);
    // Sorted by time: the span is what is queued.
    if (end.endsAtMs - (queue[0]?.endsAtMs ?? 0) > maxQueuedMs) queue.splice(0, queue.length - 3);
    wakeLoader();
    return true;
  }

  async function loadMedia(ask: StudentRequests, { clockOffsetMs }: TokenGrant): Promise<void> {
    while (!signal.aborted) {
      const item = queue.shift();
      if (!item) {
        if (isPlaylistOver) return;
        await new Promise<void>((resolve) => (wakeLoader = resolve));
        continue;
      }
      const base = playlistUrl ?? "";
      if (item.initUri !== initUri) {
        const init = await ask.load(new URL(item.initUri, base).href, "media", "init");
        if (!init) return;
        if (init.status === 200) initUri = item.initUri;
      }
      const kind: RequestKind = item.part === "whole" ? "segment" : "part";
      const loaded = await ask.load(new URL(item.uri, base).href, "media", kind);
      if (!loaded) return;
      if (loaded.status !== 200 || item.isLead) continue;
      const atMs = monotonicMs();
      model?.arrived(atMs, item.durationMs, item.endsAtMs);
      if (joinMs === undefined) {
        joinMs = atMs - startedMs;
        recordMs(figures.joinMs, joinMs);
      }
      recordMs(figures.delayMs, deps.wallMs() + clockOffsetMs - (model?.positionMs(atMs) ?? 0));
    }
  }

  const done = run();
  return {
    get isPlaying() {
      return joinMs !== undefined;
    },
    isStalled: () => model?.isStalled(nowMs()) ?? false,
    get moves() {
      return route?.moves ?? 0;
    },
    async stop() {
      endedMs ??= monotonicMs();
      stopping.abort();
      requests?.close();
      route?.stop();
      wakeLoader();
      await done;
    },
    line() {
      const played = model?.figures(nowMs());
      return {
        userId: config.userId,
        nodeId: route?.grant().nodeId,
        joinMs,
        stalls: played?.stalls ?? 0,
        stalledMs: played?.stalledMs ?? 0,
        longestStallMs: played?.longestStallMs ?? 0,
        playedMs: played?.playedMs ?? 0,
        waitedMs: played?.waitedMs ?? 0,
        moves: route?.moves ?? 0,
        bytes: requests?.bytes ?? 0,
        errors: requests?.errors ?? 0,
        refusal,
      };
    },
  };
}
