// Types of the parts of node-media-server that bounded-rtmp.ts uses; the package has none of its own.
declare module "node-media-server/src/protocol/rtmp.js" {
  interface RtmpMessage {
    header: { fmt: number; cid: number; timestamp: number; length: number; type: number; stream_id: number };
    clock: number;
    payload: Buffer;
    capacity: number;
    bytes: number;
  }
  type OutgoingMessage = Pick<RtmpMessage, "header" | "payload">;
  export default class Rtmp {
    static chunksCreate(message: OutgoingMessage): Buffer;
    parserBuffer: Buffer;
    parserBasicBytes: number;
    parserPacket: RtmpMessage;
    inPackets: Map<number, RtmpMessage>;
    inChunkSize: number;
    outChunkSize: number;
    ackSize: number | undefined;
    objectEncoding: number;
    streams: number;
    streamId: number;
    streamApp: string;
    streamName: string;
    flv: unknown;
    onOutputCallback: (bytes: Buffer) => void;
    parserData(bytes: Buffer): string | null;
    chunkRead(bytes: Buffer, offset: number, length: number): string | null;
    packetParse(): void;
    chunkMessageHeaderRead(): number;
    packetAlloc(): void;
    controlHandler(): void;
    eventHandler(): void;
    invokeHandler(): void;
    dataHandler(): void;
    sendACK(bytes: number): void;
    sendWindowACK(bytes: number): void;
    setPeerBandwidth(bytes: number, type: number): void;
    setChunkSize(bytes: number): void;
    sendInvokeMessage(streamId: number, message: Record<string, unknown>): void;
    sendStatusMessage(streamId: number, level: string, code: string, description: string): void;
    respondConnect(transaction: number): void;
    respondCreateStream(transaction: number): void;
    respondPublish(): void;
  }
}
declare module "node-media-server/src/protocol/amf.js" {
  const amf: {
    decodeAmf0Cmd(bytes: Buffer): Record<string, unknown>;
    decodeAmf0Data(bytes: Buffer): Record<string, unknown>;
    encodeAmf0Data(message: Record<string, unknown>): Buffer;
  };
  export default amf;
}
declare module "node-media-server/src/core/logger.js" {
  const logger: { log: (message: unknown, level?: string) => void };
  export default logger;
}
