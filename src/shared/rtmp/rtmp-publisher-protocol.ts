// The publishing end of one RTMP connection: handshake, connect, createStream, publish, media. Bytes in, bytes out:
// knows no sockets and no time. What the other end says is bounded like what a stranger says.
import { randomBytes } from "node:crypto";
import { amf, BoundedRtmp, kib, messageType, mib, RtmpError } from "./bounded-rtmp.ts";
import type { StreamMetadata } from "./link-frame.ts";

export interface RtmpPublisherHandler {
  send(bytes: Buffer): void;
  /** Asked when it is time to publish: `<name>?key=…`. */
  streamName(): string;
  /** NetStream.Publish.Start came: media may follow. */
  accepted(): void;
  /** The server said no, or that it is over. */
  refused(reason: string): void;
  /** @param sentAs what `ping` was given. */
  pong(sentAs: number): void;
}

const handshakeBytes = 1_536;
/** Answers are a few hundred bytes. */
const maxAnswerBytes = 16 * kib;
const chunkStream = { command: 3, audio: 4, video: 5, data: 6 } as const;
const transaction = { connect: 1, createStream: 2, publish: 3, unpublish: 4 } as const;
const refusalMaxChars = 300;

type State = "handshake" | "connecting" | "creating" | "asking" | "publishing" | "ended";

export class RtmpPublisherProtocol extends BoundedRtmp {
  readonly #handler: RtmpPublisherHandler;
  readonly #address: { readonly app: string; readonly tcUrl: string };
  #state: State = "handshake";
  #handshake: Buffer[] = [];
  #handshakeLength = 0;
  #stream = 0;
  #publishedAs = "";

  constructor(address: { readonly app: string; readonly tcUrl: string }, handler: RtmpPublisherHandler) {
    super();
    this.#handler = handler;
    this.#address = address;
    this.onOutputCallback = (bytes) => handler.send(bytes);
  }

  /** C0 and C1 (5.2); call once, when the connection is open. */
  begin(): void {
    const hello = randomBytes(1 + handshakeBytes);
    hello[0] = 3;
    hello.fill(0, 1, 9);
    this.#handler.send(hello);
  }

  /** Takes bytes from the server. @throws RtmpError, or whatever the library trips over; the caller ends the connection. */
  receive(bytes: Buffer): void {
    if (this.#state === "ended") return;
    if (this.#state !== "handshake") {
      this.chunkRead(bytes, 0, bytes.length);
      return;
    }
    this.#handshake.push(bytes);
    this.#handshakeLength += bytes.length;
    if (this.#handshake[0]?.[0] !== 3) throw new RtmpError("not RTMP");
    const answer = 1 + 2 * handshakeBytes;
    if (this.#handshakeLength < answer) return;
    const all = Buffer.concat(this.#handshake);
    this.#handshake = [];
    // C2 repeats S1. It comes after S2 and not before, which the specification allows.
    this.#handler.send(all.subarray(1, 1 + handshakeBytes));
    this.#connect();
    if (all.length > answer) this.chunkRead(all, answer, all.length - answer);
  }

  /** @param value comes back in `pong`; below 2^32. */
  ping(value: number): void {
    if (this.#state !== "handshake" && this.#state !== "ended") this.sendPing(value);
  }

  /** No effect before `accepted`. */
  metadata({ width, height, frameRate, hasVideo, hasAudio }: StreamMetadata): void {
    if (this.#state !== "publishing") return;
    const dataObj = {
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
      ...(frameRate !== undefined && { framerate: frameRate }),
      // That there is such a track; which codec it has, its own messages say.
      ...(hasVideo && { videocodecid: 7 }),
      ...(hasAudio && { audiocodecid: 10 }),
    };
    const payload = amf.encodeAmf0Data({ cmd: "@setDataFrame", method: "onMetaData", dataObj });
    this.#message(chunkStream.data, messageType.dataAmf0, 0, payload);
  }

  /** One audio or video message, unchanged; `payload` is copied. No effect before `accepted`. @param timestampMs 0 to 2^32 - 1. */
  media(type: number, timestampMs: number, payload: Buffer): void {
    if (this.#state !== "publishing" || payload.length === 0) return;
    this.#message(type === messageType.audio ? chunkStream.audio : chunkStream.video, type, timestampMs, payload);
  }

  /** Says that the stream is over; nothing is sent after it. */
  unpublish(): void {
    if (this.#state === "publishing") {
      const transId = transaction.unpublish;
      this.sendInvokeMessage(0, { cmd: "FCUnpublish", transId, cmdObj: null, streamName: this.#publishedAs });
      this.sendInvokeMessage(0, { cmd: "deleteStream", transId: transId + 1, cmdObj: null, streamId: this.#stream });
    }
    this.#state = "ended";
  }

  protected override maxMessageBytes(): number {
    return maxAnswerBytes;
  }

  protected override pongReceived(sentAs: number): void {
    this.#handler.pong(sentAs);
  }

  /** Nobody plays anything over this connection. */
  override dataHandler(): void {}

  override invokeHandler(): void {
    if (this.#state === "ended") return;
    const { header, payload } = this.parserPacket;
    const command = amf.decodeAmf0Cmd(payload.subarray(header.type === messageType.commandAmf3 ? 1 : 0, header.length));
    const { cmd, transId, info } = command;
    if (cmd === "_result" && transId === transaction.connect && this.#state === "connecting") {
      this.#state = "creating";
      this.sendInvokeMessage(0, { cmd: "createStream", transId: transaction.createStream, cmdObj: null });
    } else if (cmd === "_result" && transId === transaction.createStream && this.#state === "creating") {
      this.#publish(info);
    } else if (cmd === "_error" && this.#state !== "publishing") {
      this.#refuse(info);
    } else if (cmd === "onStatus") {
      this.#status(info);
    }
  }

  #connect(): void {
    // From now on the parser reads chunks.
    this.#state = "connecting";
    // 0xffff, which the library cuts its messages by.
    this.setChunkSize(this.outChunkSize);
    const { app, tcUrl } = this.#address;
    const cmdObj = { app, type: "nonprivate", flashVer: "FMLE/3.0 (compatible; AIRClass)", tcUrl };
    this.sendInvokeMessage(0, { cmd: "connect", transId: transaction.connect, cmdObj });
  }

  #publish(streamId: unknown): void {
    if (typeof streamId !== "number" || !Number.isSafeInteger(streamId) || streamId < 0 || streamId > 0xffff_ffff) {
      throw new RtmpError("createStream was answered without a stream id");
    }
    this.#stream = streamId;
    this.#state = "asking";
    const streamName = this.#handler.streamName();
    this.#publishedAs = streamName.split("?")[0] ?? "";
    this.sendInvokeMessage(streamId, { cmd: "publish", transId: transaction.publish, cmdObj: null, streamName, type: "live" });
  }

  #status(info: unknown): void {
    const { level, code } = fields(info);
    if (code === "NetStream.Publish.Start" && this.#state === "asking") {
      this.#state = "publishing";
      this.#handler.accepted();
    } else if (level === "error") {
      this.#refuse(info);
    }
  }

  #refuse(info: unknown): void {
    this.#state = "ended";
    const { code, description } = fields(info);
    const said = [code, description].filter((part) => typeof part === "string").join(": ");
    this.#handler.refused(said.slice(0, refusalMaxChars) || "refused without a reason");
  }

  #message(cid: number, type: number, timestamp: number, payload: Buffer): void {
    if (payload.length >= 16 * mib) return;
    const header = { fmt: 0, cid, timestamp: timestamp >>> 0, length: payload.length, type, stream_id: this.#stream };
    this.#handler.send(BoundedRtmp.chunksCreate({ header, payload }));
  }
}

function fields(info: unknown): Record<string, unknown> {
  return typeof info === "object" && info !== null ? { ...info } : {};
}
