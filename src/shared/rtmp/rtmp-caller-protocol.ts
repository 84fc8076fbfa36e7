// The calling end of one RTMP connection up to its stream: handshake, connect, createStream. Whether the caller publishes
// or plays, its subclasses know. Bytes in, bytes out: knows no sockets and no time.
import { randomBytes } from "node:crypto";
import { amf, BoundedRtmp, messageType, RtmpError } from "./bounded-rtmp.ts";

export interface RtmpCallerHandler {
  send(bytes: Buffer): void;
  /** The server said no, or that it is over. */
  refused(reason: string): void;
  /** @param sentAs what `ping` was given. */
  pong?(sentAs: number): void;
}

/** Where a caller connects: `rtmp://host:port/app`. */
export interface RtmpAddress {
  readonly app: string;
  readonly tcUrl: string;
}

const handshakeBytes = 1_536;
/** Transaction 3 and later are the subclasses'. */
const transaction = { connect: 1, createStream: 2 } as const;
const refusalMaxChars = 300;

export type CallerState = "handshake" | "connecting" | "creating" | "asking" | "running" | "ended";

export abstract class RtmpCallerProtocol extends BoundedRtmp {
  readonly #caller: RtmpCallerHandler;
  readonly #connectObject: Record<string, unknown>;
  #handshake: Buffer[] = [];
  #handshakeLength = 0;
  protected state: CallerState = "handshake";
  /** Id of the stream that the server made. */
  protected messageStream = 0;

  constructor(connectObject: Record<string, unknown>, handler: RtmpCallerHandler) {
    super();
    this.#caller = handler;
    this.#connectObject = connectObject;
    this.onOutputCallback = (bytes) => handler.send(bytes);
  }

  /** The server made a stream: ask to publish or to play. */
  protected abstract streamCreated(): void;
  /** The server's `onStatus` with a level other than error. */
  protected abstract statusReceived(code: unknown): void;

  /** C0 and C1 (5.2); call once, when the connection is open. */
  begin(): void {
    const hello = randomBytes(1 + handshakeBytes);
    hello[0] = 3;
    hello.fill(0, 1, 9);
    this.#caller.send(hello);
  }

  /** Takes bytes from the server. @throws RtmpError, or whatever the library trips over; the caller ends the connection. */
  receive(bytes: Buffer): void {
    if (this.state === "ended") return;
    if (this.state !== "handshake") {
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
    this.#caller.send(all.subarray(1, 1 + handshakeBytes));
    this.#connect();
    if (all.length > answer) this.chunkRead(all, answer, all.length - answer);
  }

  /** @param value comes back in `pong`; below 2^32. */
  ping(value: number): void {
    if (this.state !== "handshake" && this.state !== "ended") this.sendPing(value);
  }

  protected override pongReceived(sentAs: number): void {
    this.#caller.pong?.(sentAs);
  }

  override invokeHandler(): void {
    if (this.state === "ended") return;
    const { header, payload } = this.parserPacket;
    const command = amf.decodeAmf0Cmd(payload.subarray(header.type === messageType.commandAmf3 ? 1 : 0, header.length));
    const { cmd, transId, info } = command;
    if (cmd === "_result" && transId === transaction.connect && this.state === "connecting") {
      this.state = "creating";
      this.sendInvokeMessage(0, { cmd: "createStream", transId: transaction.createStream, cmdObj: null });
    } else if (cmd === "_result" && transId === transaction.createStream && this.state === "creating") {
      this.#created(info);
    } else if (cmd === "_error" && this.state !== "running") {
      this.#refuse(info);
    } else if (cmd === "onStatus") {
      const { level, code } = fields(info);
      if (level === "error") this.#refuse(info);
      else this.statusReceived(code);
    }
  }

  #connect(): void {
    // From now on the parser reads chunks.
    this.state = "connecting";
    // 0xffff, which the library cuts its messages by.
    this.setChunkSize(this.outChunkSize);
    this.sendInvokeMessage(0, { cmd: "connect", transId: transaction.connect, cmdObj: this.#connectObject });
  }

  #created(streamId: unknown): void {
    if (typeof streamId !== "number" || !Number.isSafeInteger(streamId) || streamId < 0 || streamId > 0xffff_ffff) {
      throw new RtmpError("createStream was answered without a stream id");
    }
    this.messageStream = streamId;
    this.state = "asking";
    this.streamCreated();
  }

  #refuse(info: unknown): void {
    this.state = "ended";
    const { code, description } = fields(info);
    const said = [code, description].filter((part) => typeof part === "string").join(": ");
    this.#caller.refused(said.slice(0, refusalMaxChars) || "refused without a reason");
  }
}

function fields(info: unknown): Record<string, unknown> {
  return typeof info === "object" && info !== null ? { ...info } : {};
}
