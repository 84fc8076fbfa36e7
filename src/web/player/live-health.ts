// Whether a WebRTC session still brings the class. Pure: fed with what the browser has counted, a few times a second.

export interface LiveSample {
  /** Monotonic ms. */
  readonly nowMs: number;
  /** Packets of the picture received, and frames decoded, since the session began. */
  readonly packets: number;
  readonly frames: number;
  readonly connection: RTCPeerConnectionState;
  /** A hidden page is shown no pictures, and that is no fault. */
  readonly hidden: boolean;
}

export type LiveVerdict =
  | "well"
  /** The picture stands; nothing is known yet. */
  | "stalled"
  /** Nothing comes any more: the node is to be asked whether it is there. */
  | "silent"
  /** It is over: no answer of the browser's connection, or of the teacher, for too long. */
  | "lost";

/** Frames come every 33 to 100 ms; a school's Wi-Fi holds some back now and then. */
const stalledMs = 500;
const silentMs = 600;
/** HLS begins within half a second, and tells a student what he waits for; this does not. The picture is to move again within 3 s. */
const noPacketsMs = 2_250;
/** Packets without pictures: after a loss the next keyframe is waited for, and those are up to 4 s apart. */
const noFramesMs = 4_000;

export interface LiveHealth {
  step(sample: LiveSample): LiveVerdict;
}

/** @param beganMs monotonic: when the first picture was there */
export function createLiveHealth(beganMs: number): LiveHealth {
  let [packetsMs, framesMs, lookedMs] = [beganMs, beganMs, beganMs];
  let [packets, frames] = [-1, -1];
  return {
    step(sample) {
      const { nowMs } = sample;
      // This did not run for a while (a device that slept): nothing was looked at meanwhile.
      const missedMs = Math.max(0, nowMs - lookedMs - stalledMs);
      lookedMs = nowMs;
      packetsMs = sample.packets === packets ? packetsMs + missedMs : nowMs;
      framesMs = sample.frames === frames && !sample.hidden ? framesMs + missedMs : nowMs;
      [packets, frames] = [sample.packets, sample.frames];
      if (sample.connection === "failed" || sample.connection === "closed") return "lost";
      if (nowMs - packetsMs > noPacketsMs || nowMs - framesMs > noFramesMs) return "lost";
      if (nowMs - packetsMs > silentMs) return "silent";
      return nowMs - framesMs > stalledMs ? "stalled" : "well";
    },
  };
}
