// Brings one publisher's media from MediaMTX to the stage: as RTMP where that can carry it, else through an ffmpeg that copies
// the picture and makes AAC of the sound. Knows neither gate nor slots.
import { createFlvReader } from "../../../shared/rtmp/flv-reader.ts";
import type { StreamMetadata } from "../../../shared/rtmp/link-frame.ts";
import { flvVideo } from "../../../shared/rtmp/flv.ts";
import { createRtmpPlayer } from "../../../shared/rtmp/rtmp-player.ts";
import { childEnvironment, startChild } from "../../../shared/process/child.ts";
import { loggableWords } from "./loggable-words.ts";
import { markFrameType } from "./enhanced-keyframes.ts";

export interface FeedEvents {
  metadata(metadata: StreamMetadata): void;
  /** As RTMP: the payload may be reused afterwards. */
  packet(type: number, timestampMs: number, payload: Buffer): void;
  /** Once, last; not after `stop`. */
  ended(reason: string): void;
}

export interface Feed {
  stop(): Promise<void>;
}

export type FeedKind = "rtmp" | "adapter";

const rtmpVideo = new Set(["H264", "H265", "AV1"]);
const rtmpAudio = new Set(["MPEG-4 Audio", "MPEG-4 Audio LATM", "MPEG-1/2 Audio"]);
const videoOnly = new Set(["VP8", "VP9", "M-JPEG", "MPEG-1/2 Video", "MPEG-4 Video"]);

/** How a stream of these codecs (names of MediaMTX's API) is fed; or why it cannot be carried. */
export function feedKindOf(codecs: readonly string[]): { readonly kind: FeedKind } | { readonly unsupported: string } {
  const foreign = codecs.find((codec) => videoOnly.has(codec));
  if (foreign !== undefined) return { unsupported: `Video codec ${foreign} is not supported: send H.264` };
  return { kind: codecs.every((codec) => rtmpVideo.has(codec) || rtmpAudio.has(codec)) ? "rtmp" : "adapter" };
}

const silenceTimeoutMs = 10_000;

/** @param address `host:port` of MediaMTX's RTMP. @param password lets read the path. */
export function startRtmpFeed(
  { address, path, password }: { readonly address: string; readonly path: string; readonly password: string },
  events: FeedEvents,
): Feed {
  const { hostname, port } = new URL(`http://${address}`);
  const [app = "", name = ""] = path.split("/");
  const player = createRtmpPlayer(
    {
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port || 80),
      app,
      streamName: `${name}?user=airclass&pass=${encodeURIComponent(password)}`,
      silenceTimeoutMs,
    },
    {
      metadata: (metadata) => events.metadata(metadata),
      media(type, timestampMs, payload) {
        if (type === flvVideo) markFrameType(payload);
        events.packet(type, timestampMs, payload);
      },
      ended: (reason) => events.ended(reason),
    },
  );
  return {
    stop() {
      player.destroy();
      return Promise.resolve();
    },
  };
}

const adapterInput = "-loglevel error -fflags nobuffer -analyzeduration 1000000 -probesize 500000 -rtsp_transport tcp".split(" ");
const adapterOutput =
  "-map 0:v:0? -map 0:a:0? -c:v copy -c:a aac -b:a 128k -ac 2 -ar 48000 -f flv -flvflags no_duration_filesize -flush_packets 1 pipe:1".split(
    " ",
  );
const maxComplaintChars = 500;

/** @param address `host:port` of MediaMTX's RTSP. @param password lets read the path, and can be seen by others on this machine. */
export function startAdapterFeed(
  ffmpegPath: string,
  { address, path, password }: { readonly address: string; readonly path: string; readonly password: string },
  events: FeedEvents,
): Feed {
  const child = startChild({
    command: ffmpegPath,
    args: ["-hide_banner", "-nostdin", ...adapterInput, "-i", `rtsp://airclass:${password}@${address}/${path}`, ...adapterOutput],
    stdio: ["ignore", "pipe", "pipe"],
    env: childEnvironment(),
  });
  let stopped = false;
  let complaint = "";
  const read = createFlvReader((type, timestampMs, payload) => {
    if (!stopped) events.packet(type, timestampMs, payload);
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint = loggableWords(complaint + text).slice(-maxComplaintChars);
  });
  child.stdout?.on("data", (chunk: Buffer) => {
    try {
      read(chunk);
    } catch (error) {
      // Its end follows, and is told.
      complaint = error instanceof Error ? error.message : String(error);
      child.signal("SIGKILL");
    }
  });
  void tellEnd();

  async function tellEnd(): Promise<void> {
    const exit = await child.exited;
    if (!stopped) events.ended(exit.error?.message ?? (complaint.trim() || "ffmpeg ended"));
  }

  return {
    async stop() {
      stopped = true;
      await child.stop(0);
    },
  };
}
