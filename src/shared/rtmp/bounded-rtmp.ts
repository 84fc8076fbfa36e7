// node-media-server's RTMP parser with the bounds that it lacks, for both ends of a connection. The only file that
// imports node-media-server. Knows neither what is published nor who may.
import logger from "node-media-server/src/core/logger.js";
import amf from "node-media-server/src/protocol/amf.js";
import Rtmp from "node-media-server/src/protocol/rtmp.js";

export { amf };

// The library prints what strangers send to the terminal of its process; one line per packet would fill a disk.
logger.log = () => undefined;

/** A peer that breaks the protocol or a bound; the connection ends, the message is for the debug log. */
export class RtmpError extends Error {
  override readonly name = "RtmpError";
}

export const kib = 1024;
export const mib = 1024 * kib;

/** RTMP message types (RTMP 1.0 specification 5.4, 7.1). */
export const messageType = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  commandAmf3: 17,
  dataAmf0: 18,
} as const;
/** User control events (7.1.7). */
const userControl = { pingRequest: 6, pingResponse: 7 } as const;

const maxChunkStreams = 16;
/** All message buffers of a connection together. */
const maxBufferedBytes = 12 * mib;
/** 5.4.1: the highest bit is zero; larger than any message makes no sense. */
const maxChunkSize = 16 * mib;

export abstract class BoundedRtmp extends Rtmp {
  #bufferedBytes = 0;

  constructor() {
    super();
    // Its FLV parser holds 1 MiB per connection and is for pulling only.
    this.flv = undefined;
  }

  /** The longest message of a type that the peer may send now. */
  protected abstract maxMessageBytes(type: number): number;

  /** The peer answered a ping. @param sentAs what `sendPing` was given. */
  protected pongReceived?(sentAs: number): void;

  /** @param value comes back in the pong; below 2^32. */
  protected sendPing(value: number): void {
    this.#sendUserControl(userControl.pingRequest, value);
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
    if (header.length > this.maxMessageBytes(header.type)) {
      throw new RtmpError(`a message of ${header.length} bytes, type ${header.type}`);
    }
    if (header.length <= capacity) return;
    super.packetAlloc();
    this.#bufferedBytes += this.parserPacket.capacity - capacity;
    if (this.#bufferedBytes > maxBufferedBytes) throw new RtmpError("too many unfinished messages");
  }

  override controlHandler(): void {
    const { header, payload } = this.parserPacket;
    if (header.length < 4) throw new RtmpError("a control message is too short");
    const value = payload.readUInt32BE(0);
    if (header.type === messageType.setChunkSize) {
      if (value < 1 || value > maxChunkSize) throw new RtmpError(`chunk size ${value}`);
      this.inChunkSize = value;
    } else if (header.type === messageType.abort) {
      const aborted = this.inPackets.get(value);
      if (aborted) aborted.bytes = 0;
    } else if (header.type === messageType.windowAckSize) {
      if (value < kib) throw new RtmpError(`acknowledgement window ${value}`);
      this.ackSize = value;
    }
  }

  override eventHandler(): void {
    const { header, payload } = this.parserPacket;
    if (header.length < 6) return;
    const event = payload.readUInt16BE(0);
    if (event === userControl.pingRequest) this.#sendUserControl(userControl.pingResponse, payload.readUInt32BE(2));
    else if (event === userControl.pingResponse) this.pongReceived?.(payload.readUInt32BE(2));
  }

  #sendUserControl(event: number, value: number): void {
    const bytes = Buffer.from("020000000000060400000000000000000000", "hex");
    bytes.writeUInt16BE(event, 12);
    bytes.writeUInt32BE(value, 14);
    this.onOutputCallback(bytes);
  }
}
