// Players that know nothing of low latency, tokens in headers or our page: ffprobe and ffmpeg with a link.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { runProgram } from "../../src/shared/process/run-program.ts";
import { startCluster } from "../support/cluster.ts";
import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { testFfmpeg } from "../support/publisher.ts";

describe("plain HLS players", () => {
  let cluster: Cluster;
  let url: string;
  before(async () => {
    cluster = await startCluster({ slaves: 1, slave: { RENDITIONS: "source,240p" } });
    const lesson = await cluster.createClass("plain");
    await cluster.publish(lesson);
    ({ hls_url: url } = await cluster.token({ user_id: "kim", class: "plain" }));
    // They know no parts: until the first whole segments there is nothing for them.
    const playlist = url.replace("index.m3u8", "240p/stream.m3u8");
    await eventually("there are segments", async () => ((await (await fetch(playlist)).text()).match(/#EXTINF/g) ?? []).length >= 3);
  });
  after(() => cluster.stop());

  test("ffprobe finds both qualities, each with picture and sound", async () => {
    const args = ["-v", "error", "-show_entries", "program=program_id:stream=codec_name,width,height", "-of", "json", url];
    const { code, stdout, stderr } = await runProgram("ffprobe", args, { timeoutMs: 60_000, maxOutputBytes: 100_000 });
    assert.equal(code, 0, stderr);
    const { streams } = JSON.parse(stdout) as { streams: { codec_name: string; height?: number }[] };
    const heights = streams.flatMap(({ codec_name: codec, height }) => (codec === "h264" && height !== undefined ? [height] : []));
    assert.deepEqual(
      [...new Set(heights)].toSorted((a, b) => b - a),
      [360, 240],
    );
    assert.ok(streams.some(({ codec_name: codec }) => codec === "aac"));
  });

  test("ffmpeg plays it and decodes every frame without a complaint", async () => {
    const args = ["-hide_banner", "-v", "warning", "-i", url, "-map", "0:v:0", "-map", "0:a:0", "-t", "8", "-f", "framecrc", "-"];
    const { code, stdout, stderr } = await runProgram(testFfmpeg, args, { timeoutMs: 60_000, maxOutputBytes: 1_000_000 });
    assert.equal(code, 0, stderr);
    const pictures = stdout.split("\n").filter((line) => line.startsWith("0,"));
    assert.ok(pictures.length >= 235 && pictures.length <= 241, `${pictures.length} pictures in 8 s at 30/s`);
    assert.doesNotMatch(stderr, /error|invalid|corrupt|discontinu/i);
  });
});
