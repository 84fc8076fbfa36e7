import assert from "node:assert/strict";
import { test } from "node:test";
import { needsEncoding, webRtcArguments } from "./webrtc-args.ts";

const plain = { codec: "h264", bFrames: false, keyframeIntervalS: 2 };
const target = { skipMs: 1_500, url: "rtsp://x/rtc/math" };

test("the picture is copied where browsers can take it and join within seconds", () => {
  assert.equal(needsEncoding({ video: plain }), false);
  assert.equal(needsEncoding({ video: undefined }), false);
  assert.equal(needsEncoding({ video: { ...plain, keyframeIntervalS: undefined } }), false);
  for (const other of [{ bFrames: true }, { codec: "hevc" }, { keyframeIntervalS: 8.3 }])
    assert.equal(needsEncoding({ video: { ...plain, ...other } }), true);
});

test("what ffmpeg is told", () => {
  const copied = webRtcArguments({ video: plain, hasAudio: true }, target).join(" ");
  assert.match(copied, /-map 0:v:0 -map 0:a:0\? -c:v copy -c:a libopus .*-f rtsp -rtsp_transport tcp rtsp:\/\/x\/rtc\/math$/);
  assert.doesNotMatch(copied, /-ss|libx264/);
  const encoded = webRtcArguments({ video: { ...plain, bFrames: true }, hasAudio: false }, target).join(" ");
  assert.match(encoded, /-ss 1\.500 -map 0:v:0 -c:v libx264 .*-bf 0/);
  assert.match(encoded, / -force_key_frames expr:\S+ /);
  assert.doesNotMatch(encoded, /0:a|libopus|nobuffer/);
  assert.doesNotMatch(webRtcArguments({ video: undefined, hasAudio: true }, target).join(" "), /0:v|-c:v/);
});
