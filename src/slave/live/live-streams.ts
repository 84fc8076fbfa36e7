// All streams of this node, by path, bounded in number.
import type { LiveStreamReader, StreamPosition } from "./live-log.ts";
import { createLiveStream, defaultLimits } from "./live-stream.ts";
import type { LiveStream, LiveStreamLimits } from "./live-stream.ts";

export interface LiveStreamsOptions {
  /** Streams held at once, live or waiting. */
  readonly maxStreams: number;
  /** Defaults to `defaultLimits`. */
  readonly limits?: Partial<LiveStreamLimits>;
  /** Called once per stream, when it can be played for the first time. */
  readonly onPlayable?: (stream: LiveStreamReader) => void;
}

export interface LiveStreams {
  get(path: string): LiveStream | undefined;
  /** The stream of this path, made when there is none (epoch 1 unless told); undefined when there are too many. */
  open(path: string, epoch?: number): LiveStream | undefined;
  /** Closes a stream and frees its memory; false when there is none. */
  remove(path: string): boolean;
  /** Positions for heartbeats. */
  list(): StreamPosition[];
  /** Closes all; idempotent. */
  close(): void;
}

export function createLiveStreams({ maxStreams, limits, onPlayable }: LiveStreamsOptions): LiveStreams {
  const streams = new Map<string, LiveStream>();
  return {
    get: (path) => streams.get(path),
    open(path, epoch = 1) {
      const present = streams.get(path);
      if (present) return present;
      if (streams.size >= maxStreams) return undefined;
      const stream = createLiveStream({
        path,
        epoch,
        limits: { ...defaultLimits, ...limits },
        onPlayable: (playable) => onPlayable?.(playable),
      });
      streams.set(path, stream);
      return stream;
    },
    remove(path) {
      const stream = streams.get(path);
      stream?.close();
      return streams.delete(path);
    },
    list: () => [...streams.values()].map((stream) => stream.position()),
    close() {
      for (const stream of streams.values()) stream.close();
      streams.clear();
    },
  };
}
