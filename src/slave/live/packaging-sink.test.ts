import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ffmpeg, makeFmp4, makeLadder, probePackets } from "../../../test/support/make-fmp4.ts";
import type { MadeFmp4, Packet } from "../../../test/support/make-fmp4.ts";
import { syntheticFragment, syntheticInit, videoFrames } from "../../../test/support/synthetic-fmp4.ts";
import type { EngineSink } from "../engine/engine.ts";
import { createLiveStreams } from "./live-streams.ts";
import type { LiveStreamReader } from "./live-log.ts";
import { createPackagingSink } from "./packaging-sink.ts";

function setUp(maxStreams = 4) {
  const playable: string[] = [];
  const errors: string[] = [];
  const streams = createLiveStreams({
    maxStreams,
    now: () => 0,
    limits: { windowSegments: 10 },
    onPlayable: ({ path }) => void playable.push(path),
  });
  const logger = { info: () => undefined, warn: () => undefined, error: (fields: { stream: string }) => void errors.push(fields.stream) };
  const sink = createPackagingSink({ streams, options: { segmentDurationS: 2, partDurationS: 0.333 }, logger: logger as never });
  return { streams, sink, playable, errors };
}

/** The moment from which numbers of new streams are counted: MSNs begin with 0. */
const start = { renditions: ["source"], epochWallMs: Date.UTC(2025, 0, 1), skipUntilMs: 0 };

function publish(sink: EngineSink, path: string, { init, fragments }: MadeFmp4): void {
  sink.started(path, start);
  sink.init(path, "source", { bytes: init });
  for (const bytes of fragments) sink.fragment(path, "source", { bytes });
}

function everything(stream: LiveStreamReader, initId = 1): Buffer {
  const rendition = stream.rendition("source");
  const chunks = [...(rendition?.init(initId)?.chunks ?? [])];
  for (let msn = 0; msn <= (rendition?.lastMsn ?? -1); msn += 1) chunks.push(...(rendition?.segment(msn)?.chunks ?? []));
  return Buffer.concat(chunks);
}

describe("real media", () => {
  for (const bFrames of [0, 2]) {
    test(`with ${bFrames} B-frames: what comes out is what went in, packet for packet`, () => {
      const { streams, sink, playable } = setUp();
      const made = makeFmp4({ seconds: 9, bFrames });
      publish(sink, "live/a", made);
      sink.ended("live/a", "unpublished");
      assert.deepEqual(playable, ["live/a"]);
      const stream = streams.get("live/a");
      assert.ok(stream);
      // Times before 0 (a reordering encoder, an audio encoder's priming) are squeezed or left out, presentation times stay.
      const before = probePackets(Buffer.concat([made.init, ...made.fragments])).filter(
        ({ stream: track, dtsTicks }) => track === 0 || dtsTicks >= 0,
      );
      const after = probePackets(everything(stream));
      assert.ok(before.length > 600);
      assert.deepEqual(
        after.map((packet, index) => ({
          ...packet,
          dtsTicks: (before[index]?.dtsTicks ?? 0) < 0 ? before[index]?.dtsTicks : packet.dtsTicks,
        })),
        before,
      );
      assert.ok(after.every((packet) => packet.dtsTicks >= 0));
      // Decodes without a complaint: ffmpeg's stderr is part of the error that is thrown.
      ffmpeg(["-xerror", "-f", "mp4", "-i", "pipe:0", "-f", "null", "-"], everything(stream));
      const multivariant = stream.multivariant().bare.toString();
      assert.match(multivariant, /CODECS="avc1\.64[0-9a-f]{4},mp4a\.40\.2",RESOLUTION=320x180,FRAME-RATE=30\.000\nsource\/stream\.m3u8\n/);
    });
  }

  test("a copied source with B-frames and an encoded rendition: one MSN is one media time", () => {
    const { streams, sink } = setUp();
    const { source, small } = makeLadder({ seconds: 9, bFrames: 2 });
    sink.started("live/a", { ...start, renditions: ["source", "360p"] });
    sink.init("live/a", "source", { bytes: source.init });
    sink.init("live/a", "360p", { bytes: small.init });
    for (let index = 0; index < Math.max(source.fragments.length, small.fragments.length); index += 1) {
      const [one, other] = [source.fragments[index], small.fragments[index]];
      if (one) sink.fragment("live/a", "source", { bytes: one });
      if (other) sink.fragment("live/a", "360p", { bytes: other });
    }
    sink.ended("live/a", "unpublished");
    const startsOf = (name: string): number[] => {
      const rendition = streams.get("live/a")?.rendition(name);
      const init = rendition?.init(1)?.chunks ?? [];
      return [0, 1, 2, 3].map((msn) => {
        const packets = probePackets(Buffer.concat([...init, ...(rendition?.segment(msn)?.chunks ?? [])]));
        const video = packets.filter((packet) => packet.stream === 0);
        assert.ok(video[0]?.keyframe, `${name} ${msn}`);
        return Math.min(...video.map((packet) => packet.ptsTicks));
      });
    };
    const [one, other] = [startsOf("source"), startsOf("360p")];
    for (const [msn, ticks] of one.entries()) assert.ok(Math.abs(ticks - (other[msn] ?? 0)) < 90_000 / 60, `${one.join()} ${other.join()}`);
    assert.match(streams.get("live/a")?.multivariant().bare.toString() ?? "", /RESOLUTION=320x180[^]*RESOLUTION=160x90/);
  });

  test("every part decodes alone behind the init segment when it is independent", () => {
    const { streams, sink } = setUp();
    publish(sink, "live/a", makeFmp4({ seconds: 5, bFrames: 2 }));
    const rendition = streams.get("live/a")?.rendition("source");
    const init = rendition?.init(1)?.chunks[0];
    const text = rendition?.playlist({ skip: false }).bare.toString() ?? "";
    const independent = [...text.matchAll(/part-(\d+)\.(\d+)\.m4s",INDEPENDENT=YES/g)];
    assert.ok(init && independent.length >= 2);
    for (const [, msn, index] of independent) {
      const part = rendition?.part(Number(msn), Number(index));
      assert.ok(part);
      const packets: Packet[] = probePackets(Buffer.concat([init, ...part.chunks]));
      const first = packets.find((packet) => packet.stream === 0);
      assert.equal(first?.keyframe, true);
    }
  });
});

describe("faults", () => {
  const init = syntheticInit({ video: true, audio: false });
  const fragments = videoFrames({ fps: 30, fromS: 0, toS: 5, gop: 60 }).map(syntheticFragment);

  test("damaged media ends one stream's session; another goes on; the publisher may come back", () => {
    const { streams, sink, errors } = setUp();
    publish(sink, "live/a", { init, fragments });
    publish(sink, "live/b", { init, fragments });
    sink.fragment("live/a", "source", { bytes: Buffer.from("000000086d6f6f66", "hex") });
    sink.fragment("live/a", "source", { bytes: Buffer.from("0000ffff6d6f6f66", "hex") });
    assert.deepEqual(errors, ["live/a"]);
    assert.equal(streams.get("live/a")?.state, "waiting");
    assert.equal(streams.get("live/b")?.state, "live");
    publish(sink, "live/a", { init, fragments });
    const text = streams.get("live/a")?.rendition("source")?.playlist({ skip: false }).bare.toString() ?? "";
    assert.equal(text.match(/#EXT-X-DISCONTINUITY\n/g)?.length, 1);
    assert.match(text, /#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="init-3\.mp4"\n/);
    assert.equal(streams.get("live/a")?.state, "live");
  });

  test("a stream too many is not carried and harms nobody", () => {
    const { streams, sink } = setUp(1);
    publish(sink, "live/a", { init, fragments });
    publish(sink, "live/b", { init, fragments });
    assert.equal(streams.get("live/b"), undefined);
    assert.deepEqual(
      streams.list().map(({ path, msn, part }) => [path, msn, part]),
      [["live/a", 2, 2]],
    );
  });

  test("a removed stream is not brought back by late fragments", () => {
    const { streams, sink } = setUp();
    publish(sink, "live/a", { init, fragments });
    assert.equal(streams.remove("live/a"), true);
    for (const bytes of fragments) sink.fragment("live/a", "source", { bytes });
    assert.equal(streams.get("live/a"), undefined);
    publish(sink, "live/a", { init, fragments });
    assert.equal(streams.get("live/a")?.rendition("source")?.lastMsn, 2);
  });
});

describe("epochs", () => {
  const init = syntheticInit({ video: true, audio: false });
  const fragments = videoFrames({ fps: 30, fromS: 0, toS: 5, gop: 60 }).map(syntheticFragment);
  const publishAs = (sink: EngineSink, epoch: number) => {
    sink.started("live/a", { ...start, origin: { epoch, handoverFrom: undefined } });
    sink.init("live/a", "source", { bytes: init });
    for (const bytes of fragments) sink.fragment("live/a", "source", { bytes });
  };
  const numbers = (stream: LiveStreamReader | undefined) => {
    const text = stream?.rendition("source")?.playlist({ skip: false }).bare.toString() ?? "";
    return {
      segments: [...text.matchAll(/^seg-(\d+)/gm)].map(([, msn]) => Number(msn)),
      discontinuities: text.match(/#EXT-X-DISCONTINUITY\n/g)?.length ?? 0,
    };
  };

  test("a new stream is opened under the epoch of its session, a log of an older epoch is promoted and gone on with", () => {
    const { streams, sink } = setUp();
    publishAs(sink, 1);
    const log = streams.get("live/a");
    assert.equal(log?.epoch, 1);
    // In the middle of a segment, as the copy of an origin that died.
    publishAs(sink, 5);
    sink.ended("live/a", "unpublished");
    assert.equal(streams.get("live/a"), log);
    assert.equal(log?.epoch, 5);
    assert.deepEqual(numbers(log), { segments: [0, 1, 2, 3, 4, 5], discontinuities: 1 });
  });

  test("who returns under the same epoch goes on after what others have appended meanwhile", () => {
    const { streams, sink } = setUp();
    publishAs(sink, 1);
    sink.ended("live/a", "unpublished");
    const writer = streams.get("live/a")?.writer.writer("source");
    writer?.addGap({ msn: 3, initId: 1, programDateTimeMs: 0, discontinuity: false, discontinuitySequence: 0 }, 2e6);
    publishAs(sink, 1);
    assert.equal(numbers(streams.get("live/a")).segments.at(4), 4);
  });

  test("media of an older epoch than the log's reaches nobody", () => {
    const { streams, sink } = setUp();
    publishAs(sink, 5);
    sink.ended("live/a", "unpublished");
    const before = numbers(streams.get("live/a"));
    publishAs(sink, 4);
    assert.deepEqual(numbers(streams.get("live/a")), before);
    assert.equal(streams.get("live/a")?.epoch, 5);
  });

  test("a log that was replaced gets nothing from the session that filled the old one; the next goes on above its numbers", () => {
    const { streams, sink } = setUp();
    sink.started("live/a", { ...start, epochWallMs: start.epochWallMs + 3_600_000 });
    publishAs(sink, 1);
    const shown = streams.get("live/a")?.position().msn ?? 0;
    streams.replace("live/a", 2);
    for (const bytes of fragments) sink.fragment("live/a", "source", { bytes });
    sink.ended("live/a", "replaced");
    const log = streams.get("live/a");
    assert.equal(log?.position().msn, -1);
    assert.equal(log?.state, "waiting");
    publishAs(sink, 3);
    sink.ended("live/a", "unpublished");
    assert.deepEqual(numbers(log), { segments: [shown + 1, shown + 2, shown + 3], discontinuities: 1 });
  });

  test("an origin without the log of the one before names nothing as that one did, although it begins earlier", () => {
    const names = (epoch: number, epochWallMs: number) => {
      const { streams, sink } = setUp();
      sink.started("live/a", { ...start, epochWallMs, origin: { epoch, handoverFrom: undefined } });
      sink.init("live/a", "source", { bytes: init });
      for (const bytes of fragments) sink.fragment("live/a", "source", { bytes });
      const text = streams.get("live/a")?.rendition("source")?.playlist({ skip: false }).bare.toString() ?? "";
      const sequence = Number(/DISCONTINUITY-SEQUENCE:(\d+)/.exec(text)?.[1]);
      const inPlaylist = text.match(/#EXT-X-DISCONTINUITY\n/g)?.length ?? 0;
      return { uris: new Set(text.match(/[a-z]+-\d+(?:\.\d+)?\.m[p4s]+/g)), timeline: sequence + inPlaylist };
    };
    const nowMs = Date.UTC(2026, 0, 1, 8);
    const before = names(1, nowMs);
    // A gateway replays from the keyframe that came first.
    const after = names(2, nowMs);
    assert.ok(before.uris.size > 5 && after.uris.size > 5);
    assert.deepEqual(
      [...after.uris].filter((uri) => before.uris.has(uri)),
      [],
    );
    assert.ok(after.timeline > before.timeline, "a player must not take it for the same timeline");
  });
});

test("a stream without a log begins above all numbers of an earlier life of its slave", () => {
  const firstOf = (wallMs: number, secondsOfMedia: number) => {
    const { streams, sink } = setUp();
    sink.started("live/a", { ...start, epochWallMs: wallMs });
    sink.init("live/a", "source", { bytes: syntheticInit({ video: true, audio: false }) });
    for (const frame of videoFrames({ fps: 30, fromS: 0, toS: secondsOfMedia, gop: 60 })) {
      sink.fragment("live/a", "source", { bytes: syntheticFragment(frame) });
    }
    const text = streams.get("live/a")?.rendition("source")?.playlist({ skip: false }).bare.toString() ?? "";
    const numbers = [...text.matchAll(/^seg-(\d+)/gm)].map(([, msn]) => Number(msn));
    return { first: Math.min(...numbers), last: Math.max(...numbers) };
  };
  const before = firstOf(Date.UTC(2026, 0, 1, 8, 0, 0), 20);
  const after = firstOf(Date.UTC(2026, 0, 1, 8, 0, 22), 4);
  assert.ok(after.first > before.last, `${after.first} after ${before.last}`);
});
