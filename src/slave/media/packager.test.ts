import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { audioFrames, interleaved, syntheticFragment, syntheticInit, videoFrames } from "../../../test/support/synthetic-fmp4.ts";
import type { SyntheticFrame } from "../../../test/support/synthetic-fmp4.ts";
import { createPackager } from "./packager.ts";
import type { Packager, PackagerSession } from "./packager.ts";
import type { PartData, RenditionWriter, SegmentStart, StreamTiming, StreamWriter } from "./stream-writer.ts";

interface Written extends SegmentStart {
  readonly parts: PartData[];
  readonly gap: boolean;
  durationUs: number;
  ended: boolean;
}

/** A log that keeps everything. */
function recorder() {
  const renditions = new Map<string, Written[]>();
  const inits = new Map<string, number>();
  const states: string[] = [];
  let timing: StreamTiming | undefined;
  function writer(name: string): RenditionWriter {
    const segments = renditions.get(name) ?? [];
    renditions.set(name, segments);
    const open = (): Written => {
      const last = segments.at(-1);
      assert.ok(last && !last.ended, "a segment is open");
      return last;
    };
    return {
      get nextMsn() {
        const last = segments.at(-1);
        return last && last.msn + 1;
      },
      addSegment() {
        throw new Error("the packager writes parts");
      },
      get nextInitId() {
        return (inits.get(name) ?? 0) + 1;
      },
      describe: () => undefined,
      addInit: ({ id }) => inits.set(name, id),
      beginSegment(start) {
        const last = segments.at(-1);
        if (last) assert.ok(last.ended && last.msn + 1 === start.msn, `${name}: ${start.msn} after ${last.msn}`);
        segments.push({ ...start, parts: [], gap: false, durationUs: 0, ended: false });
      },
      appendPart(part) {
        const segment = open();
        segment.parts.push(part);
        segment.durationUs += part.durationUs;
      },
      endSegment() {
        open().ended = true;
      },
      addGap(start, durationUs) {
        segments.push({ ...start, parts: [], gap: true, durationUs, ended: true });
      },
    };
  }
  const out: StreamWriter = {
    get timing() {
      return timing;
    },
    setTiming: (next) => void (timing ??= next),
    setRenditions: () => undefined,
    writer,
    setState: (state) => void states.push(state),
  };
  return { out, states, of: (name: string): Written[] => renditions.get(name) ?? [] };
}

const options = { segmentDurationS: 2, partDurationS: 0.333 };
const both = syntheticInit({ video: true, audio: true });
const videoOnly = syntheticInit({ video: true, audio: false });
const audioOnly = syntheticInit({ video: false, audio: true });
const epochWallMs = Date.UTC(2026, 0, 1);

function setUp(session: Partial<PackagerSession> = {}, init = both) {
  const log = recorder();
  const packager = createPackager(options, log.out, { firstMsn: 0, discontinuitySequence: 0, continues: false });
  begin(packager, session, init);
  return { log, packager };
}

function begin(packager: Packager, session: Partial<PackagerSession> = {}, init = both): void {
  const renditions = session.renditions ?? ["source"];
  packager.started({ renditions, epochWallMs, skipUntilMs: 0, ...session });
  for (const name of renditions) packager.init(name, init, undefined);
}

function feed(packager: Packager, frames: readonly SyntheticFrame[], name = "source"): void {
  for (const frame of frames) packager.fragment(name, syntheticFragment(frame));
}

const sumUs = (segments: readonly Written[]): number => segments.reduce((sum, segment) => sum + segment.durationUs, 0);

/** RFC 8216bis 4.4.4.9 and 4.4.4.1. */
function checkDurations(segments: readonly Written[], partTargetUs: number, targetDurationS = 2): void {
  for (const segment of segments) {
    assert.ok(Math.round(segment.durationUs / 1e6) <= targetDurationS, `segment ${segment.msn} lasts ${segment.durationUs} µs`);
    for (const [index, part] of segment.parts.entries()) {
      const label = `part ${segment.msn}.${index} lasts ${part.durationUs} µs`;
      assert.ok(part.durationUs <= partTargetUs, label);
      const isLast = index === segment.parts.length - 1;
      if (!isLast && !part.independent) assert.ok(part.durationUs >= partTargetUs * 0.85, label);
    }
  }
}

describe("parts", () => {
  for (const fps of [24, 25, 30, 50, 60, 15, 10, 23.976, 29.97, 59.94, 20, 12]) {
    for (const milliseconds of [false, true]) {
      test(`${fps} fps${milliseconds ? " in whole ms" : ""}: at most PART-TARGET, at least 85 % of it, no drift`, () => {
        const { log, packager } = setUp();
        const video = videoFrames({ fps, fromS: 0, toS: 20, gop: Math.round(fps * 2), milliseconds });
        feed(packager, interleaved(video, audioFrames(0, 20)));
        assert.equal(log.out.timing?.partTargetUs, 340_000);
        assert.equal(log.out.timing?.targetDurationS, 2);
        packager.ended();
        const segments = log.of("source");
        checkDurations(segments, 340_000);
        for (const segment of segments) for (const part of segment.parts.slice(0, -1)) assert.ok(part.durationUs >= 340_000 * 0.85);
        const last = video.at(-1);
        assert.ok(last);
        assert.ok(Math.abs(sumUs(segments) - (last.dtsS + last.durationS) * 1e6) < 2_000, `${sumUs(segments)} µs`);
        assert.ok(
          segments.every((segment) => segment.parts[0]?.independent),
          "each segment starts with a keyframe",
        );
      });
    }
  }

  test("a part is finished by its last frame, not by the next one", () => {
    const { log, packager } = setUp({}, videoOnly);
    feed(packager, videoFrames({ fps: 30, fromS: 0, toS: 10 / 30, gop: 60 }));
    assert.equal(log.of("source")[0]?.parts.length, 1);
  });

  for (const [fps, partTargetUs] of [
    [1, 1_020_000],
    [2, 510_000],
    [5, 408_000],
    [7, 438_000],
  ] as const) {
    test(`${fps} fps from the start: a larger PART-TARGET`, () => {
      const { log, packager } = setUp({}, videoOnly);
      feed(packager, videoFrames({ fps, fromS: 0, toS: 20, gop: fps * 2 }));
      packager.ended();
      assert.equal(log.out.timing?.partTargetUs, partTargetUs);
      checkDurations(log.of("source"), partTargetUs);
      assert.ok(Math.abs(sumUs(log.of("source")) - 20e6) < 2_000);
    });
  }

  test("audio only: audio frames are the frames, every part is independent", () => {
    const { log, packager } = setUp({}, audioOnly);
    feed(packager, audioFrames(0, 20));
    packager.ended();
    const segments = log.of("source");
    checkDurations(segments, 340_000);
    assert.equal(segments.length, 10);
    assert.ok(segments.every((segment) => segment.parts.every((part) => part.independent)));
    assert.ok(Math.abs(sumUs(segments) - 20e6) < 30_000);
  });

  test("the picture stalls while the sound goes on: parts go on, and it comes back", () => {
    const { log, packager } = setUp();
    const video = [...videoFrames({ fps: 30, fromS: 0, toS: 5, gop: 60 }), ...videoFrames({ fps: 30, fromS: 12, toS: 16, gop: 60 })];
    const audio = audioFrames(0, 16);
    feed(
      packager,
      interleaved(video, audio).filter((frame) => frame.dtsS < 11.9),
    );
    assert.ok(sumUs(log.of("source")) > 10e6, `${sumUs(log.of("source"))} µs`);
    feed(
      packager,
      interleaved(video, audio).filter((frame) => frame.dtsS >= 11.9),
    );
    packager.ended();
    const segments = log.of("source");
    checkDurations(segments, 340_000);
    assert.ok(Math.abs(sumUs(segments) - 16e6) < 50_000, `${sumUs(segments)} µs`);
    assert.equal(segments.filter((segment) => segment.discontinuity).length, 0);
    const back = segments.find((segment) => segment.programDateTimeMs - epochWallMs > 11_500 && segment.parts[0]?.independent);
    assert.ok(back, "a segment starts with the keyframe that came back");
  });

  test("the sound stalls while the picture goes on", () => {
    const { log, packager } = setUp();
    feed(packager, interleaved(videoFrames({ fps: 30, fromS: 0, toS: 10, gop: 60 }), audioFrames(0, 3)));
    packager.ended();
    checkDurations(log.of("source"), 340_000);
    assert.ok(Math.abs(sumUs(log.of("source")) - 10e6) < 2_000);
  });

  test("a hole of half a second is spread, sums stay right; one of five is a discontinuity", () => {
    const { log, packager } = setUp({}, videoOnly);
    feed(packager, videoFrames({ fps: 30, fromS: 0, toS: 4, gop: 60 }));
    feed(packager, videoFrames({ fps: 30, fromS: 4.5, toS: 10.5, gop: 60 }));
    feed(packager, videoFrames({ fps: 30, fromS: 15.5, toS: 18.5, gop: 60 }));
    packager.ended();
    const segments = log.of("source");
    for (const segment of segments) {
      assert.ok(Math.round(segment.durationUs / 1e6) <= 2);
      assert.ok(segment.parts.every((part) => part.durationUs <= 340_000));
    }
    const jump = segments.findIndex((segment) => segment.discontinuity);
    assert.ok(jump > 0);
    assert.equal(segments.filter((segment) => segment.discontinuity).length, 1);
    assert.equal(segments[jump]?.programDateTimeMs, epochWallMs + 15_500);
    assert.ok(Math.abs(sumUs(segments.slice(0, jump)) - 10.5e6) < 2_000, `${sumUs(segments.slice(0, jump))}`);
  });
});

describe("segments", () => {
  const lengthsS = (segments: readonly Written[]): number[] => segments.map((segment) => Math.round(segment.durationUs / 1e5) / 10);

  function cut(fps: number, gop: number, toS: number): Written[] {
    const { log, packager } = setUp({}, videoOnly);
    feed(packager, videoFrames({ fps, fromS: 0, toS, gop }));
    packager.ended();
    checkDurations(log.of("source"), 340_000);
    return log.of("source");
  }

  test("a keyframe every 2 s starts each segment", () => assert.deepEqual(lengthsS(cut(30, 60, 10)), [2, 2, 2, 2, 2]));
  test("every second: each second one", () => assert.deepEqual(lengthsS(cut(30, 30, 8)), [2, 2, 2, 2]));
  test("every 1.5 s: waiting for the next would be too long", () => assert.deepEqual(lengthsS(cut(30, 45, 6)), [1.5, 1.5, 1.5, 1.5]));
  test("every 2.4 s: waits for it, once the interval is known", () =>
    assert.deepEqual(lengthsS(cut(30, 72, 9.6)), [2.3, 0.1, 2.4, 2.4, 2.4]));
  test("every 8.3 s: cut without one, and again at the keyframe", () => {
    const segments = cut(30, 249, 24.9);
    for (const keyframeS of [0, 8.3, 16.6]) {
      const at = segments.find((segment) => Math.abs(segment.programDateTimeMs - epochWallMs - keyframeS * 1_000) < 2);
      assert.ok(at?.parts[0]?.independent, `a segment starts at ${keyframeS}`);
    }
    assert.equal(segments.flatMap((segment) => segment.parts).filter((part) => part.independent).length, 3);
  });
  test("irregular keyframes (scene cuts) never break the limits", () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
    for (let round = 0; round < 30; round += 1) {
      const { log, packager } = setUp({}, videoOnly);
      const frames = videoFrames({ fps: 30, fromS: 0, toS: 30, gop: 1e9, milliseconds: true });
      feed(
        packager,
        frames.map((frame, index) => ({ ...frame, keyframe: index === 0 || random() < 0.02 })),
      );
      packager.ended();
      checkDurations(log.of("source"), 340_000);
      assert.ok(Math.abs(sumUs(log.of("source")) - 30e6) < 2_000);
    }
  });
  test("a regular keyframe is foreseen: the segment ends with its last part, in every rendition", () => {
    const { log, packager } = setUp({ renditions: ["source", "720p"] }, videoOnly);
    const frames = videoFrames({ fps: 30, fromS: 0, toS: 8, gop: 60, milliseconds: true });
    for (const frame of frames) {
      feed(packager, [frame], "source");
      feed(packager, [frame], "720p");
    }
    for (const name of ["source", "720p"]) {
      assert.deepEqual(
        log.of(name).map((segment) => segment.ended),
        [true, true, true, true],
        name,
      );
      assert.equal(log.of(name).at(-1)?.parts.length, 6);
    }
  });
  test("a keyframe that was foreseen and does not come costs one segment without", () => {
    const { log, packager } = setUp({}, videoOnly);
    const frames = videoFrames({ fps: 30, fromS: 0, toS: 14, gop: 60 });
    feed(
      packager,
      frames.map((frame) => ({ ...frame, keyframe: frame.keyframe && Math.round(frame.dtsS) !== 8 })),
    );
    packager.ended();
    checkDurations(log.of("source"), 340_000);
    assert.deepEqual(
      log.of("source").map((segment) => segment.parts[0]?.independent),
      [true, true, true, true, false, true, true],
    );
  });
  test("program date-time follows the sum of durations", () => {
    const segments = cut(29.97, 60, 20);
    let atUs = 0;
    for (const segment of segments) {
      assert.ok(Math.abs(segment.programDateTimeMs - epochWallMs - atUs / 1_000) <= 1);
      atUs += segment.durationUs;
    }
  });
});

describe("renditions", () => {
  const source = videoFrames({ fps: 30, fromS: 0, toS: 20, gop: 60, milliseconds: true, reorderS: 0.067 });
  // The same pictures, encoded: dts = pts, so all decode times are later by the reordering delay.
  const encoded = videoFrames({ fps: 30, fromS: 0.067, toS: 20.067, gop: 60, milliseconds: true });

  function checkAligned(one: readonly Written[], other: readonly Written[]): void {
    assert.deepEqual(
      other.map(({ msn, programDateTimeMs, discontinuity, discontinuitySequence }) => [
        msn,
        programDateTimeMs,
        discontinuity,
        discontinuitySequence,
      ]),
      one.map(({ msn, programDateTimeMs, discontinuity, discontinuitySequence }) => [
        msn,
        programDateTimeMs,
        discontinuity,
        discontinuitySequence,
      ]),
    );
    for (const [index, segment] of other.entries()) {
      if (segment.gap || other[index + 1]?.gap) continue;
      assert.ok(Math.abs(segment.durationUs - (one[index]?.durationUs ?? 0)) < 40_000, `segment ${segment.msn}`);
      assert.ok(segment.parts[0]?.independent, `segment ${segment.msn}`);
    }
  }

  for (const lag of [-30, 0, 5, 100]) {
    test(`the same MSN is the same media time when the second one lags ${lag} frames`, () => {
      const { log, packager } = setUp({ renditions: ["source", "720p"] }, videoOnly);
      for (let index = Math.min(0, lag); index < source.length + Math.abs(lag); index += 1) {
        const one = source[index];
        const other = encoded[index - lag];
        if (other) feed(packager, [other], "720p");
        if (one) feed(packager, [one], "source");
      }
      packager.ended();
      assert.equal(log.of("source").length, 10);
      checkAligned(log.of("source"), log.of("720p"));
      checkDurations(log.of("720p"), 340_000);
      assert.ok(log.of("720p").every((segment) => !segment.gap));
    });
  }

  test("a rendition that fell behind gets gaps at the end, and both start anew at one MSN", () => {
    const { log, packager } = setUp({ renditions: ["source", "720p"] }, videoOnly);
    feed(
      packager,
      source.filter((frame) => frame.dtsS < 9),
      "source",
    );
    feed(
      packager,
      encoded.filter((frame) => frame.dtsS < 5),
      "720p",
    );
    begin(packager, { renditions: ["source", "720p"], epochWallMs: epochWallMs + 60_000 }, videoOnly);
    for (const [index, frame] of source.entries()) {
      feed(packager, [frame], "source");
      const other = encoded[index];
      if (other) feed(packager, [other], "720p");
    }
    packager.ended();
    checkAligned(log.of("source"), log.of("720p"));
    assert.deepEqual(
      log
        .of("720p")
        .filter((segment) => segment.gap)
        .map((segment) => segment.msn),
      [3, 4],
    );
    for (const name of ["source", "720p"]) {
      const discontinuities = log.of(name).filter((segment) => segment.discontinuity);
      assert.deepEqual(
        discontinuities.map((segment) => [segment.msn, segment.initId, segment.discontinuitySequence]),
        [[5, 2, 1]],
        name,
      );
    }
  });

  test("a rendition that dies gets gaps while the others go on, and comes back at a keyframe", () => {
    const { log, packager } = setUp({ renditions: ["source", "720p"] }, videoOnly);
    const long = videoFrames({ fps: 30, fromS: 0, toS: 40, gop: 60 });
    for (const frame of long) {
      feed(packager, [frame], "source");
      if (frame.dtsS < 5 || frame.dtsS >= 30.5) feed(packager, [frame], "720p");
    }
    packager.ended();
    checkAligned(
      log.of("source"),
      log.of("720p").map((segment) => ({ ...segment, durationUs: log.of("source")[segment.msn]?.durationUs ?? 0 })),
    );
    assert.ok(log.of("720p").at(-1)?.gap === false);
  });

  test("an encoder whose first keyframe comes early starts early, and its durations follow the plan", () => {
    const { log, packager } = setUp({ renditions: ["source", "720p"] }, videoOnly);
    const late = videoFrames({ fps: 30, fromS: 0.6, toS: 12.6, gop: 60 });
    for (const [index, frame] of videoFrames({ fps: 30, fromS: 0, toS: 12.6, gop: 60 }).entries()) {
      const source = late[index - 18];
      if (source) feed(packager, [source], "source");
      feed(packager, [{ ...frame, keyframe: index === 0 || index % 60 === 18 }], "720p");
    }
    packager.ended();
    checkDurations(log.of("720p"), 340_000);
    checkAligned(log.of("source"), log.of("720p"));
  });

  test("a ladder change: the new rendition starts at the stream's MSN", () => {
    const { log, packager } = setUp({ renditions: ["source"] }, videoOnly);
    feed(packager, source, "source");
    begin(packager, { renditions: ["source", "480p"] }, videoOnly);
    for (const [index, frame] of source.entries()) {
      feed(packager, [frame], "source");
      const other = encoded[index];
      if (other) feed(packager, [other], "480p");
    }
    packager.ended();
    checkAligned(log.of("source").slice(10), log.of("480p"));
    assert.equal(log.of("480p")[0]?.msn, 10);
  });
});

describe("sessions", () => {
  test("a replay starts at the last keyframe before the end of the log", () => {
    const { log, packager } = setUp({ skipUntilMs: 5_000 }, videoOnly);
    feed(packager, videoFrames({ fps: 30, fromS: 2, toS: 10, gop: 60 }));
    packager.ended();
    const first = log.of("source")[0];
    assert.equal(first?.programDateTimeMs, epochWallMs + 4_000);
    assert.equal(first?.parts[0]?.independent, true);
  });

  test("audio only: what is in the log is dropped to the frame", () => {
    const { log, packager } = setUp({ skipUntilMs: 5_000 }, audioOnly);
    feed(packager, audioFrames(3, 10));
    packager.ended();
    const startMs = (log.of("source")[0]?.programDateTimeMs ?? 0) - epochWallMs;
    assert.ok(Math.abs(startMs - 5_000) < 25, `${startMs}`);
  });

  test("a publisher that joins in the middle of a GOP starts at the next keyframe", () => {
    const { log, packager } = setUp();
    feed(packager, interleaved(videoFrames({ fps: 30, fromS: 0, toS: 6, gop: 60 }).slice(20), audioFrames(0.66, 6)));
    packager.ended();
    assert.equal(log.of("source")[0]?.programDateTimeMs, epochWallMs + 2_000);
  });

  test("timing stays when the publisher returns at another rate", () => {
    const { log, packager } = setUp({}, videoOnly);
    feed(packager, videoFrames({ fps: 30, fromS: 0, toS: 4, gop: 60 }));
    begin(packager, {}, videoOnly);
    feed(packager, videoFrames({ fps: 5, fromS: 0, toS: 10, gop: 10 }));
    packager.ended();
    assert.equal(log.out.timing?.partTargetUs, 340_000);
    for (const segment of log.of("source")) {
      assert.ok(Math.round(segment.durationUs / 1e6) <= 2);
      assert.ok(segment.parts.every((part) => part.durationUs <= 340_000));
    }
    assert.ok(Math.abs(sumUs(log.of("source")) - 14e6) < 2_000);
    assert.deepEqual(log.states, ["live", "live", "waiting"]);
  });

  test("no media, no segments; the first segment ever is no discontinuity", () => {
    const { log, packager } = setUp({}, videoOnly);
    begin(packager, {}, videoOnly);
    packager.ended();
    begin(packager, {}, videoOnly);
    feed(packager, videoFrames({ fps: 30, fromS: 0, toS: 4, gop: 60 }));
    packager.ended();
    assert.deepEqual(
      log.of("source").map((segment) => [segment.msn, segment.discontinuity]),
      [
        [0, false],
        [1, false],
      ],
    );
  });

  test("a session that continues another node's log goes on at its MSN with a discontinuity", () => {
    const log = recorder();
    const packager = createPackager(options, log.out, { firstMsn: 41, discontinuitySequence: 3, continues: true });
    begin(packager, {}, videoOnly);
    feed(packager, videoFrames({ fps: 30, fromS: 0, toS: 4, gop: 60 }));
    packager.ended();
    assert.deepEqual(
      log.of("source").map(({ msn, discontinuity, discontinuitySequence }) => [msn, discontinuity, discontinuitySequence]),
      [
        [41, true, 4],
        [42, false, 4],
      ],
    );
  });

  test("an engine that was restarted goes on in the middle of a group of pictures, without a discontinuity", () => {
    const { log, packager } = setUp({}, videoOnly);
    const frames = videoFrames({ fps: 30, fromS: 0, toS: 8, gop: 60 });
    feed(packager, frames.slice(0, 100));
    begin(packager, { continues: true, skipUntilMs: 3_000 }, videoOnly);
    feed(packager, frames.slice(100));
    packager.ended();
    const segments = log.of("source");
    assert.deepEqual(
      segments.map(({ msn, discontinuity, durationUs }) => [msn, discontinuity, Math.round(durationUs / 1_000)]),
      [0, 1, 2, 3].map((msn) => [msn, false, 2_000]),
    );
    assert.deepEqual(log.states, ["live", "waiting"]);
  });

  test("a restart that changed the media is one discontinuity in every rendition", () => {
    const renditions = ["source", "720p"];
    const { log, packager } = setUp({ renditions }, videoOnly);
    const first = videoFrames({ fps: 30, fromS: 0, toS: 4, gop: 60 });
    for (const name of renditions) feed(packager, first, name);
    packager.started({ renditions, epochWallMs, skipUntilMs: 0, continues: true });
    packager.init("source", videoOnly, undefined);
    packager.init("720p", both, undefined);
    const second = videoFrames({ fps: 30, fromS: 4, toS: 8, gop: 60 });
    for (const name of renditions) feed(packager, second, name);
    packager.ended();
    for (const name of renditions) {
      assert.deepEqual(
        log.of(name).map(({ msn, discontinuity }) => [msn, discontinuity]),
        [0, 1, 2, 3].map((msn) => [msn, msn === 2]),
        name,
      );
    }
  });
});
