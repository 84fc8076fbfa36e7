// The playing end of one RTMP connection: asks for a stream and hands out its messages as they came. Bytes in, bytes out:
// knows no sockets and no time. What the other end says is bounded like what a stranger says.
import { amf, kib, messageType, mib } from "./bounded-rtmp.ts";
import type { StreamMetadata } from "./link-frame.ts";
import { readMetadata } from "./read-metadata.ts";
import { RtmpCallerProtocol } from "./rtmp-caller-protocol.ts";
import type { RtmpAddress, RtmpCallerHandler } from "./rtmp-caller-protocol.ts";

export interface RtmpPlayerHandler extends RtmpCallerHandler {
  /** NetStream.Play.Start came. */
  accepted(): void;
  /** `payload` is reused for the next message: copy or write it before returning. */
  media(type: number, timestampMs: number, payload: Buffer): void;
  metadata(metadata: StreamMetadata): void;
}

const maxAnswerBytes = 64 * kib;
const maxVideoBytes = 8 * mib;
const maxAudioBytes = 256 * kib;
const acknowledgeEveryBytes = 1 * mib;
const playTransaction = 3;
/** What is wanted beyond H.264, AAC and MP3 (Enhanced RTMP v2, `fourCcList`). */
const fourCcs = ["hvc1", "av01", "Opus"];

export class RtmpPlayerProtocol extends RtmpCallerProtocol {
  readonly #handler: RtmpPlayerHandler;
  readonly #streamName: string;
  #receivedBytes = 0;
  #acknowledgedBytes = 0;

  /** @param streamName `<name>?<query>`. */
  constructor({ app, tcUrl }: RtmpAddress, streamName: string, handler: RtmpPlayerHandler) {
    // The mark makes the library write a strict array (AMF0 2.12) and not one with names.
    const fourCcList = Object.assign([...fourCcs], { sarray: true });
    super(
      { app, flashVer: "LNX 9,0,124,2", tcUrl, fpad: false, capabilities: 15, audioCodecs: 4071, videoCodecs: 252, fourCcList },
      handler,
    );
    this.#handler = handler;
    this.#streamName = streamName;
  }

  override receive(bytes: Buffer): void {
    super.receive(bytes);
    this.#receivedBytes += bytes.length;
    if (this.state === "ended" || this.#receivedBytes - this.#acknowledgedBytes < acknowledgeEveryBytes) return;
    this.#acknowledgedBytes = this.#receivedBytes;
    this.sendACK(this.#receivedBytes % 2 ** 32);
  }

  protected override maxMessageBytes(type: number): number {
    if (this.state !== "running") return maxAnswerBytes;
    if (type === messageType.video) return maxVideoBytes;
    return type === messageType.audio ? maxAudioBytes : maxAnswerBytes;
  }

  protected override streamCreated(): void {
    this.sendInvokeMessage(this.messageStream, {
      cmd: "play",
      transId: playTransaction,
      cmdObj: null,
      streamName: this.#streamName,
      start: -1000,
    });
  }

  protected override statusReceived(code: unknown): void {
    if (code !== "NetStream.Play.Start" || this.state !== "asking") return;
    this.state = "running";
    this.#handler.accepted();
  }

  override dataHandler(): void {
    if (this.state !== "running") return;
    const { header, payload, clock } = this.parserPacket;
    const body = payload.subarray(0, header.length);
    if (header.type === messageType.audio || header.type === messageType.video) {
      if (body.length > 0) this.#handler.media(header.type, clock, body);
      return;
    }
    const data = amf.decodeAmf0Data(header.type === messageType.dataAmf3 ? body.subarray(1) : body);
    const object = data["dataObj"];
    if (typeof object === "object" && object !== null) this.#handler.metadata(readMetadata({ ...object }));
  }
}
