// RTMP of one publisher's connection: everything that a stranger could abuse is decided here.
// Knows no sockets, no gate and no other connection.
import { amf, BoundedRtmp, kib, messageType, mib, RtmpError } from "./bounded-rtmp.ts";
import { publishRefusals } from "../protocol/publish-refusals.ts";
import type { StreamMetadata } from "./link-frame.ts";
import { readMetadata } from "./read-metadata.ts";
import { isRtmpApp, readStreamTarget } from "./stream-target.ts";
import type { StreamTarget } from "./stream-target.ts";

export interface RtmpHandler {
  send(bytes: Buffer): void;
  /** Asked once per connection; answer with `acceptPublish` or `refusePublish`. */
  publishRequested(target: StreamTarget): void;
  /** Refused here, since what was asked for is no stream. */
  misnamed(): void;
  /** `payload` is reused for the next message: copy or write it before returning. */
  media(type: number, timestampMs: number, payload: Buffer): void;
  metadata(metadata: StreamMetadata): void;
  unpublished(): void;
  /** Nothing more is to be said to this peer: send what is written, then close. */
  finished(why: string): void;
}

const maxCommandBytes = 64 * kib;
const maxVideoBytes = 8 * mib;
const maxAudioBytes = 256 * kib;
const maxMetadataMessages = 100;
const windowBytes = 2_500_000;

type State = "connecting" | "connected" | "asking" | "publishing" | "ended";

export class RtmpProtocol extends BoundedRtmp {
  readonly #handler: RtmpHandler;
  #state: State = "connecting";
  #app = "";
  #receivedBytes = 0;
  #acknowledgedBytes = 0;
  #metadataMessages = 0;

  constructor(handler: RtmpHandler) {
    super();
    this.#handler = handler;
    this.onOutputCallback = (bytes) => handler.send(bytes);
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

  protected override maxMessageBytes(type: number): number {
    if (this.#state !== "publishing") return maxCommandBytes;
    if (type === messageType.video) return maxVideoBytes;
    return type === messageType.audio ? maxAudioBytes : maxCommandBytes;
  }

  override invokeHandler(): void {
    if (this.#state === "ended") return;
    const { header, payload } = this.parserPacket;
    const command = amf.decodeAmf0Cmd(payload.subarray(header.type === messageType.commandAmf3 ? 1 : 0, header.length));
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
    if (!target) {
      this.#handler.misnamed();
      return this.refusePublish(publishRefusals.badName.reason);
    }
    this.streamName = target.path;
    this.#handler.publishRequested(target);
  }

  /** Hands messages out as they came; the library's packet would misread negative composition times and unknown codecs. */
  override dataHandler(): void {
    if (this.#state !== "publishing") return;
    const { header, payload, clock } = this.parserPacket;
    const body = payload.subarray(0, header.length);
    if (header.type === messageType.audio || header.type === messageType.video) {
      if (body.length > 0) this.#handler.media(header.type, clock, body);
      return;
    }
    this.#metadataMessages += 1;
    if (this.#metadataMessages > maxMetadataMessages) return;
    const data = amf.decodeAmf0Data(header.type === messageType.dataAmf3 ? body.subarray(1) : body);
    const object = data["dataObj"];
    if (typeof object === "object" && object !== null) this.#handler.metadata(readMetadata({ ...object }));
  }

  #finish(why: string): void {
    this.#state = "ended";
    this.#handler.finished(why);
  }
}
