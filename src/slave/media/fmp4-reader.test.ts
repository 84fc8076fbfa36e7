import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ffmpeg, fragmentFlags, splitFmp4 } from "../../../test/support/make-fmp4.ts";
import { box, syntheticFragment, syntheticInit, videoFrames } from "../../../test/support/synthetic-fmp4.ts";
import { codecsOf, readInitSegment } from "./init-segment.ts";
import { isSync, readMovieFragment } from "./movie-fragment.ts";
import { Mp4Error } from "./mp4-error.ts";
import { writePart } from "./part-writer.ts";

const init = syntheticInit({ video: true, audio: true });
const [frame] = videoFrames({ fps: 30, fromS: 1, toS: 1.03, gop: 1, reorderS: 0.1 });
assert.ok(frame);
const fragment = syntheticFragment(frame);

describe("init segment", () => {
  test("tracks, timescales, sizes, codecs", () => {
    const tracks = readInitSegment(init);
    assert.deepEqual(
      tracks.map(({ id, kind, timescale, codec, width, height }) => [id, kind, timescale, codec, width, height]),
      [
        [1, "video", 90_000, "avc1.64001f", 640, 360],
        [2, "audio", 48_000, "mp4a.40.2", undefined, undefined],
      ],
    );
    assert.equal(codecsOf(tracks.toReversed()), "avc1.64001f,mp4a.40.2");
  });

  const encoders = ffmpeg(["-encoders"]).toString();
  for (const [encoder, source, expected] of [
    ["libx264 -profile:v baseline", "video", /^avc1\.42[0-9a-f]{4}$/],
    ["libx265 -x265-params log-level=none", "video", /^hev1\.1\.[0-9a-f]+\.L\d+(\.[0-9a-f]+)*$/],
    ["libx265 -x265-params log-level=none -tag:v hvc1", "video", /^hvc1\.1\.[0-9a-f]+\.L\d+(\.[0-9a-f]+)*$/],
    ["libsvtav1 -preset 12", "video", /^av01\.0\.\d{2}M\.08$/],
    ["libvpx-vp9 -deadline realtime -strict -2", "video", /^vp09\.00\.\d{2}\.08$/],
    ["aac", "audio", /^mp4a\.40\.2$/],
    ["libopus -strict -2", "audio", /^opus$/],
    ["libmp3lame", "audio", /^mp4a\.6B$/],
    ["flac -strict -2", "audio", /^flac$/],
    ["ac3", "audio", /^ac-3$/],
  ] as const) {
    const [name = ""] = encoder.split(" ");
    test(`${encoder}: ${expected.source}`, { skip: encoders.includes(` ${name} `) ? false : `this ffmpeg has no ${name}` }, () => {
      const input = source === "video" ? "testsrc=size=320x180:rate=25" : "sine=440:sample_rate=48000";
      const flag = source === "video" ? ["-pix_fmt", "yuv420p", "-c:v"] : ["-c:a"];
      const made = splitFmp4(
        ffmpeg(["-f", "lavfi", "-i", input, "-t", "0.5", ...flag, ...encoder.split(" "), ...delayed(name), "-f", "mp4", "-"]),
      );
      const tracks = readInitSegment(made.init);
      assert.equal(tracks.length, 1);
      assert.match(tracks[0]?.codec ?? "", expected);
      assert.equal(tracks[0]?.width, source === "video" ? 320 : undefined);
      const samples = made.fragments.flatMap((bytes) => readMovieFragment(bytes, tracks));
      assert.ok(samples.length >= 5, `${samples.length} samples`);
      assert.ok(samples[0] && isSync(samples[0]));
    });
  }

  /** Some codecs' configuration is known only with the first packet. */
  function delayed(name: string): string[] {
    return ["aac", "libx264", "libx265"].includes(name)
      ? fragmentFlags
      : ["-movflags", "+empty_moov+delay_moov+default_base_moof", "-frag_duration", "1", "-use_editlist", "0"];
  }
});

describe("fragments", () => {
  const tracks = readInitSegment(init);

  test("what the part writer writes, the reader reads", () => {
    const samples = [0, 1, 2].map((index) => ({
      trackId: 1,
      dtsTicks: 2 ** 40 + index * 3_000,
      durationTicks: 3_000,
      ctsOffsetTicks: [6_000, -3_000, 0][index] ?? 0,
      flags: index === 0 ? 0x0200_0000 : 0x0101_0000,
      data: Buffer.from(`sample ${index}`),
    }));
    const sound = { trackId: 2, dtsTicks: 7, durationTicks: 1_024, ctsOffsetTicks: 0, flags: 0x0200_0000, data: Buffer.from("sound") };
    const bytes = writePart(5, [
      { trackId: 1, samples },
      { trackId: 2, samples: [sound] },
    ]);
    assert.deepEqual(readMovieFragment(bytes, tracks), [...samples, sound]);
  });

  test("tracks that the init segment does not name are left out", () => {
    assert.deepEqual(readMovieFragment(fragment, tracks.slice(1)), []);
  });
});

describe("hostile input", () => {
  const tracks = readInitSegment(init);
  const onlyMp4Errors = (run: () => unknown): boolean => {
    try {
      run();
      return false;
    } catch (error) {
      assert.ok(error instanceof Mp4Error, String(error));
      return true;
    }
  };

  test("every truncation is an Mp4Error", () => {
    for (let length = 0; length < fragment.length; length += 1) {
      assert.ok(
        onlyMp4Errors(() => readMovieFragment(fragment.subarray(0, length), tracks)),
        `fragment of ${length}`,
      );
    }
    const moovAt = init.indexOf("moov") - 4;
    for (let length = 0; length < init.length; length += 1) {
      assert.ok(
        onlyMp4Errors(() => readInitSegment(init.subarray(0, length))),
        `init of ${length}, moov at ${moovAt}`,
      );
    }
  });

  test("every byte set to 0, 1, 0x7f and 0xff: a result or an Mp4Error, nothing else", () => {
    let refused = 0;
    for (const [original, read] of [
      [init, (bytes: Buffer) => readInitSegment(bytes)],
      [fragment, (bytes: Buffer) => readMovieFragment(bytes, tracks)],
    ] as const) {
      for (let at = 0; at < original.length; at += 1) {
        for (const value of [0, 1, 0x7f, 0xff]) {
          const bytes = Buffer.from(original);
          bytes[at] = value;
          if (onlyMp4Errors(() => read(bytes))) refused += 1;
        }
      }
    }
    assert.ok(refused > 500, `${refused} refused`);
  });

  test("a million empty boxes, samples without end, and a size beyond 2^53 are refused", () => {
    const empty = Buffer.alloc(8 * 100_000);
    for (let at = 0; at < empty.length; at += 8) empty.writeUInt32BE(8, at);
    assert.throws(() => readMovieFragment(empty, tracks), { name: "Mp4Error", code: "too_large" });

    const endless = Buffer.from(fragment);
    endless.writeUInt32BE(0xffff_ffff, endless.indexOf("trun") + 8);
    assert.throws(() => readMovieFragment(endless, tracks), { name: "Mp4Error", code: "too_large" });

    const late = Buffer.from(fragment);
    late.writeBigUInt64BE(2n ** 60n, late.indexOf("tfdt") + 8);
    assert.throws(() => readMovieFragment(late, tracks), { name: "Mp4Error", code: "too_large" });

    const huge = Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.from("moof"), Buffer.alloc(8, 0xff)]);
    assert.throws(() => readMovieFragment(huge, tracks), { name: "Mp4Error", code: "truncated" });
  });

  test("an unknown codec is named without its raw bytes", () => {
    const bytes = Buffer.from(init);
    bytes.write("\u0001x\u00ff1", bytes.indexOf("avc1"), "latin1");
    assert.throws(() => readInitSegment(bytes), { code: "unsupported", message: "codec ?x?1 is not supported" });
    assert.throws(() => readInitSegment(box("moov")), { code: "malformed" });
  });
});
