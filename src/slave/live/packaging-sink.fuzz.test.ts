// Random teachers against the rules that every playlist must keep: whatever comes in, numbers never go back, durations
// stay within what was announced, and one MSN is one time in all renditions.
import assert from "node:assert/strict";
import { test } from "node:test";
import { audioFrames, interleaved, syntheticFragment, syntheticInit, videoFrames } from "../../../test/support/synthetic-fmp4.ts";
import type { SyntheticFrame } from "../../../test/support/synthetic-fmp4.ts";
import { createLiveStreams } from "./live-streams.ts";
import type { LiveStreamReader } from "./live-log.ts";
import { createPackagingSink } from "./packaging-sink.ts";

function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Seen {
  readonly times: Map<number, { readonly date: string; readonly discontinuities: number }>;
  readonly lowest: Map<string, { msn: number; discontinuities: number }>;
}

function check(stream: LiveStreamReader, seen: Seen, label: string): void {
  for (const rendition of stream.renditions) {
    if (!rendition.playable) continue;
    const text = rendition.playlist({ skip: false }).bare.toString();
    const number = (tag: string, fallback: number): number => Number(new RegExp(`#EXT-X-${tag}:(\\d+)`).exec(text)?.[1] ?? fallback);
    let msn = number("MEDIA-SEQUENCE", -1);
    let discontinuities = number("DISCONTINUITY-SEQUENCE", 0);
    const before = seen.lowest.get(rendition.name) ?? { msn: 0, discontinuities: 0 };
    assert.ok(msn >= before.msn && discontinuities >= before.discontinuities, `${label} ${rendition.name} went back`);
    seen.lowest.set(rendition.name, { msn, discontinuities });
    assert.match(text, /#EXT-X-TARGETDURATION:2\n[^]*PART-TARGET=0\.34\n/);
    let parts: { readonly seconds: number; readonly independent: boolean }[] = [];
    let date = "";
    for (const line of text.split("\n")) {
      const at = `${label} ${rendition.name} ${msn}: ${line}`;
      if (line === "#EXT-X-DISCONTINUITY") discontinuities += 1;
      if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) date = line;
      if (line.startsWith("#EXT-X-PART:")) {
        const seconds = Number(/DURATION=([\d.]+)/.exec(line)?.[1]);
        assert.ok(seconds > 0 && seconds <= 0.34, at);
        parts.push({ seconds, independent: line.includes("INDEPENDENT=YES") });
      }
      if (!line.startsWith("#EXTINF:")) continue;
      const duration = Number(/([\d.]+)/.exec(line)?.[1]);
      assert.ok(Math.round(duration) <= 2, at);
      if (parts.length > 0) {
        const sum = parts.reduce((total, part) => total + part.seconds, 0);
        assert.ok(Math.abs(sum - duration) < 1e-5, `${at} but parts ${sum}`);
      }
      const other = seen.times.get(msn) ?? { date, discontinuities };
      seen.times.set(msn, other);
      assert.deepEqual({ date, discontinuities }, other, at);
      parts = [];
      msn += 1;
    }
  }
}

for (let seed = 1; seed <= 12; seed += 1) {
  test(`random teachers, seed ${seed}`, () => {
    const random = createRandom(seed);
    const errors: unknown[] = [];
    const logger = { info: () => undefined, warn: () => undefined, error: (fields: unknown) => void errors.push(fields) };
    const streams = createLiveStreams({ maxStreams: 1, now: () => performance.now() });
    const sink = createPackagingSink({ streams, options: { segmentDurationS: 2, partDurationS: 0.333 }, logger: logger as never });
    const seen: Seen = { times: new Map(), lowest: new Map() };
    let wallMs = Date.UTC(2026, 0, 1);
    for (let session = 0; session < 6; session += 1) {
      const fps = [30, 25, 24, 60, 15, 50][random(6)] ?? 30;
      const seconds = 1 + random(20);
      const gop = 1 + random(fps * 5);
      const withAudio = random(3) > 0;
      // Names and order change between sessions; the leading one stays or not.
      const renditions = [["source"], ["source", "720p"], ["source", "720p", "480p"], ["720p", "480p"]][random(4)] ?? ["source"];
      const base = videoFrames({ fps, fromS: 0, toS: seconds, gop, milliseconds: random(2) === 0, reorderS: random(2) * 0.08 });
      const lists = renditions.map((_, index) => {
        const shift = index === 0 ? 0 : (base[0]?.reorderS ?? 0);
        const video = base.map((frame): SyntheticFrame => (index === 0 ? frame : { ...frame, dtsS: frame.dtsS + shift, reorderS: 0 }));
        const dropped = random(4) === 0 ? video.filter(() => random(10) > 0) : video;
        const list = interleaved(dropped, withAudio ? audioFrames(0, seconds) : []);
        return random(3) === 0 ? list.slice(0, random(list.length)) : list;
      });
      sink.started("live/a", { renditions, epochWallMs: wallMs, skipUntilMs: random(4) === 0 ? 500 : 0 });
      for (const name of renditions) sink.init("live/a", name, { bytes: syntheticInit({ video: true, audio: withAudio }) });
      const lags = renditions.map((_, index) => (index === 0 ? 0 : random(80) - 20));
      const longest = Math.max(...lists.map((list) => list.length)) + 80;
      for (let step = -20; step < longest; step += 1) {
        for (const [index, list] of lists.entries()) {
          const frame = list[step - (lags[index] ?? 0)];
          if (frame) sink.fragment("live/a", renditions[index] ?? "", { bytes: syntheticFragment(frame) });
        }
        const stream = streams.get("live/a");
        if (stream && step % 7 === 0) check(stream, seen, `session ${session}`);
      }
      if (random(2) === 0) sink.ended("live/a", "unpublished");
      wallMs += 60_000;
    }
    assert.deepEqual(errors, []);
    assert.ok(seen.times.size > 5, `${seen.times.size} segments`);
  });
}
