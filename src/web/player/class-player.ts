// One call for a page that wants to show a class: joins it, plays it, goes on through failures of nodes, reports how it
// went. The library's surface (docs/player.md); knows no page and no framework.
import { createBackoff } from "../../shared/kernel/backoff.ts";
import { createPlaybackReporter, type PlaybackReporter } from "./playback-report.ts";
import { createPlayer, type Player, type PlayerStats } from "./player.ts";
import type { PlayerPhase } from "./player-state.ts";
import { createStreamRoute } from "../../shared/viewing/stream-route.ts";
import { createTokenClient } from "../../shared/viewing/token-client.ts";
import { isTemporary, type RefusalReason, type TokenGrant } from "../../shared/viewing/token-grant.ts";

export interface ClassPlayerState {
  /** `joining`: the master has not let the viewer in yet. */
  readonly phase: PlayerPhase | "joining";
  /** Why the viewer is not let in: for good when the phase is `refused`, else until a later try. */
  readonly refusal: RefusalReason | undefined;
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
  /** Called at each change; not for the state at the beginning, `joining`. */
  readonly onState?: ((state: ClassPlayerState) => void) | undefined;
}

export interface ClassPlayer {
  state(): ClassPlayerState;
  /** Figures of playback; undefined until the viewer is let in. */
  stats(): PlayerStats | undefined;
  /** Ends playback and all requests; the element can be used for something else. */
  stop(): void;
}

/**
 * Plays the class `className` in `video` until `stop()`; goes on by itself whatever fails, and throws nothing.
 * `video` should be `muted` and `playsinline`, or be played after a touch: browsers allow no sound without one.
 */
export function createClassPlayer({ video, masterUrl = "", className, userId, joinCode, onState }: ClassPlayerOptions): ClassPlayer {
  const client = createTokenClient(masterUrl.replace(/\/+$/, ""), (...request) => fetch(...request), Date.now);
  const request = { userId, className, joinCode };
  const backoff = createBackoff({ minMs: 1_000, maxMs: 8_000 });
  let state: ClassPlayerState = { phase: "joining", refusal: undefined };
  let player: Player | undefined;
  let reporter: PlaybackReporter | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;

  function tell(next: ClassPlayerState): void {
    if (stopped || (next.phase === state.phase && next.refusal === state.refusal)) return;
    state = next;
    onState?.(state);
  }

  async function join(): Promise<void> {
    const answer = await client.join(request);
    if (stopped) return;
    if (answer.granted) {
      play(answer.grant);
      return;
    }
    const { refusal } = answer;
    if (!isTemporary(refusal)) {
      tell({ phase: "refused", refusal: refusal.reason });
      return;
    }
    tell({ phase: "joining", refusal: refusal.reason });
    // Retry-After is the same for all who were refused: the backoff spreads them.
    timer = setTimeout(() => void join(), (refusal.retryAfterS ?? 0) * 1000 + backoff.next());
  }

  function play(grant: TokenGrant): void {
    const monotonicMs = (): number => performance.now();
    const schedule = (work: () => void, delayMs: number): (() => void) => {
      const timer = setTimeout(work, delayMs);
      return () => clearTimeout(timer);
    };
    const route = createStreamRoute(
      request,
      grant,
      { client, monotonicMs, random: Math.random, schedule },
      {
        trouble: (status) => player?.trouble(status),
        moved: () => player?.moved(),
        refused({ reason }) {
          player?.refuse();
          tell({ phase: "refused", refusal: reason });
        },
      },
    );
    tell({ phase: "connecting", refusal: undefined });
    const playing = createPlayer({
      video,
      route,
      random: Math.random,
      // Of a refusal the route tells, with its reason.
      onState: ({ phase }) => phase !== "refused" && tell({ phase, refusal: undefined }),
    });
    player = playing;
    reporter = createPlaybackReporter({
      stats: () => playing.stats(),
      address: () => route.grant(),
      fetcher: (...sent) => fetch(...sent),
      monotonicMs,
    });
  }

  void join();
  return {
    state: () => state,
    stats: () => player?.stats(),
    stop() {
      stopped = true;
      clearTimeout(timer);
      reporter?.stop();
      player?.stop();
    },
  };
}
