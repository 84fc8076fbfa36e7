// Real fMP4 for tests, made the way the engine makes it: encoded, through FLV (times in ms), copied into fragments.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBoxSplitter } from "../../src/slave/media/box-splitter.ts";
import { testFfmpeg } from "./publisher.ts";

export interface MadeFmp4 {
  /** `ftyp` + `moov`. */
  readonly init: Buffer;
  /** `moof` + `mdat`, one by one. */
  readonly fragments: readonly Buffer[];
}

/** Not beside the ffmpeg in use: the package ffmpeg-static has none. */
export const testFfprobe = process.env["FFPROBE_PATH"] ?? "ffprobe";
const maxBytes = 64 * 1024 * 1024;
export const fragmentFlags = ["-movflags", "+empty_moov+default_base_moof+frag_discont", "-frag_duration", "1", "-use_editlist", "0"];

/** @throws Error with ffmpeg's words when it fails. */
export function ffmpeg(args: readonly string[], input?: Buffer): Buffer {
  return execFileSync(testFfmpeg, ["-hide_banner", "-v", "error", ...args], { maxBuffer: maxBytes, ...(input && { input }) });
}

export function splitFmp4(bytes: Buffer): MadeFmp4 {
  const boxes = createBoxSplitter(maxBytes).push(bytes);
  const init = Buffer.concat(boxes.filter(({ type }) => type === "ftyp" || type === "moov").map((box) => box.bytes));
  const fragments: Buffer[] = [];
  for (const [index, { type, bytes: moof }] of boxes.entries()) {
    const mdat = boxes[index + 1];
    if (type === "moof" && mdat?.type === "mdat") fragments.push(Buffer.concat([moof, mdat.bytes]));
  }
  return { init, fragments };
}

export interface MadeMedia {
  readonly seconds: number;
  /** 0 to 3. */
  readonly bFrames: number;
  readonly fps?: number;
}

/** H.264 + AAC with keyframes every 2 s, as a teacher's FLV. */
function makeFlv({ seconds, bFrames, fps = 30 }: MadeMedia): Buffer {
  const inputs = ["-f", "lavfi", "-i", `testsrc=size=320x180:rate=${fps}`, "-f", "lavfi", "-i", "sine=440:sample_rate=48000"];
  const video = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bf", String(bFrames), "-g", String(fps * 2)];
  return ffmpeg([...inputs, "-t", String(seconds), ...video, "-c:a", "aac", "-threads", "1", "-f", "flv", "-"]);
}

const mp4Output = [...fragmentFlags, "-avoid_negative_ts", "disabled", "-video_track_timescale", "90000", "-f", "mp4"];

/** As the engine makes `source`: copied. */
export function makeFmp4(media: MadeMedia): MadeFmp4 {
  return splitFmp4(ffmpeg(["-copyts", "-f", "flv", "-i", "pipe:0", "-c", "copy", ...mp4Output, "-"], makeFlv(media)));
}

/** As the engine makes a ladder: the copied source, and a smaller picture with keyframes where the source has them. */
export function makeLadder(media: MadeMedia): { readonly source: MadeFmp4; readonly small: MadeFmp4 } {
  const folder = mkdtempSync(join(tmpdir(), "airclass-ladder-"));
  try {
    const [source, small] = [join(folder, "source.mp4"), join(folder, "small.mp4")];
    const encode = [
      "-c:v",
      "libx264",
      "-preset",
      "ultrafast",
      "-tune",
      "zerolatency",
      "-g",
      "9999",
      "-force_key_frames",
      "source",
      "-fps_mode",
      "passthrough",
    ];
    ffmpeg(
      [
        "-f",
        "flv",
        "-i",
        "pipe:0",
        "-c",
        "copy",
        ...mp4Output,
        source,
        "-vf",
        "scale=160:90",
        ...encode,
        "-c:a",
        "copy",
        ...mp4Output,
        small,
      ],
      makeFlv(media),
    );
    return { source: splitFmp4(readFileSync(source)), small: splitFmp4(readFileSync(small)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface Packet {
  readonly stream: number;
  readonly ptsTicks: number;
  readonly dtsTicks: number;
  readonly bytes: number;
  readonly keyframe: boolean;
}

/** What ffprobe reads, per stream in decode order. @throws Error when it complains. */
export function probePackets(fmp4: Buffer): Packet[] {
  const args = ["-v", "error", "-show_entries", "packet=stream_index,pts,dts,size,flags", "-of", "csv=p=0", "-f", "mp4", "pipe:0"];
  const lines = execFileSync(testFfprobe, args, { input: fmp4, maxBuffer: maxBytes }).toString().trim().split("\n");
  const packets = lines.map((line) => {
    const [stream = "", pts = "", dts = "", size = "", flags = ""] = line.split(",");
    return { stream: Number(stream), ptsTicks: Number(pts), dtsTicks: Number(dts), bytes: Number(size), keyframe: flags.startsWith("K") };
  });
  return packets.toSorted((one, other) => one.stream - other.stream || one.dtsTicks - other.dtsTicks);
}
