import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { flvHeader, flvMetadataTag, flvTag, readFlvPacket } from "../../../shared/rtmp/flv.ts";
import { createFlvReader } from "../../../shared/rtmp/flv-reader.ts";
import { runProgram } from "../../../shared/process/run-program.ts";
import { locateFfmpeg } from "./locate-ffmpeg.ts";
import { parseLadder } from "./rendition-ladder.ts";
import { startTranscoder } from "./transcoder.ts";

test("a flood of tiny tags that are not taken counts as stuck long before its bytes do", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "airclass-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const program = join(folder, "reads-nothing");
  writeFileSync(program, "#!/bin/sh\nexec sleep 60\n");
  chmodSync(program, 0o755);
  const job = { renditions: parseLadder(["source"]), video: undefined, audio: { copy: true }, encodeSource: undefined, fpsMode: true };
  const transcoder = startTranscoder(program, job, { init() {}, fragment() {}, exited() {} }, () => 0);
  t.after(() => transcoder.kill());
  const tag = Buffer.alloc(17);
  for (let count = 0; count < 10_000; count += 1) transcoder.write(tag);
  assert.equal(transcoder.stuck(0), undefined);
  for (let count = 0; count < 60_000; count += 1) transcoder.write(tag);
  assert.match(transcoder.stuck(0) ?? "", /does not keep up/);
});

test("sound that came long before the first keyframe does not end the probing before the picture is known", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "airclass-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const ffmpeg = await locateFfmpeg({ ffmpegPath: process.env["FFMPEG_PATH"] });
  const file = join(folder, "late-picture.flv");
  const inputs = "-f lavfi -i sine=sample_rate=48000:duration=4 -itsoffset 1.9 -f lavfi -i testsrc2=size=320x240:rate=15:duration=2";
  const codecs = "-c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -c:a aac -f flv";
  const made = await runProgram(ffmpeg.path, [...`-loglevel error ${inputs} ${codecs}`.split(" "), file], {
    timeoutMs: 20_000,
    maxOutputBytes: 1_000,
  });
  assert.equal(made.stderr, "");
  const [configs, frames]: [Buffer[], Buffer[]] = [[], []];
  createFlvReader((type, timestampMs, payload) => {
    if (readFlvPacket(type, payload)?.role === "config") configs.push(flvTag(type, 0, payload));
    else frames.push(flvTag(type, 1_000 + timestampMs, payload));
  })(readFileSync(file));
  assert.equal(configs.length, 2);

  const job = {
    renditions: parseLadder(["source"]),
    video: { codec: "h264", height: 240 } as const,
    audio: { copy: true },
    encodeSource: undefined,
    fpsMode: ffmpeg.fpsMode,
  };
  const kinds = await new Promise<readonly string[]>((resolve, reject) => {
    const transcoder = startTranscoder(
      ffmpeg.path,
      job,
      {
        init: (_rendition, _bytes, tracks) => resolve(tracks.map(({ kind }) => kind)),
        fragment() {},
        exited: (_exit, complaint) => reject(new Error(complaint)),
      },
      () => performance.now(),
    );
    t.after(() => transcoder.kill());
    for (const tag of [flvHeader({ video: true, audio: true }), flvMetadataTag(undefined), ...configs, ...frames]) transcoder.write(tag);
  });
  assert.deepEqual(kinds.toSorted(), ["audio", "video"]);
});
