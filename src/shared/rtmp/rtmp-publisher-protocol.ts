// The publishing end of one RTMP connection: publish, metadata, media. Bytes in, bytes out: knows no sockets and no time.
// What the other end says is bounded like what a stranger says.
import { amf, BoundedRtmp, kib, messageType, mib } from "./bounded-rtmp.ts";
import type { StreamMetadata } from "./link-frame.ts";
import { RtmpCallerProtocol } from "./rtmp-caller-protocol.ts";
import type { RtmpAddress, RtmpCallerHandler } from "./rtmp-caller-protocol.ts";

export interface RtmpPublisherHandler extends RtmpCallerHandler {
  /** Asked when it is time to publish: `<name>?key=…`. */
  streamName(): string;
  /** NetStream.Publish.Start came: media may follow. */
  accepted(): void;
  pong(sentAs: number): void;
}

/** Answers are a few hundred bytes. */
const maxAnswerBytes = 16 * kib;
const chunkStream = { command: 3, audio: 4, video: 5, data: 6 } as const;
const transaction = { publish: 3, unpublish: 4 } as const;

export class RtmpPublisherProtocol extends RtmpCallerProtocol {
  readonly #handler: RtmpPublisherHandler;
  #publishedAs = "";

  constructor({ app, tcUrl }: RtmpAddress, handler: RtmpPublisherHandler) {
    super({ app, type: "nonprivate", flashVer: "FMLE/3.0 (compatible; AIRClass)", tcUrl }, handler);
    this.#handler = handler;
  }

  /** No effect before `accepted`. */
  metadata({ width, height, frameRate, hasVideo, hasAudio }: StreamMetadata): void {
    if (this.state !== "running") return;
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
    if (this.state !== "running" || payload.length === 0) return;
    this.#message(type === messageType.audio ? chunkStream.audio : chunkStream.video, type, timestampMs, payload);
  }

  /** Says that the stream is over; nothing is sent after it. */
  unpublish(): void {
    if (this.state === "running") {
      const transId = transaction.unpublish;
      this.sendInvokeMessage(0, { cmd: "FCUnpublish", transId, cmdObj: null, streamName: this.#publishedAs });
      this.sendInvokeMessage(0, { cmd: "deleteStream", transId: transId + 1, cmdObj: null, streamId: this.messageStream });
    }
    this.state = "ended";
  }

  protected override maxMessageBytes(): number {
    return maxAnswerBytes;
  }

  /** Nobody plays anything over this connection. */
  override dataHandler(): void {}

  protected override streamCreated(): void {
    const streamName = this.#handler.streamName();
    this.#publishedAs = streamName.split("?")[0] ?? "";
    this.sendInvokeMessage(this.messageStream, {
      cmd: "publish",
      transId: transaction.publish,
      cmdObj: null,
      streamName,
      type: "live",
    });
  }

  protected override statusReceived(code: unknown): void {
    if (code !== "NetStream.Publish.Start" || this.state !== "asking") return;
    this.state = "running";
    this.#handler.accepted();
  }

  #message(cid: number, type: number, timestamp: number, payload: Buffer): void {
    if (payload.length >= 16 * mib) return;
    const header = { fmt: 0, cid, timestamp: timestamp >>> 0, length: payload.length, type, stream_id: this.messageStream };
    this.#handler.send(BoundedRtmp.chunksCreate({ header, payload }));
  }
}
