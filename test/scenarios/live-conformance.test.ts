// The RFC 8216bis checker against a live slave, while teachers of every kind publish to it.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, test } from "node:test";
import { checkHls } from "../conformance/check.ts";
import type { MediaPlaylist } from "../conformance/playlist.ts";
import type { ConformanceResult } from "../conformance/report.ts";
import type { RuleId } from "../conformance/rules.ts";
import { startCluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { addressesOf, readMediaPlaylist } from "../support/playlist-reader.ts";
import type { Publisher } from "../support/publisher.ts";

const words = (text: string): string[] => text.split(" ");
const picture = words("-re -f lavfi -i testsrc2=size=640x360:rate=30");
const tone = words("-re -f lavfi -i sine=frequency=440:sample_rate=48000");
const x264 = words("-c:v libx264 -preset ultrafast -pix_fmt yuv420p -b:v 600k");
const aac = words("-c:a aac -b:a 64k");

const shapes: { name: string; args: string[]; slave?: Record<string, string>; live: RuleId[] }[] = [
  {
    name: "H.264 and AAC",
    args: [...picture, ...tone, ...x264, ...words("-tune zerolatency -g 60"), ...aac],
    live: ["immutable", "hint-resource", "delta-update", "blocking-part", "blocking-segment", "token-needed", "decodes"],
  },
  {
    name: "a ladder of source and 180p",
    args: [...picture, ...tone, ...x264, ...words("-tune zerolatency -g 60"), ...aac],
    slave: { RENDITIONS: "source,180p" },
    live: ["renditions-agree", "report-present"],
  },
  { name: "audio alone", args: [...tone, ...aac], live: ["immutable", "decodes"] },
  {
    name: "video alone, with B-frames",
    args: [...picture, ...words("-c:v libx264 -preset veryfast -bf 3 -pix_fmt yuv420p -b:v 600k -g 60")],
    live: ["independent-part", "decodes"],
  },
  {
    name: "OBS at its defaults: a keyframe each 8.3 s",
    args: [...picture, ...tone, ...x264, ...words("-tune zerolatency -g 250 -sc_threshold 0"), ...aac],
    live: ["immutable", "decodes"],
  },
];

/** What was wrong, in words that a failing test can show. */
const wrong = ({ violations }: ConformanceResult) => violations.map(({ rule, message }) => `${rule}: ${message}`);

/** The longest stretch of listed media, in seconds, from one part that a player can start at to the next. */
function longestWithoutStartS({ segments }: MediaPlaylist): number {
  let [longestS, sinceS] = [0, Number.NaN];
  for (const { durationS, independent } of segments.flatMap(({ parts }) => parts)) {
    if (independent) sinceS = 0;
    sinceS += durationS;
    longestS = Math.max(longestS, Number.isNaN(sinceS) ? 0 : sinceS);
  }
  return Number.isNaN(sinceS) ? Number.POSITIVE_INFINITY : longestS;
}

// Two at a time: they wait for media nearly all the time, and five encoders at once would be late.
describe("a live slave keeps the rules of HLS", { concurrency: 2 }, () => {
  for (const { name, args, slave = {}, live } of shapes) {
    test(name, async () => {
      const cluster = await startCluster({ slave });
      try {
        const lesson = await cluster.createClass("math");
        await cluster.publish(lesson, { args });
        const { hls_url: url } = await cluster.token({ user_id: "kim", path: lesson.path });
        await eventually("a segment is there", async () => (await addressesOf(url)).segment !== "");
        const result = await checkHls(url, { durationS: 8 });
        assert.deepEqual(wrong(result), []);
        for (const rule of live) assert.ok(result.checked.includes(rule), `${rule} was not looked at`);
      } finally {
        await cluster.stop();
      }
    });
  }

  test("a teacher who left OBS at its defaults: whoever joins finds a keyframe within the last 3 s", async () => {
    const cluster = await startCluster();
    try {
      const lesson = await cluster.createClass("math");
      await cluster.publish(lesson, { args: [...picture, ...tone, ...x264, ...words("-tune zerolatency -g 250 -sc_threshold 0"), ...aac] });
      const { hls_url: url } = await cluster.token({ user_id: "kim", path: lesson.path });
      const playlist = async () => (await readMediaPlaylist(url)).playlist;
      await eventually("there is media without one, as it is sent", async () => longestWithoutStartS(await playlist()) > 3);
      let first = 0;
      await eventually("it is re-encoded", async () => {
        const { segments } = await playlist();
        first = segments.at(-1)?.msn ?? 0;
        return segments.filter(({ parts }) => parts[0]?.independent).length >= 3;
      });
      // From here on it has to hold for all that is listed, for as long as it is looked at.
      await eventually("older media is no longer listed in parts", async () =>
        (await playlist()).segments.every(({ msn, parts }) => msn >= first || parts.length === 0),
      );
      for (let look = 0; look < 10; look += 1) {
        const longestS = longestWithoutStartS(await playlist());
        assert.ok(longestS <= 3, `${longestS} s without a keyframe`);
        await sleep(500);
      }
    } finally {
      await cluster.stop();
    }
  });

  test("while the teacher leaves and returns with the same encoder, after 3 s", async (t) => {
    const cluster = await startCluster();
    t.after(() => cluster.stop());
    const lesson = await cluster.createClass("math");
    const first = await cluster.publish(lesson);
    const { hls_url: url } = await cluster.token({ user_id: "kim", path: lesson.path });
    await eventually("a segment is there", async () => (await addressesOf(url)).segment !== "");
    // While nobody publishes there is nothing new, and no next part to hint at.
    const ignore: RuleId[] = ["update-interval", "preload-hint"];
    const checking = checkHls(url, { durationS: 16, ignore });
    await sleep(3_000);
    await first.stop();
    await sleep(3_000);
    const second: Publisher = await cluster.publish(lesson);
    const result = await checking;
    await second.stop();
    assert.deepEqual(wrong(result), []);
    assert.ok(result.checked.includes("discontinuity-sequence"));
  });
});
