// The port between the player and what plays: hls.js where there is Media Source, else the browser itself.
import type { StreamRoute } from "../../shared/viewing/stream-route.ts";
import type { PlayerEvent, PlayerPhase } from "./player-state.ts";

/** Id of the quality that comes by WebRTC, with a fraction of the others' delay; its height and bitrate are not known. */
export const webrtcQualityId = "webrtc";

/** One way to see the class; what the teacher sends is always one of them. */
export interface Quality {
  /** Stable for as long as the class lasts, also after a reconnect. */
  readonly id: string;
  /** Lines of the picture; 0 when unknown. */
  readonly height: number;
  /** Bits per second at most. */
  readonly bitrate: number;
}

export interface Playback {
  /** When the picture was taken, by program date-time. */
  playingDate(): Date | undefined;
  /** Seconds later than a viewer who has just come would see it; undefined while nothing can be said. */
  behindS(): number | undefined;
  /** Also to where nothing is buffered yet. */
  toEdge(): void;
  /** Everything anew at the live edge: what is here is of another time. */
  renew(): void;
  /** The stream goes on at another node. */
  moved(): void;
  /** What waits for its next try is tried now. */
  retryNow(): void;
  /** The picture moves. */
  progressed(): void;
  /** Twice a second. */
  watch(): void;
  /** Best first; empty where they cannot be chosen, or are not known yet. */
  qualities(): readonly Quality[];
  /** "auto", or the id of a quality; one that does not exist (any more) is as good as "auto". */
  choose(qualityId: string): void;
  playingQuality(): string | undefined;
  /** What plays is just being exchanged for something that plays already: the element takes that for a stall. */
  isSwapping?(): boolean;
  stop(): void;
}

export interface PlaybackDeps {
  readonly video: HTMLVideoElement;
  readonly route: StreamRoute;
  readonly random: () => number;
  readonly phase: () => PlayerPhase;
  readonly tell: (event: PlayerEvent) => void;
  /** A playlist that was there before is not known to the node: resolves true when the request is worth repeating. */
  readonly missing: () => Promise<boolean>;
}
