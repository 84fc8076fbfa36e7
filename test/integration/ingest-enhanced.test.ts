import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "../../src/shared/process/run-program.ts";
import { locateFfmpeg } from "../../src/slave/engine/stage/locate-ffmpeg.ts";
import { message, publishRequest } from "../fixtures/rtmp-corpus/rtmp-bytes.ts";
import { createConnection } from "node:net";
import { goodKey, startRig } from "./ingest-harness.ts";

const withKey = (name: string) => `${name}?key=${encodeURIComponent(goodKey)}`;
const ffmpeg = await locateFfmpeg({ ffmpegPath: process.env["FFMPEG_PATH"] });
const encoders = (await runProgram(ffmpeg.path, ["-hide_banner", "-encoders"], { timeoutMs: 10_000, maxOutputBytes: 1_000_000 })).stdout;

for (const { name, encoder, options, codec } of [
  { name: "hevc", encoder: "libx265", options: ["-preset", "ultrafast", "-x265-params", "log-level=none:bframes=2"], codec: /^hvc1\./ },
  { name: "av1", encoder: "libsvtav1", options: ["-preset", "12", "-svtav1-params", "pred-struct=1"], codec: /^av01\./ },
]) {
  const cannot = !ffmpeg.enhancedVideo
    ? `ffmpeg ${ffmpeg.version} reads no Enhanced RTMP; set FFMPEG_PATH to 6.1 or newer`
    : !encoders.includes(encoder) && `this ffmpeg has no ${encoder}`;
  test(`${name} from Enhanced RTMP is passed through`, { skip: cannot }, async () => {
    await using rig = await startRig();
    rig.publish(withKey(name), { encode: ["-c:v", encoder, ...options, "-pix_fmt", "yuv420p"] });
    await rig.until("media", () => rig.samples(`live/${name}`, "source").length > 60);
    assert.match(rig.tracks(`live/${name}`, "source")[0]?.codec ?? "", codec);
    const video = rig.samples(`live/${name}`, "source").filter(({ kind }) => kind === "video");
    assert.equal(video[0]?.keyframe, true);
    assert.equal(rig.engine.publishers()[0]?.ffmpegRestarts, 0);
  });
}

test("a codec that cannot be carried ends the publisher with a reason", async () => {
  await using rig = await startRig();
  const socket = createConnection(rig.engine.rtmpPort, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(publishRequest(withKey("vp6")));
  await rig.until("it is accepted", () => rig.engine.publishers().length === 1);
  await rig.until("the end", () => {
    // Again and again: what comes before the RTMP process knows that it may is not passed on.
    socket.write(message(9, Buffer.from("14000000000000", "hex"), { chunkStream: 6, messageStream: 1 }));
    return rig.count("ended", "live/vp6") === 1;
  });
  assert.deepEqual(rig.events, [{ ...rig.events[0], kind: "ended", why: "unsupported_codec" }]);
  assert.deepEqual(rig.engine.publishers(), []);
});
