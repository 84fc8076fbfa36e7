import assert from "node:assert/strict";
import { test } from "node:test";
import { ffmpegArguments, nominalBitrate } from "./ffmpeg-args.ts";
import type { FfmpegJob } from "./ffmpeg-args.ts";
import { parseLadder } from "./rendition-ladder.ts";

const job = (change: Partial<FfmpegJob> = {}): FfmpegJob => ({
  renditions: parseLadder(["source", "720p", "360p"]),
  video: { codec: "h264", height: 1080 },
  audio: { copy: true },
  encodeSource: undefined,
  fpsMode: true,
  ...change,
});
const line = (change?: Partial<FfmpegJob>) => ffmpegArguments(job(change)).join(" ");

test("a copied source alone is never decoded", () => {
  const text = line({ renditions: parseLadder(["source"]) });
  assert.match(text, /-map 0:v:0 -c:v copy -map 0:a:0 -c:a copy/);
  assert.doesNotMatch(text, /filter_complex|libx264/);
  assert.match(text, /pipe:3$/);
});

test("a ladder decodes once, scales without enlarging, and follows the source's keyframes", () => {
  const text = line();
  assert.match(text, /split=2\[in1\]\[in2\];\[in1\]scale=w=-2:h=2\*trunc\(min\(720\\,ih\)\/2\)/);
  assert.equal(text.match(/-force_key_frames source/g)?.length, 2);
  assert.deepEqual(text.match(/pipe:[345]/g), ["pipe:3", "pipe:4", "pipe:5"]);
  assert.match(text, /-maxrate 2800000 .*-maxrate 800000/);
});

test("input comes from the pipe alone, and no picture may be too large to decode", () => {
  for (const change of [{}, { encodeSource: { afterMs: 0, everyS: 2 } }, { video: undefined }])
    assert.match(line(change), /-max_pixels 35389440 -protocol_whitelist pipe -f flv -i pipe:0 /);
});

test("an encoded source has the same keyframe clock in all renditions", () => {
  const text = line({ encodeSource: { afterMs: 1_234.5678, everyS: 2 } });
  assert.equal(text.match(/-force_key_frames expr:gte\(t,1\.235\+n_forced\*2\)/g)?.length, 3);
});

test("HEVC is tagged for Apple, audio that is not AAC is encoded, missing tracks are not mapped", () => {
  assert.match(line({ renditions: parseLadder(["source"]), video: { codec: "hevc", height: undefined } }), /-tag:v hvc1/);
  assert.match(line({ audio: { copy: false } }), /-c:a aac -b:a 128000/);
  assert.doesNotMatch(line({ audio: undefined }), /0:a/);
  assert.doesNotMatch(line({ video: undefined, renditions: parseLadder(["source"]) }), /0:v|filter/);
});

test("old versions get -vsync, new ones -fps_mode", () => {
  assert.match(line({ fpsMode: false }), /-vsync passthrough/);
  assert.match(line(), /-fps_mode passthrough/);
});

test("announced bitrates follow what is encoded", () => {
  const [source, high, low] = job().renditions;
  assert.ok(source && high && low);
  assert.equal(nominalBitrate(job(), source), undefined);
  assert.equal(nominalBitrate(job(), high), 2_928_000);
  assert.equal(nominalBitrate(job({ video: { codec: "h264", height: 360 } }), high), 928_000);
  assert.equal(nominalBitrate(job({ encodeSource: { afterMs: 0, everyS: 2 } }), source), 5_128_000);
});

test("renditions that do not exist are a clear error", () => {
  for (const names of [[], ["source", "source"], ["hd"], ["9999p"], ["720p; rm"], ["100p"]]) {
    assert.throws(() => parseLadder(names), /RENDITIONS=.*Example: source,720p,480p/);
  }
});
