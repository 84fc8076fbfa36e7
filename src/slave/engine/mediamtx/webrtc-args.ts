// What ffmpeg is to make of a stream so that browsers can take it by WebRTC: H.264 without B-frames and with keyframes often
// enough to join, Opus. Pure.
import type { CopyStart } from "../stage/stream-copies.ts";

/** A viewer sees nothing before the next keyframe. */
const maxKeyframeIntervalS = 4;
/** Every half second at first: who waits for the copy connects while its beginning passes by. Then every two. */
const encodedKeyframes = "expr:gte(t,if(lt(n_forced,4),n_forced*0.5,(n_forced-3)*2))";

/** Whether the picture cannot be passed on as it is. */
export function needsEncoding({ video }: Pick<CopyStart, "video">): boolean {
  return video !== undefined && (video.codec !== "h264" || video.bFrames || (video.keyframeIntervalS ?? 0) > maxKeyframeIntervalS);
}

/** @param skipMs what comes first is only there to decode what follows. @param url of RTSP. */
export function webRtcArguments(
  start: Pick<CopyStart, "video" | "hasAudio">,
  { skipMs, url }: { readonly skipMs: number; readonly url: string },
): string[] {
  const encode = needsEncoding(start);
  return [
    // Not with `nobuffer`: that throws away what ffmpeg looked at first, and with it the keyframe.
    "-hide_banner -loglevel error -analyzeduration 1 -probesize 5000 -fpsprobesize 0 -f flv -i pipe:0".split(" "),
    encode && skipMs > 0 ? ["-ss", (skipMs / 1000).toFixed(3)] : [],
    start.video ? ["-map", "0:v:0"] : [],
    start.hasAudio ? ["-map", "0:a:0?"] : [],
    start.video && !encode ? "-c:v copy".split(" ") : [],
    encode
      ? `-c:v libx264 -preset ultrafast -tune zerolatency -profile:v baseline -pix_fmt yuv420p -bf 0 -force_key_frames ${encodedKeyframes}`.split(
          " ",
        )
      : [],
    start.hasAudio ? "-c:a libopus -b:a 96k -ar 48000 -ac 2 -frame_duration 20 -application audio".split(" ") : [],
    ["-muxdelay", "0", "-muxpreload", "0", "-flush_packets", "1", "-f", "rtsp", "-rtsp_transport", "tcp", url],
  ].flat();
}
