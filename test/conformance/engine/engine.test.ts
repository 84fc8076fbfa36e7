// What every engine promises, whatever comes in by which protocol: the same cases for each way in.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import type { Child } from "../../../src/shared/process/child.ts";
import { locateFfmpeg } from "../../../src/slave/engine/stage/locate-ffmpeg.ts";
import { goodKey } from "../../integration/ingest-harness.ts";
import type { Rig } from "../../integration/ingest-harness.ts";
import { waysIn } from "./ways-in.ts";
import type { RigWithWay } from "./ways-in.ts";

const { version, enhancedVideo } = await locateFfmpeg({ ffmpegPath: process.env["FFMPEG_PATH"] });

const newestMs = (rig: Rig, path: string) => rig.samples(path, "source").at(-1)?.dtsMs ?? 0;
const starts = (rig: Rig, path: string) => rig.count("started", path);
const turns = (rig: Rig, path: string) =>
  rig.events.flatMap((event) =>
    event.path === path && event.kind === "ended" ? ["ended"] : event.path === path && event.kind === "started" ? ["started"] : [],
  );

async function tryAgain(publish: () => Child, back: AbortSignal): Promise<void> {
  while (!back.aborted) {
    const publisher = publish();
    await Promise.race([publisher.exited, sleep(15_000, undefined, { ref: false })]);
    if (!back.aborted) await publisher.stop(0);
  }
}

interface Case {
  readonly name: string;
  readonly skip?: string | false;
  readonly run: (way: RigWithWay) => Promise<void>;
}

const cases: readonly Case[] = [
  {
    name: "publish: media reaches the sink in order, is measured, and ends with the publisher",
    async run({ rig, output }) {
      const publisher = rig.publish("", { output: output("lesson", goodKey) });
      await rig.until("two seconds of media", () => newestMs(rig, "live/lesson") > 3_000, 30_000);
      const [stats] = rig.engine.publishers();
      assert.equal(stats?.path, "live/lesson");
      assert.equal(stats.remoteAddress, "127.0.0.1");
      assert.deepEqual(stats.video, { codec: "H.264", width: 320, height: 180 });
      assert.deepEqual(stats.audio, { codec: "AAC" });
      assert.ok(stats.bitrate > 50_000 && stats.fps > 5, `${stats.bitrate} bit/s, ${stats.fps} fps`);
      const samples = rig.samples("live/lesson", "source");
      const video = samples.filter(({ kind }) => kind === "video");
      assert.equal(video[0]?.keyframe, true);
      assert.ok(samples.some(({ kind }) => kind === "audio"));
      assert.ok(
        video.every(({ dtsMs }, index) => index === 0 || dtsMs > (video[index - 1]?.dtsMs ?? 0)),
        "decode times grow",
      );
      await publisher.stop(2_000);
      await rig.until("the end", () => rig.count("ended", "live/lesson") === 1);
      assert.equal(rig.events[0]?.kind, "started");
      assert.equal(rig.events.at(-1)?.kind, "ended");
      assert.deepEqual(rig.engine.publishers(), []);
    },
  },
  {
    name: "refuse: a wrong key lets nothing through and disturbs nobody",
    async run({ rig, output }) {
      rig.publish("", { output: output("taken", goodKey) });
      await rig.until("the first publisher", () => rig.count("fragment", "live/taken") > 20, 30_000);
      for (const name of ["taken", "other"]) {
        const exit = await rig.publish("", { output: output(name, "wrong") }).exited;
        assert.notEqual(exit.code, 0);
      }
      assert.ok(rig.refused.includes("wrong_key"));
      const before = rig.count("fragment", "live/taken");
      await rig.until("the first publisher goes on", () => rig.count("fragment", "live/taken") > before + 10);
      assert.deepEqual(turns(rig, "live/taken"), ["started"]);
      assert.ok(rig.events.every(({ path }) => path === "live/taken"));
    },
  },
  {
    name: "take over: who publishes keeps its place while it sends, and loses it when it is silent",
    async run({ rig, output }) {
      const first = rig.publish("", { output: output("lesson", goodKey) });
      await rig.until("the first publisher", () => rig.count("fragment", "live/lesson") > 10, 30_000);
      const second = await rig.publish("", { output: output("lesson", goodKey) }).exited;
      assert.notEqual(second.code, 0);
      assert.ok(rig.refused.includes("publisher_present"));
      const before = rig.count("fragment", "live/lesson");
      await rig.until("the first publisher goes on", () => rig.count("fragment", "live/lesson") > before + 10);
      assert.equal(starts(rig, "live/lesson"), 1);

      first.signal("SIGSTOP");
      await sleep(2_500);
      rig.publish("", { output: output("lesson", goodKey), video: "testsrc2=size=640x360:rate=30" });
      await rig.until("the next publisher", () => starts(rig, "live/lesson") === 2 && newestMs(rig, "live/lesson") > 1_500, 30_000);
      assert.deepEqual(turns(rig, "live/lesson"), ["started", "ended", "started"]);
      assert.equal(rig.tracks("live/lesson", "source").find(({ kind }) => kind === "video")?.width, 640);
      assert.equal(rig.engine.publishers().length, 1);
    },
  },
  {
    name: "leave and return with another size",
    async run({ rig, output }) {
      const first = rig.publish("", { output: output("lesson", goodKey) });
      await rig.until("the first size", () => newestMs(rig, "live/lesson") > 1_500, 30_000);
      await first.stop(2_000);
      await rig.until("the end", () => rig.count("ended", "live/lesson") === 1);
      rig.publish("", { output: output("lesson", goodKey), video: "testsrc2=size=640x360:rate=25" });
      await rig.until("the second size", () => starts(rig, "live/lesson") === 2 && newestMs(rig, "live/lesson") > 1_500, 30_000);
      assert.deepEqual(turns(rig, "live/lesson"), ["started", "ended", "started"]);
      assert.equal(rig.tracks("live/lesson", "source").find(({ kind }) => kind === "video")?.width, 640);
    },
  },
  {
    name: "B-frames are shown in the right order",
    async run({ rig, output }) {
      const encode = "-c:v libx264 -preset veryfast -bf 3 -b_strategy 0 -pix_fmt yuv420p".split(" ");
      rig.publish("", { output: output("lesson", goodKey), encode });
      await rig.until("media", () => newestMs(rig, "live/lesson") > 3_000, 30_000);
      const video = rig.samples("live/lesson", "source").filter(({ kind }) => kind === "video");
      assert.ok(
        video.every(({ dtsMs, ptsMs }, index) => ptsMs >= dtsMs - 1 && (index === 0 || dtsMs > (video[index - 1]?.dtsMs ?? 0))),
        "decode times grow, and no frame is shown before it is decoded",
      );
      assert.ok(
        video.some(({ ptsMs }, index) => index > 0 && ptsMs < (video[index - 1]?.ptsMs ?? 0)),
        "there are B-frames",
      );
      // Shown 30 times a second: every picture has its own time. The first may come late where decode times are made anew.
      const shown = video.map(({ ptsMs }) => ptsMs).toSorted((a, b) => a - b);
      const steps = shown.slice(10, -10).map((ms, index) => ms - (shown[index + 9] ?? 0));
      assert.ok(
        steps.every((ms) => ms > 20 && ms < 50),
        `steps ${Math.min(...steps)} to ${Math.max(...steps)} ms`,
      );
    },
  },
  {
    name: "audio alone is carried",
    async run({ rig, output }) {
      rig.publish("", { output: output("lesson", goodKey), video: false });
      await rig.until("media", () => newestMs(rig, "live/lesson") > 2_500, 30_000);
      assert.deepEqual(
        rig.tracks("live/lesson", "source").map(({ kind }) => kind),
        ["audio"],
      );
      assert.equal(rig.engine.publishers()[0]?.video, undefined);
    },
  },
  {
    name: "HEVC is carried as it is",
    skip: enhancedVideo ? false : `ffmpeg ${version} reads no Enhanced RTMP, by which HEVC gets to it; set FFMPEG_PATH to 6.1 or newer`,
    async run({ rig, output }) {
      const encode = "-c:v libx265 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -x265-params log-level=none".split(" ");
      rig.publish("", { output: output("lesson", goodKey), encode });
      const pictures = () => rig.samples("live/lesson", "source").filter(({ kind }) => kind === "video");
      await rig.until("pictures", () => pictures().length > 75, 40_000);
      assert.match(rig.tracks("live/lesson", "source").find(({ kind }) => kind === "video")?.codec ?? "", /^h(vc|ev)1/);
      const video = pictures();
      assert.equal(video[0]?.keyframe, true);
      const keyframes = video.filter(({ keyframe }) => keyframe).length;
      assert.ok(keyframes > 1 && keyframes < video.length / 10, `${keyframes} keyframes among ${video.length} frames`);
      assert.equal(starts(rig, "live/lesson"), 1);
    },
  },
  {
    name: "hang: an ffmpeg that stands still is replaced, and the publisher stays",
    async run({ rig, output }) {
      const before = new Set(await rig.children());
      const publisher = rig.publish("", { output: output("lesson", goodKey) });
      await rig.until("media", () => newestMs(rig, "live/lesson") > 2_000, 30_000);
      const [ffmpeg] = (await rig.children()).filter((pid) => !before.has(pid));
      assert.ok(ffmpeg !== undefined);
      process.kill(ffmpeg, "SIGSTOP");
      await rig.until("another ffmpeg", () => starts(rig, "live/lesson") === 2 && newestMs(rig, "live/lesson") > 6_000, 30_000);
      assert.equal(rig.count("ended", "live/lesson"), 0);
      assert.equal(rig.engine.publishers()[0]?.ffmpegRestarts, 1);
      await publisher.stop(2_000);
    },
  },
  {
    name: "crash: when what takes streams in dies, the stream ends, and its publisher can come back",
    async run({ rig, output, ingestPid }) {
      const publisher = rig.publish("", { output: output("lesson", goodKey) });
      await rig.until("media", () => newestMs(rig, "live/lesson") > 1_500, 30_000);
      const pid = await ingestPid();
      assert.ok(pid !== undefined);
      process.kill(pid, "SIGKILL");
      await rig.until("the end", () => rig.count("ended", "live/lesson") === 1, 20_000);
      await publisher.stop(0);
      // As OBS does: it tries until it is let in.
      const back = new AbortController();
      void tryAgain(() => rig.publish("", { output: output("lesson", goodKey) }), back.signal);
      await rig.until("the publisher is back", () => starts(rig, "live/lesson") === 2, 40_000);
      back.abort();
      assert.deepEqual(turns(rig, "live/lesson"), ["started", "ended", "started"]);
    },
  },
];

for (const way of waysIn) {
  for (const { name, skip = false, run } of cases) {
    test(`${way.name}: ${name}`, { skip: way.skip || skip }, async () => {
      await using rig = await way.start();
      await run(rig);
    });
  }
}
