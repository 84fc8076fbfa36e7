// What the next slave needs of a teacher's stream: metadata, sequence headers, and the frames from a keyframe on.
// Bounded; knows no connections and no slaves.
import { flvTag, flvTagHeaderBytes, readFlvPacket } from "../shared/rtmp/flv.ts";
import { createGopCache } from "../shared/rtmp/gop-cache.ts";
import type { CachedFrame, GopCache } from "../shared/rtmp/gop-cache.ts";
import type { StreamMetadata } from "../shared/rtmp/link-frame.ts";

interface Message {
  /** RTMP message type: 8 audio, 9 video. */
  readonly type: number;
  readonly timestampMs: number;
  readonly payload: Buffer;
}

interface Frame extends CachedFrame, Message {
  /** Cluster time, Unix ms. */
  readonly arrivedAtMs: number;
}

export interface StreamBuffer {
  /** Copies `payload`. @param forgettableMs RTMP time up to which a slave surely has it all; -1 to keep nothing before the newest keyframe. */
  push(message: Message, arrivedAtMs: number, forgettableMs: number): void;
  metadata: StreamMetadata | undefined;
  /** The configurations of the tracks, at the time of the frame that follows them: a jump would begin a new timeline. */
  headers(firstFrameMs: number | undefined): Message[];
  readonly frames: readonly Frame[];
  readonly bytes: number;
  /** Whether another origin can begin with this message. */
  isSwitchPoint(message: Message): boolean;
  /** Lets go of everything; nothing is pushed after it. Idempotent. */
  release(): void;
}

/** What all buffers of a gateway hold together. */
export interface BufferBudget {
  readonly maxBytes: number;
  bytes: number;
  buffers: number;
}

const maxBytes = 32 * 1024 * 1024;
const audioOnlyMs = 3_000;

/** @param budget when it is used up, who holds more than an even share gives the oldest of it. */
export function createStreamBuffer(budget: BufferBudget): StreamBuffer {
  const cache: GopCache<Frame> = createGopCache<Frame>({
    maxBytes: () =>
      budget.bytes + cache.bytes - counted <= budget.maxBytes ? maxBytes : Math.min(maxBytes, budget.maxBytes / budget.buffers),
    audioOnlyMs,
  });
  /** Bytes of this buffer in the budget. */
  let counted = 0;
  let released = false;
  budget.buffers += 1;

  function count(): void {
    budget.bytes += cache.bytes - counted;
    counted = cache.bytes;
  }
  const headers = new Map<number, Message>();
  let hasVideo = false;

  return {
    metadata: undefined,
    push({ type, timestampMs, payload }, arrivedAtMs, forgettableMs) {
      const packet = readFlvPacket(type, payload);
      hasVideo ||= packet?.track === "video";
      if (packet?.role === "config") {
        const before = headers.get(type);
        // What came under another configuration cannot be played with this one.
        if (before && !before.payload.equals(payload)) cache.clear();
        headers.set(type, { type, timestampMs, payload: Buffer.from(payload) });
      } else if (packet?.role === "frame") {
        const tag = flvTag(type, timestampMs, payload);
        const body = tag.subarray(flvTagHeaderBytes, flvTagHeaderBytes + payload.length);
        const { track, keyframe, compositionMs } = packet;
        const video = track === "video";
        cache.push(
          { tag, payload: body, type, timestampMs, arrivedAtMs, video, keyframe, mediaMs: timestampMs, compositionMs },
          forgettableMs,
        );
      }
      count();
    },
    headers: (firstFrameMs) => [...headers.values()].map((header) => ({ ...header, timestampMs: firstFrameMs ?? header.timestampMs })),
    get frames() {
      return cache.frames;
    },
    get bytes() {
      return cache.bytes;
    },
    isSwitchPoint({ type, payload }) {
      const packet = readFlvPacket(type, payload);
      return packet?.role === "frame" && (packet.keyframe || (packet.track === "audio" && !hasVideo));
    },
    release() {
      if (released) return;
      released = true;
      cache.clear();
      count();
      budget.buffers -= 1;
    },
  };
}
