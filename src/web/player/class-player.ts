// One call for a page that wants to show a class: joins it, plays it, goes on through failures of nodes, closed classes, sleep
// and changes of network, reports how it went. The library's surface (docs/player.md); knows no page and no framework.
import { createBackoff } from "../../shared/kernel/backoff.ts";
import { createStreamRoute, type StreamRoute } from "../../shared/viewing/stream-route.ts";
import { createTokenClient } from "../../shared/viewing/token-client.ts";
import { isTemporary, type RefusalReason, type TokenGrant, type TokenRefusal } from "../../shared/viewing/token-grant.ts";
import { watchDevice } from "./device-watch.ts";
import { joinDelayMs } from "./join-schedule.ts";
import { mediaSupport } from "./media-support.ts";
import { createNativePlayback } from "./native-playback.ts";
import { createPlaybackReporter, type PlaybackReporter } from "./playback-report.ts";
import type { Playback, PlaybackDeps, Quality } from "./playback.ts";
import { createPlayer, type PlaybackStats, type Player } from "./player.ts";
import type { PlayerPhase } from "./player-state.ts";
import { withWebrtc } from "./webrtc-playback.ts";

export type ClassPhase =
  | PlayerPhase
  /** The master has not let the viewer in (yet, or again). */
  | "joining"
  /** The class is closed. It is asked for now and then, and goes on by itself when it is opened again. */
  | "over";

export type ClassRefusal =
  | RefusalReason
  /** This browser has neither Media Source with H.264 nor HLS of its own. */
  | "unsupported_browser";

export interface ClassPlayerState {
  readonly phase: ClassPhase;
  /** Why the viewer is not let in: for good when the phase is `refused`, else until a later try. */
  readonly refusal: ClassRefusal | undefined;
  /** Place in the line of a full cluster, 1 is next; undefined when there is none, or nobody is said. */
  readonly position: number | undefined;
  /** Of the class, for people; undefined until the viewer has been let in. */
  readonly classTitle: string | undefined;
}

export interface ClassPlayerStats extends PlaybackStats {
  readonly state: ClassPhase;
}

export interface ClassPlayerOptions {
  readonly video: HTMLVideoElement;
  /** Of the master, `https://school.example:8000`; "" for the page's own origin (default). */
  readonly masterUrl?: string;
  /** Name of the class, as in its link. */
  readonly className: string;
  /** Who watches, 1 to 128 characters. */
  readonly userId: string;
  /** Of a class that is not open. */
  readonly joinCode?: string | undefined;
  /** `teacher`: the page is signed in for this class, and no join code is needed (default: student). */
  readonly userType?: "student" | "teacher" | undefined;
  /** Asks the master for tokens: for pages whose session needs a header with that. */
  readonly tokenFetcher?: typeof fetch | undefined;
  /** Called at each change; not for the state at the beginning, `joining`. */
  readonly onState?: ((state: ClassPlayerState) => void) | undefined;
}

export interface ClassPlayer {
  state(): ClassPlayerState;
  /** Figures of playback; undefined until the viewer is let in. */
  stats(): ClassPlayerStats | undefined;
  /** What can be chosen, best first; empty until it is known, and where the browser chooses by itself. One is no choice. */
  qualities(): readonly Quality[];
  /** What was chosen: "auto" (default) or the id of a quality. */
  quality(): string;
  /** From the next part on; kept over reconnects. */
  setQuality(id: string): void;
  /** Id of the quality that plays now; undefined while nothing does, or nothing is known. */
  playingQuality(): string | undefined;
  /** Seconds later than a viewer who has just come would see it; undefined while nothing plays. See `latencyS` for the delay behind the camera. */
  behindLiveS(): number | undefined;
  /** So far behind (after a pause, on a slow network) that a way back to live should be offered. */
  isBehind(): boolean;
  /** To the live edge; plays if it was paused. Call it from a touch. */
  goLive(): void;
  /** Ends playback and all requests; the element can be used for something else. */
  stop(): void;
}

/** Behind by more than a viewer would take for the usual delay. */
const noticeablyBehindS = 3;

/** hls.js is large: it comes with the first class, and not with the page. */
const loadHlsPlayback = async (): Promise<(deps: PlaybackDeps) => Playback> => (await import("./hls-playback.ts")).createHlsPlayback;

/** Begins to load what playback needs: for a page that shows a form first, once that is there. */
export function preparePlayback(): void {
  if (mediaSupport(document.createElement("video")) !== "media_source") return;
  loadHlsPlayback().catch(() => {
    // Tried again, and told, when a class is joined.
  });
}

/**
 * Plays the class `className` in `video` until `stop()`; goes on by itself whatever fails, and throws nothing.
 * `video` should be `muted` and `playsinline`, or be played after a touch: browsers allow no sound without one.
 */
export function createClassPlayer(options: ClassPlayerOptions): ClassPlayer {
  const { video, masterUrl = "", className, userId, joinCode, userType, onState } = options;
  const { tokenFetcher = (...asked) => fetch(...asked) } = options;
  const client = createTokenClient(masterUrl.replace(/\/+$/, ""), tokenFetcher, Date.now);
  const request = { userId, className, joinCode, userType };
  const backoff = createBackoff({ minMs: 1_000, maxMs: 8_000 });
  const support = mediaSupport(video);
  let state: ClassPlayerState = { phase: "joining", refusal: undefined, position: undefined, classTitle: undefined };
  let playing: { readonly player: Player; readonly route: StreamRoute; readonly reporter: PlaybackReporter } | undefined;
  let lastStats: PlaybackStats | undefined;
  let chosenQuality = "auto";
  let ticket: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let [joining, stopped] = [false, false];

  function tell(phase: ClassPhase, refusal?: ClassRefusal, position?: number): void {
    const next = { ...state, phase, refusal, position };
    if (stopped || (phase === state.phase && refusal === state.refusal && position === state.position)) return;
    state = next;
    onState?.(state);
  }

  async function join(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (joining || stopped || playing !== undefined) return;
    joining = true;
    try {
      // Together: the larger of the two is what the viewer waits for.
      const loading = support === "media_source" ? loadHlsPlayback() : Promise.resolve(createNativePlayback);
      const [loaded, answered] = await Promise.allSettled([loading, client.join({ ...request, ticket })]);
      if (stopped) return;
      if (answered.status === "rejected") throw answered.reason;
      const answer = answered.value;
      if (!answer.granted) refused(answer.refusal);
      // A place that is not used ends by itself.
      else if (loaded.status === "rejected") refused({ reason: "unreachable", retryAfterS: undefined });
      else play(answer.grant, loaded.value);
    } finally {
      joining = false;
    }
  }

  /** Before or after the viewer was let in. */
  function refused(refusal: TokenRefusal): void {
    const { reason } = refusal;
    // Who was not reached, or answers for another reason, says nothing of the place in the line.
    if (reason === "full") ticket = refusal.ticket;
    if (reason === "class_closed") tell("over", reason);
    else if (isTemporary(reason)) tell("joining", reason, refusal.position);
    else {
      tell("refused", reason);
      return;
    }
    timer = setTimeout(() => void join(), joinDelayMs(refusal, backoff.next(), Math.random()));
  }

  function play(grant: TokenGrant, createPlayback: (deps: PlaybackDeps) => Playback): void {
    const monotonicMs = (): number => performance.now();
    const schedule = (work: () => void, delayMs: number): (() => void) => {
      const planned = setTimeout(work, delayMs);
      return () => clearTimeout(planned);
    };
    backoff.reset();
    ticket = undefined;
    state = { ...state, classTitle: grant.classTitle };
    const route = createStreamRoute(
      request,
      grant,
      { client, monotonicMs, wallMs: Date.now, random: Math.random, schedule },
      {
        trouble: (status) => playing?.player.trouble(status),
        moved: () => playing?.player.moved(),
        refused(refusal) {
          end();
          refused(refusal);
        },
      },
    );
    tell("connecting");
    const player = createPlayer({
      video,
      route,
      random: Math.random,
      createPlayback: withWebrtc(createPlayback),
      beganMs: performance.now(),
      onState: ({ phase }) => tell(phase),
    });
    player.playback.choose(chosenQuality);
    const reporter = createPlaybackReporter({
      stats: () => ({ ...player.stats(), isPlaying: player.state().phase === "playing" }),
      address: () => route.grant(),
      fetcher: (...sent) => fetch(...sent),
      monotonicMs,
    });
    playing = { player, route, reporter };
  }

  function end(): void {
    if (playing === undefined) return;
    const { player, reporter } = playing;
    lastStats = player.stats();
    reporter.stop();
    player.stop();
    playing = undefined;
  }

  /** What waits for its next try is tried now. */
  const joinNow = (): void => {
    if (timer !== undefined) void join();
  };
  const unwatch = watchDevice({
    woke: (gapMs) => (playing ? playing.player.woke(gapMs) : joinNow()),
    reconnected: () => (playing ? playing.player.reconnected() : joinNow()),
    shown: () => playing?.player.shown(),
  });
  if (support === "none") queueMicrotask(() => tell("refused", "unsupported_browser"));
  else void join();

  return {
    state: () => state,
    stats() {
      const stats = playing?.player.stats() ?? lastStats;
      return stats && { ...stats, state: state.phase };
    },
    qualities: () => playing?.player.playback.qualities() ?? [],
    quality: () => chosenQuality,
    setQuality(id) {
      chosenQuality = id;
      playing?.player.playback.choose(id);
    },
    playingQuality: () => playing?.player.playback.playingQuality(),
    behindLiveS: () => playing?.player.playback.behindS(),
    isBehind: () => (playing?.player.playback.behindS() ?? 0) > noticeablyBehindS,
    goLive: () => playing?.player.goLive(),
    stop() {
      stopped = true;
      clearTimeout(timer);
      unwatch();
      end();
    },
  };
}
