import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RenditionWriter } from "../media/stream-writer.ts";
import type { RequestVerdict, WakeReason } from "./live-log.ts";
import { createLiveStream, defaultLimits } from "./live-stream.ts";
import type { LiveStream, LiveStreamLimits } from "./live-stream.ts";
import { createLiveStreams } from "./live-streams.ts";

const partsPerSegment = 6;
const partUs = 333_333;
const wallMs = Date.UTC(2026, 0, 1);

function setUp(
  limits: Partial<LiveStreamLimits> = {},
  names: readonly string[] = ["source"],
  onPlayable: (stream: LiveStream) => void = () => undefined,
) {
  const clock = { nowMs: 0 };
  const stream = createLiveStream({
    path: "live/a",
    epoch: 1,
    limits: { ...defaultLimits, ...limits },
    now: () => clock.nowMs,
    onPlayable,
  });
  stream.writer.setRenditions(names);
  stream.writer.setTiming({ targetDurationS: 2, partTargetUs: 340_000 });
  stream.writer.setState("live");
  for (const name of names) {
    const writer = stream.writer.writer(name);
    writer.describe({ codecs: "avc1.64001f", width: 1280, height: 720, frameRate: 30, nominalBitrate: undefined });
    writer.addInit({ id: 1, bytes: Buffer.from("init") });
  }
  const first = stream.rendition(names[0] ?? "");
  assert.ok(first);
  return { stream, clock, reader: first, writer: stream.writer.writer(names[0] ?? "") };
}

const start = (msn: number) => ({
  msn,
  initId: 1,
  programDateTimeMs: wallMs + msn * 2_000,
  discontinuity: false,
  discontinuitySequence: 0,
});

function fill(writer: RenditionWriter, segments: number, openParts = 0, bytes = 100): void {
  for (let count = 0; count < segments; count += 1) {
    writer.beginSegment(start(writer.nextMsn ?? 0));
    addParts(writer, partsPerSegment, bytes);
    writer.endSegment();
  }
  if (openParts === 0) return;
  writer.beginSegment(start(writer.nextMsn ?? 0));
  addParts(writer, openParts, bytes);
}

function addParts(writer: RenditionWriter, count: number, bytes = 100): void {
  for (let index = 0; index < count; index += 1)
    writer.appendPart({ durationUs: partUs, independent: index === 0, bytes: Buffer.alloc(bytes) });
}

describe("blocking reload (RFC 8216bis 6.2.5.2)", () => {
  // Segments 0 to 4 complete, 5 open with parts 0 and 1. The advance part limit for 0.34 s parts is 9.
  const table: readonly [msn: number, part: number | undefined, RequestVerdict][] = [
    [0, undefined, "ready"],
    [4, undefined, "ready"],
    [4, 0, "ready"],
    [4, 5, "ready"],
    [4, 6, "ready"],
    [3, 99, "ready"],
    [5, 0, "ready"],
    [5, 1, "ready"],
    [5, 2, "wait"],
    [5, 10, "wait"],
    [5, 11, "too_far"],
    [5, undefined, "wait"],
    [6, undefined, "wait"],
    [6, 0, "wait"],
    [6, 8, "wait"],
    [6, 9, "too_far"],
    [7, undefined, "too_far"],
    [7, 0, "too_far"],
    [2 ** 52, 0, "too_far"],
  ];
  for (const [msn, part, verdict] of table) {
    test(`msn ${msn}, part ${part}: ${verdict}`, () => {
      const { reader, writer } = setUp();
      fill(writer, 5, 2);
      assert.equal(reader.request(msn, part), verdict);
    });
  }

  test("a part beyond the end of the newest complete segment is the first part of the next", () => {
    const { reader, writer } = setUp();
    fill(writer, 5);
    assert.equal(reader.request(4, 5), "ready");
    assert.equal(reader.request(4, 6), "wait");
    writer.beginSegment(start(5));
    addParts(writer, 1);
    assert.equal(reader.request(4, 6), "ready");
  });

  test("an MSN older than what is kept is ready", () => {
    const { reader, writer } = setUp();
    fill(writer, 60);
    assert.equal(reader.part(0, 0), undefined);
    assert.equal(reader.request(0, 3), "ready");
  });

  test("the hinted part, parts that exist, parts that do not", () => {
    const { reader, writer } = setUp();
    fill(writer, 1, 2);
    assert.deepEqual(
      [
        reader.partRequest(0, 5),
        reader.partRequest(0, 6),
        reader.partRequest(1, 1),
        reader.partRequest(1, 2),
        reader.partRequest(1, 3),
        reader.partRequest(2, 0),
      ],
      ["ready", "missing", "ready", "wait", "missing", "missing"],
    );
    writer.endSegment();
    assert.equal(reader.partRequest(2, 0), "wait");
  });
});

describe("waiters", () => {
  test("are released by their part in the order of their calls, a batch a turn", async () => {
    const { clock, reader, writer } = setUp();
    fill(writer, 1, 1);
    const released: number[] = [];
    const sinceMs = new Set<number>();
    for (let index = 0; index < 200; index += 1) {
      reader.wait(1, 1, (reason, since) => {
        if (reason === "ready") released.push(index);
        sinceMs.add(since);
      });
    }
    clock.nowMs = 500;
    let later = 0;
    reader.wait(1, 2, () => void (later += 1));
    assert.equal(released.length, 0);
    addParts(writer, 1);
    assert.equal(released.length, 0, "never from within the writer");
    const perTurn: number[] = [];
    while (released.length < 200) {
      const before = released.length;
      clock.nowMs += 10;
      await nextTurn();
      perTurn.push(released.length - before);
      assert.ok(perTurn.length < 50);
    }
    assert.ok(Math.max(...perTurn) <= 64, perTurn.join());
    assert.deepEqual(
      released,
      Array.from({ length: 200 }, (_, index) => index),
    );
    assert.deepEqual([...sinceMs], [500], "all are told when the part was there, however long they queue");
    assert.equal(later, 0);
    addParts(writer, 1);
    await nextTurn();
    await nextTurn();
    assert.equal(later, 1);
  });

  test("a whole segment, a part past its segment's end, a part URI that never comes", async () => {
    const { reader, writer } = setUp();
    fill(writer, 0, 6);
    const released: string[] = [];
    reader.wait(0, undefined, () => void released.push("segment"));
    reader.wait(0, 6, () => void released.push("next part"));
    reader.waitForPart(0, 6, () => void released.push("hint"));
    writer.endSegment();
    await nextTurn();
    await nextTurn();
    assert.deepEqual(released.toSorted(), ["hint", "segment"]);
    assert.equal(reader.part(0, 6), undefined);
    fill(writer, 0, 1);
    await nextTurn();
    await nextTurn();
    assert.deepEqual(released.toSorted(), ["hint", "next part", "segment"]);
  });

  test("a cancelled one is not called, neither before nor after its release began", async () => {
    const { reader, writer } = setUp();
    fill(writer, 0, 1);
    const called: string[] = [];
    const cancelFirst = reader.wait(0, 1, () => void called.push("first"));
    const cancelSecond = reader.wait(0, 1, () => void called.push("second"));
    reader.wait(0, 1, () => void called.push("third"));
    cancelFirst();
    cancelFirst();
    addParts(writer, 1);
    cancelSecond();
    await nextTurn();
    await nextTurn();
    assert.deepEqual(called, ["third"]);
  });

  test("wake when the publisher leaves, when the stream closes, and when there are too many", async () => {
    const { stream, reader, writer } = setUp({ maxWaiters: 2 });
    fill(writer, 0, 1);
    const reasons: WakeReason[] = [];
    for (let count = 0; count < 3; count += 1) reader.wait(0, 1, (reason) => void reasons.push(reason));
    await nextTurn();
    assert.deepEqual(reasons, ["overloaded"]);
    stream.writer.setState("waiting");
    await nextTurn();
    await nextTurn();
    assert.deepEqual(reasons, ["overloaded", "waiting", "waiting"]);
    reader.wait(0, 1, (reason) => void reasons.push(reason));
    stream.close();
    await nextTurn();
    await nextTurn();
    assert.equal(reasons.at(-1), "closed");
  });
});

describe("playlists", () => {
  test("are rendered once per change, and tell of the publisher's absence", () => {
    const { stream, reader, writer } = setUp();
    fill(writer, 3, 1);
    const first = reader.playlist({ skip: false });
    assert.equal(reader.playlist({ skip: false }), first);
    assert.equal(stream.multivariant(), stream.multivariant());
    addParts(writer, 1);
    assert.notEqual(reader.playlist({ skip: false }), first);
    assert.match(reader.playlist({ skip: false }).bare.toString(), /PRELOAD-HINT:TYPE=PART,URI="part-3\.2\.m4s"/);
    writer.endSegment();
    stream.writer.setState("waiting");
    assert.doesNotMatch(reader.playlist({ skip: false }).bare.toString(), /PRELOAD-HINT/);
  });

  test("a report of another rendition is never older than the playlist", () => {
    const { stream, reader, writer } = setUp({}, ["source", "720p"]);
    fill(writer, 1, 1);
    fill(stream.writer.writer("720p"), 1, 0);
    assert.match(reader.playlist({ skip: false }).bare.toString(), /"\.\.\/720p\/stream\.m3u8",LAST-MSN=0,LAST-PART=5\n/);
    fill(stream.writer.writer("720p"), 0, 1);
    assert.match(reader.playlist({ skip: false }).bare.toString(), /"\.\.\/720p\/stream\.m3u8",LAST-MSN=1,LAST-PART=0\n/);
  });

  test("a stream is playable when each rendition has a part, or the first has a segment; told once", () => {
    let told = 0;
    const { stream, writer } = setUp({}, ["source", "720p"], () => (told += 1));
    fill(writer, 0, 1);
    assert.equal(stream.playable, false);
    fill(stream.writer.writer("720p"), 0, 1);
    assert.equal(stream.playable, true);
    addParts(writer, 1);
    assert.equal(told, 1);
    const slow = setUp({}, ["source", "720p"]);
    fill(slow.writer, 1, 1);
    assert.equal(slow.stream.playable, true);
    assert.doesNotMatch(slow.stream.multivariant().bare.toString(), /720p/);
  });
});

describe("bounds", () => {
  test("the playlist shows ten segments; removed ones stay for their availability duration, then go", () => {
    const { stream, reader, writer } = setUp();
    fill(writer, 100, 1);
    const listed = [
      ...reader
        .playlist({ skip: false })
        .bare.toString()
        .matchAll(/^seg-(\d+)/gm),
    ].map(([, msn]) => Number(msn));
    assert.deepEqual([listed[0], listed.length], [90, 10]);
    // A segment leaves the list when it is 20 s old, and must live for 2 s plus the list's 20 to 22 s more (6.2.2).
    const oldest = Array.from({ length: 100 }, (_, msn) => msn).find((msn) => reader.segment(msn));
    assert.ok(oldest !== undefined && oldest >= 75 && oldest <= 79, `${oldest}`);
    assert.ok(stream.bytes <= 26 * partsPerSegment * 100);
    assert.equal(reader.segment(89)?.bytes, partsPerSegment * 100);
  });

  test("bytes are bounded whatever the window says, also within one segment", () => {
    const { stream, reader, writer } = setUp({ maxBytes: 100_000 });
    fill(writer, 50, 3, 5_000);
    assert.ok(stream.bytes <= 100_000, `${stream.bytes}`);
    assert.ok(reader.segment(49));
    assert.match(reader.playlist({ skip: false }).bare.toString(), /#EXT-X-MEDIA-SEQUENCE:4[78]\n/);
    writer.endSegment();
    writer.beginSegment(start(51));
    assert.throws(() => addParts(writer, 30, 5_000), RangeError);
    assert.ok(stream.bytes <= 100_000, `${stream.bytes}`);
  });

  test("many tiny segments do not make the playlist short", () => {
    const { reader, writer } = setUp();
    for (let msn = 0; msn < 30; msn += 1) {
      writer.beginSegment(start(msn));
      writer.appendPart({ durationUs: msn % 2 === 0 ? 300_000 : 1_500_000, independent: true, bytes: Buffer.alloc(10) });
      writer.endSegment();
    }
    const durations = [
      ...reader
        .playlist({ skip: false })
        .bare.toString()
        .matchAll(/EXTINF:([\d.]+)/g),
    ].map(([, seconds]) => Number(seconds));
    assert.ok(durations.reduce((sum, seconds) => sum + seconds, 0) >= 16);
  });

  test("init segments go with their last segment", () => {
    const { reader, writer } = setUp();
    fill(writer, 1);
    for (let id = 2; id < 50; id += 1) writer.addInit({ id, bytes: Buffer.from(`init ${id}`) });
    assert.ok(reader.init(1) && reader.init(49));
    assert.equal(reader.init(20), undefined);
    fill(writer, 60);
    assert.ok(reader.init(1), "still in use");
    for (let count = 0; count < 60; count += 1) {
      writer.beginSegment({ ...start(writer.nextMsn ?? 0), initId: 49 });
      addParts(writer, 6);
      writer.endSegment();
    }
    assert.equal(reader.init(1), undefined);
    assert.ok(reader.init(49));
  });

  test("streams are bounded in number; MSNs may not jump or go back", () => {
    const streams = createLiveStreams({ maxStreams: 2, now: () => 0 });
    assert.ok(streams.open("live/a") && streams.open("live/b", 7));
    assert.equal(streams.open("live/c"), undefined);
    assert.equal(streams.open("live/b")?.epoch, 7);
    assert.equal(streams.remove("live/a"), true);
    assert.ok(streams.open("live/c"));
    const { writer } = setUp();
    fill(writer, 1);
    assert.throws(() => writer.beginSegment(start(0)), RangeError);
    assert.throws(() => writer.beginSegment(start(2)), RangeError);
    assert.throws(() => writer.endSegment(), RangeError);
  });
});

test("levelling ends open segments and fills gaps, so that a new writer finds one MSN", () => {
  const { stream, writer } = setUp({}, ["source", "720p"]);
  fill(writer, 4, 2);
  fill(stream.writer.writer("720p"), 2, 1);
  assert.deepEqual(stream.level(), { msn: 4, discontinuitySequence: 0 });
  assert.equal(stream.writer.writer("720p").nextMsn, 5);
  assert.match(stream.rendition("720p")?.playlist({ skip: false }).bare.toString() ?? "", /#EXT-X-GAP\n#EXTINF:1\.999998,\nseg-3\.m4s\n/);
});

test("a rendition that leaves the ladder and returns reuses no URI of an init segment", () => {
  const { stream } = setUp({}, ["source", "720p"]);
  stream.writer.setRenditions(["source"]);
  assert.equal(stream.rendition("720p"), undefined);
  stream.writer.setRenditions(["source", "720p"]);
  assert.equal(stream.writer.writer("720p").nextInitId, 2);
  assert.equal(stream.writer.writer("source").nextInitId, 2);
});
