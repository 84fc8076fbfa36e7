// How the RTMP worker process and the one that started it (a slave or a gateway) talk: length-prefixed frames over one pipe.
// Media goes as bytes, everything else as JSON. Knows neither RTMP nor ffmpeg.

/** What the worker needs to know before it listens. */
export interface WorkerConfig {
  readonly host: string;
  /** 0 asks for any free port. */
  readonly port: number;
  readonly limits: RtmpLimits;
}

export interface RtmpLimits {
  /** Open connections, publishing or not. */
  readonly maxConnections: number;
  /** Of these, from one address; beyond it the oldest that does not publish is closed. */
  readonly maxConnectionsPerAddress: number;
  /** From the TCP connection to an accepted publish, ms. */
  readonly publishDeadlineMs: number;
  /** A publisher that sends nothing for so long has timed out, ms. */
  readonly idleTimeoutMs: number;
}

export type PublisherEnd = "unpublished" | "connection_lost" | "timed_out";

/** What the publisher says about its stream in `onMetaData`; numbers are as sent, and finite. */
export interface StreamMetadata {
  readonly width?: number;
  readonly height?: number;
  readonly frameRate?: number;
  readonly hasVideo: boolean;
  readonly hasAudio: boolean;
}

/** Control frames from the worker. `session` is one RTMP connection, never reused within a worker's life. */
export type FromWorker =
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "listen_failed"; readonly code: string; readonly message: string }
  | {
      readonly kind: "publish";
      readonly session: number;
      readonly path: string;
      readonly key?: string;
      readonly token?: string;
      readonly relay?: string;
      readonly remoteAddress: string;
    }
  /** Somebody was refused by the worker itself: what was asked for is no stream. */
  | { readonly kind: "misnamed" }
  | { readonly kind: "metadata"; readonly session: number; readonly metadata: StreamMetadata }
  | { readonly kind: "end"; readonly session: number; readonly why: PublisherEnd }
  | { readonly kind: "log"; readonly level: "error" | "warn" | "debug"; readonly message: string; readonly remoteAddress: string };

/** Control frames to the worker. */
export type ToWorker =
  /** The process that decides and carries runs: each `aliveEveryMs`. */
  | { readonly kind: "alive" }
  | { readonly kind: "listen"; readonly config: WorkerConfig }
  | { readonly kind: "allow"; readonly session: number }
  | { readonly kind: "refuse"; readonly session: number; readonly reason: string }
  /** Destroys the connection at once. */
  | { readonly kind: "close"; readonly session: number };

/** How often the process that started the worker says that it runs. */
export const aliveEveryMs = 250;

export interface MediaFrame {
  readonly kind: "media";
  readonly session: number;
  /** RTMP message type: 8 audio, 9 video. */
  readonly type: number;
  /** RTMP timestamp, ms. */
  readonly timestampMs: number;
  /** The RTMP message, which is also the body of an FLV tag. */
  readonly payload: Buffer;
}

const lengthBytes = 4;
const mediaHeaderBytes = 10;
const jsonFrame = 0;
/** The largest RTMP message is 8 MiB; nothing legitimate is longer than that and a header. */
const maxFrameBytes = 8 * 1024 * 1024 + 1024;

export function encodeControl(message: FromWorker | ToWorker): Buffer {
  const text = Buffer.from(JSON.stringify(message));
  const frame = Buffer.allocUnsafe(lengthBytes + 1 + text.length);
  frame.writeUInt32BE(1 + text.length, 0);
  frame[lengthBytes] = jsonFrame;
  text.copy(frame, lengthBytes + 1);
  return frame;
}

/** Copies `payload`, which may be reused afterwards. */
export function encodeMedia(session: number, type: number, timestampMs: number, payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(lengthBytes + mediaHeaderBytes + payload.length);
  frame.writeUInt32BE(mediaHeaderBytes + payload.length, 0);
  frame.writeUInt8(type, 4);
  frame.writeUInt32BE(session, 5);
  frame.writeUInt32BE(timestampMs >>> 0, 9);
  frame.writeUInt8(0, 13);
  payload.copy(frame, lengthBytes + mediaHeaderBytes);
  return frame;
}

/**
 * A reader for one direction: call it with every chunk of the pipe, it calls `onFrame` for each whole frame.
 * Payloads share memory with the chunks. @throws RangeError on a length no frame has.
 */
export function createFrameReader(onFrame: (frame: FromWorker | ToWorker | MediaFrame) => void): (chunk: Buffer) => void {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let neededBytes = lengthBytes;
  return (chunk) => {
    pending.push(chunk);
    pendingBytes += chunk.length;
    if (pendingBytes < neededBytes) return;
    const data = pending.length === 1 ? chunk : Buffer.concat(pending, pendingBytes);
    let offset = 0;
    neededBytes = lengthBytes;
    while (data.length - offset >= lengthBytes) {
      const length = data.readUInt32BE(offset);
      if (length < 1 || length > maxFrameBytes) throw new RangeError(`A frame of ${length} bytes is out of bounds`);
      if (data.length - offset < lengthBytes + length) {
        neededBytes = lengthBytes + length;
        break;
      }
      const body = data.subarray(offset + lengthBytes, offset + lengthBytes + length);
      offset += lengthBytes + length;
      onFrame(readFrame(body));
    }
    pending = offset < data.length ? [data.subarray(offset)] : [];
    pendingBytes = data.length - offset;
  };
}

function readFrame(body: Buffer): FromWorker | ToWorker | MediaFrame {
  const type = body.readUInt8(0);
  if (type === jsonFrame) return JSON.parse(body.toString("utf8", 1)) as FromWorker | ToWorker;
  return {
    kind: "media",
    session: body.readUInt32BE(1),
    type,
    timestampMs: body.readUInt32BE(5),
    payload: body.subarray(mediaHeaderBytes),
  };
}
