// RTMP of one connection: node-media-server's parser with everything that a stranger could abuse taken over here.
// The only file that imports node-media-server. Knows no sockets, no gate and no other connection.
import logger from "node-media-server/src/core/logger.js";
import amf from "node-media-server/src/protocol/amf.js";
import Rtmp from "node-media-server/src/protocol/rtmp.js";
import type { StreamMetadata } from "./link-frame.ts";
import { isRtmpApp, readStreamTarget } from "./stream-target.ts";
import type { StreamTarget } from "./stream-target.ts";

// The library prints what strangers send to the terminal of its process; one line per packet would fill a disk.
logger.log = () => undefined;

/** A peer that breaks the protocol or a bound; the connection ends, the message is for the debug log. */
class RtmpError extends Error {
  override readonly name = "RtmpError";
}

export interface RtmpHandler {
  send(bytes: Buffer): void;
  /** Asked once per connection; answer with `acceptPublish` or `refusePublish`. */
  publishRequested(target: StreamTarget): void;
  /** `payload` is reused for the next message: copy or write it before returning. */
  media(type: number, timestampMs: number, payload: Buffer): void;
  metadata(metadata: StreamMetadata): void;
  unpublished(): void;
  /** Nothing more is to be said to this peer: send what is written, then close. */
  finished(why: string): void;
}

const kib = 1024;
const mib = 1024 * kib;
/** RTMP message types (RTMP 1.0 specification 5.4, 7.1). */
const message = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  commandAmf3: 17,
  dataAmf0: 18,
} as const;
const userControl = { pingRequest: 6, pingResponse: 7 } as const;

const maxChunkStreams = 16;
const maxCommandBytes = 64 * kib;
const maxVideoBytes = 8 * mib;
const maxAudioBytes = 256 * kib;
/** All message buffers of a connection together. */
const maxBufferedBytes = 12 * mib;
/** 5.4.1: the highest bit is zero; larger than any message makes no sense. */
const maxChunkSize = 16 * mib;
const maxMetadataMessages = 100;
const windowBytes = 2_500_000;

type State = "connecting" | "connected" | "asking" | "publishing" | "ended";

export class RtmpProtocol extends Rtmp {
  readonly #handler: RtmpHandler;
  #state: State = "connecting";
  #app = "";
  #receivedBytes = 0;
  #acknowledgedBytes = 0;
  #bufferedBytes = 0;
  #metadataMessages = 0;

  constructor(handler: RtmpHandler) {
    super();
    this.#handler = handler;
    this.onOutputCallback = (bytes) => handler.send(bytes);
    // Its FLV parser holds 1 MiB per connection and is for pulling only.
    this.flv = undefined;
  }

  /** Takes bytes from the peer. @throws RtmpError, or whatever the library trips over; the caller ends the connection. */
  receive(bytes: Buffer): void {
    if (this.#state === "ended") return;
    // 5.2.2: version 3; so an HTTP request ends here and not after 1.5 KiB.
    if (this.#receivedBytes === 0 && bytes[0] !== 3) throw new RtmpError("not RTMP");
    this.#receivedBytes += bytes.length;
    this.parserData(bytes);
    const window = Math.min(this.ackSize ?? windowBytes, windowBytes);
    if (this.#receivedBytes - this.#acknowledgedBytes >= window) {
      this.#acknowledgedBytes = this.#receivedBytes;
      this.sendACK(this.#receivedBytes % 2 ** 32);
    }
  }

  acceptPublish(): void {
    if (this.#state !== "asking") return;
    this.#state = "publishing";
    this.respondPublish();
  }

  /** Before Publish.Start, so that OBS stops and shows it instead of trying for hours; of the codes it knows, Denied fits best. */
  refusePublish(reason: string): void {
    if (this.#state !== "asking") return;
    this.sendStatusMessage(this.streamId, "error", "NetStream.Publish.Denied", reason.slice(0, 200));
    this.#finish(reason);
  }

  /** The library adds before it shifts for three-byte chunk stream ids (5.3.1.1), and knows no bound. */
  override packetParse(): void {
    const { parserBuffer } = this;
    const fmt = parserBuffer.readUInt8(0) >> 6;
    const cid =
      this.parserBasicBytes === 1
        ? parserBuffer.readUInt8(0) & 0x3f
        : 64 + parserBuffer.readUInt8(1) + (this.parserBasicBytes === 3 ? parserBuffer.readUInt8(2) * 256 : 0);
    let packet = this.inPackets.get(cid);
    if (!packet) {
      if (fmt === 3) throw new RtmpError("a chunk stream begins without a header");
      if (this.inPackets.size >= maxChunkStreams) throw new RtmpError("too many chunk streams");
      packet = {
        header: { fmt, cid, timestamp: 0, length: 0, type: 0, stream_id: 0 },
        clock: 0,
        payload: Buffer.alloc(0),
        capacity: 0,
        bytes: 0,
      };
      this.inPackets.set(cid, packet);
    }
    // A full header in the middle of a message starts a new one; the library would go on with another length.
    if (fmt !== 3) packet.bytes = 0;
    packet.header.fmt = fmt;
    this.parserPacket = packet;
    this.chunkMessageHeaderRead();
  }

  override packetAlloc(): void {
    const { header, capacity } = this.parserPacket;
    if (header.length > this.#maxMessageBytes(header.type)) {
      throw new RtmpError(`a message of ${header.length} bytes, type ${header.type}`);
    }
    if (header.length <= capacity) return;
    super.packetAlloc();
    this.#bufferedBytes += this.parserPacket.capacity - capacity;
    if (this.#bufferedBytes > maxBufferedBytes) throw new RtmpError("too many unfinished messages");
  }

  #maxMessageBytes(type: number): number {
    if (this.#state !== "publishing") return maxCommandBytes;
    if (type === message.video) return maxVideoBytes;
    return type === message.audio ? maxAudioBytes : maxCommandBytes;
  }

  override controlHandler(): void {
    const { header, payload } = this.parserPacket;
    if (header.length < 4) throw new RtmpError("a control message is too short");
    const value = payload.readUInt32BE(0);
    if (header.type === message.setChunkSize) {
      if (value < 1 || value > maxChunkSize) throw new RtmpError(`chunk size ${value}`);
      this.inChunkSize = value;
    } else if (header.type === message.abort) {
      const aborted = this.inPackets.get(value);
      if (aborted) aborted.bytes = 0;
    } else if (header.type === message.windowAckSize) {
      if (value < kib) throw new RtmpError(`acknowledgement window ${value}`);
      this.ackSize = value;
    }
  }

  override eventHandler(): void {
    const { header, payload } = this.parserPacket;
    if (header.length < 6 || payload.readUInt16BE(0) !== userControl.pingRequest) return;
    const answer = Buffer.from("020000000000060400000000000000000000", "hex");
    answer.writeUInt16BE(userControl.pingResponse, 12);
    payload.copy(answer, 14, 2, 6);
    this.onOutputCallback(answer);
  }

  override invokeHandler(): void {
    if (this.#state === "ended") return;
    const { header, payload } = this.parserPacket;
    const command = amf.decodeAmf0Cmd(payload.subarray(header.type === message.commandAmf3 ? 1 : 0, header.length));
    if (typeof command["cmd"] !== "string") throw new RtmpError("a command without a name");
    const transaction = typeof command["transId"] === "number" ? command["transId"] : 0;
    switch (command["cmd"]) {
      case "connect":
        return this.#connect(transaction, command["cmdObj"]);
      case "createStream":
        if (this.#state === "connecting" || this.streams >= 8) throw new RtmpError("createStream out of turn");
        return this.respondCreateStream(transaction);
      case "publish":
        return this.#publish(command["streamName"]);
      case "play":
      case "play2":
        // Viewers have tokens and HLS; nothing leaves over RTMP.
        this.sendStatusMessage(header.stream_id, "error", "NetStream.Play.Failed", "Streams are not played over RTMP here.");
        return this.#finish("asked to play");
      case "FCUnpublish":
      case "deleteStream":
      case "closeStream":
        if (this.#state === "publishing") this.#handler.unpublished();
        return this.#finish("unpublished");
      case "releaseStream":
      case "FCPublish":
        return this.sendInvokeMessage(0, { cmd: "_result", transId: transaction, cmdObj: null, info: undefined });
      default:
        return;
    }
  }

  #connect(transaction: number, options: unknown): void {
    if (this.#state !== "connecting") throw new RtmpError("connect twice");
    const given: Record<string, unknown> = typeof options === "object" && options !== null ? { ...options } : {};
    this.sendWindowACK(windowBytes);
    this.setPeerBandwidth(windowBytes, 2);
    this.setChunkSize(this.outChunkSize);
    const app = given["app"];
    if (typeof app !== "string" || !isRtmpApp(app)) {
      this.sendInvokeMessage(0, {
        cmd: "_error",
        transId: transaction,
        cmdObj: null,
        info: {
          level: "error",
          code: "NetConnection.Connect.Rejected",
          description: "The server address ends in /live, for example rtmp://host/live",
        },
      });
      return this.#finish("unknown app");
    }
    this.#app = app;
    this.streamApp = app;
    this.objectEncoding = 0;
    this.#state = "connected";
    this.respondConnect(transaction);
  }

  #publish(streamName: unknown): void {
    if (this.#state !== "connected") throw new RtmpError("publish out of turn");
    this.#state = "asking";
    this.streamId = this.parserPacket.header.stream_id;
    const target = typeof streamName === "string" ? readStreamTarget(this.#app, streamName) : undefined;
    if (!target) return this.refusePublish("The stream key must be <class name>?key=<stream key>.");
    this.streamName = target.path;
    this.#handler.publishRequested(target);
  }

  /** Hands messages out as they came; the library's packet would misread negative composition times and unknown codecs. */
  override dataHandler(): void {
    if (this.#state !== "publishing") return;
    const { header, payload, clock } = this.parserPacket;
    const body = payload.subarray(0, header.length);
    if (header.type === message.audio || header.type === message.video) {
      if (body.length > 0) this.#handler.media(header.type, clock, body);
      return;
    }
    this.#metadataMessages += 1;
    if (this.#metadataMessages > maxMetadataMessages) return;
    const data = amf.decodeAmf0Data(header.type === message.dataAmf3 ? body.subarray(1) : body);
    const object = data["dataObj"];
    if (typeof object === "object" && object !== null) this.#handler.metadata(readMetadata({ ...object }));
  }

  #finish(why: string): void {
    this.#state = "ended";
    this.#handler.finished(why);
  }
}

function readMetadata(given: Record<string, unknown>): StreamMetadata {
  const number = (field: string): number | undefined => {
    const value = given[field];
    return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : undefined;
  };
  const width = number("width");
  const height = number("height");
  const frameRate = number("framerate");
  return {
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(frameRate !== undefined && { frameRate }),
    // Encoders name a codec for each track that they have; as a number or as text.
    hasVideo: given["videocodecid"] !== undefined || width !== undefined,
    hasAudio: given["audiocodecid"] !== undefined || given["audiosamplerate"] !== undefined,
  };
}
