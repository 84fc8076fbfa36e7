// All streams of this node, by path, bounded in number.
import type { LiveStreamReader, StreamPosition } from "./live-log.ts";
import { createLiveStream, defaultLimits } from "./live-stream.ts";
import type { LiveStream, LiveStreamLimits } from "./live-stream.ts";

export interface LiveStreamsOptions {
  /** Streams held at once, live or waiting. */
  readonly maxStreams: number;
  /** Monotonic ms. */
  readonly now: () => number;
  /** Defaults to `defaultLimits`. */
  readonly limits?: Partial<LiveStreamLimits>;
  /** Called once per stream, when it can be played for the first time. */
  readonly onPlayable?: (stream: LiveStreamReader) => void;
  /** Called when a stream has gone live, or waits for its publisher again. */
  readonly onState?: (stream: LiveStreamReader) => void;
}

export interface LiveStreams {
  get(path: string): LiveStream | undefined;
  /** The stream of this path, made when there is none (epoch 1 unless told); undefined when there are too many. */
  open(path: string, epoch?: number): LiveStream | undefined;
  /**
   * Another, empty log in place of the one that is there, whose media is not the stream's any more (a partitioned old origin,
   * a replica that fell out of the window). No number goes back: it takes only segments after the last that the old one showed.
   * Waiting requests are told to ask again. Undefined when there are too many streams.
   */
  replace(path: string, epoch: number): LiveStream | undefined;
  /** Closes a stream and frees its memory; false when there is none. */
  remove(path: string): boolean;
  /** Positions for heartbeats. */
  list(): StreamPosition[];
  /** For metrics. */
  all(): Iterable<LiveStream>;
  /** Closes all; idempotent. */
  close(): void;
}

export function createLiveStreams({ maxStreams, now, limits, onPlayable, onState }: LiveStreamsOptions): LiveStreams {
  const streams = new Map<string, LiveStream>();

  function open(path: string, epoch = 1, minMsn = 0): LiveStream | undefined {
    const present = streams.get(path);
    if (present) return present;
    if (streams.size >= maxStreams) return undefined;
    const stream = createLiveStream({
      path,
      epoch,
      minMsn,
      limits: { ...defaultLimits, ...limits },
      now,
      onPlayable: (playable) => onPlayable?.(playable),
      onState: (changed) => onState?.(changed),
    });
    streams.set(path, stream);
    return stream;
  }

  return {
    get: (path) => streams.get(path),
    open: (path, epoch) => open(path, epoch),
    replace(path, epoch) {
      const former = streams.get(path);
      const shown = former ? Math.max(former.minMsn - 1, former.position().msn) : -1;
      streams.delete(path);
      const stream = open(path, epoch, shown + 1);
      // After the new one is in its place, so that whoever asks again at once finds it.
      former?.close("replaced");
      return stream;
    },
    remove(path) {
      const stream = streams.get(path);
      stream?.close();
      return streams.delete(path);
    },
    all: () => streams.values(),
    list: () => [...streams.values()].map((stream) => stream.position()),
    close() {
      for (const stream of streams.values()) stream.close();
      streams.clear();
    },
  };
}
