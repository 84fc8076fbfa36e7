import assert from "node:assert/strict";
import { test } from "node:test";
import { Compile } from "typebox/compile";
import { NodeStats } from "../../shared/protocol/cluster-messages.ts";
import type { PlayersReport } from "../../shared/protocol/cluster-messages.ts";
import type { CopyStatus } from "../replication/replication.ts";
import { createStreamReporter } from "./stream-reporter.ts";
import type { PublisherFigures } from "./stream-reporter.ts";

const load = { cpu: 1, memory: 2 };
const copy: CopyStatus = {
  upstream: "slave-2",
  epoch: 3,
  state: "live",
  lagParts: 1,
  lagS: 0.123_456,
  lineage: ["slave-2"],
  advancedAtMs: 0,
};

const publisher: PublisherFigures = {
  path: "live/math",
  startedAtMs: Date.UTC(2026, 0, 1, 8),
  bitrate: 2e6,
  fps: 30,
  keyframeIntervalS: 8.333_333,
  droppedFrames: 12,
  video: { codec: "H.264", width: 1_280, height: undefined },
  audio: undefined,
  reencoding: false,
  ffmpegRestarts: 1,
  encodedRenditions: 2,
};

function setUp(
  copies: Record<string, CopyStatus>,
  origins: Record<string, number>,
  wanted: readonly string[] = [],
  changes: Partial<PublisherFigures> = {},
) {
  const told = new Map<string, PlayersReport>([["live/art", { reports: 2, delay_s: 1.4, watched_s: 20, stalls: 1, stalled_s: 0.5 }]]);
  const paths = ["live/math", "live/art", "live/left"];
  const leaving = { value: false };
  const reporter = createStreamReporter({
    streams: { list: () => paths.map((path) => ({ path, epoch: 3, state: "live" as const, msn: 7, part: 2 })) },
    engine: { publishers: () => [{ ...publisher, ...changes }] },
    viewers: {
      count: () => 4,
      countByPath: () => new Map([["live/art", 4]]),
      teachersByPath: () => new Map([["live/art", 1]]),
      activated: () => [],
      acknowledge: () => {},
    },
    sources: { originEpochOf: (path) => origins[path], copyOf: (path) => copies[path], claims: () => [], wanted: () => wanted },
    takePlayersOf(path) {
      const players = told.get(path);
      told.delete(path);
      return players;
    },
    leaving: () => leaving.value,
    clock: { monotonicMs: () => 0, wallMs: () => 0 },
  });
  return { reporter, leaving };
}

test("an origin says what it costs, a replica whom it follows and how far it is behind", () => {
  const { reporter } = setUp({ "live/art": copy }, { "live/math": 5 });
  assert.deepEqual(reporter.streams(), [
    {
      path: "live/math",
      role: "origin",
      state: "live",
      epoch: 5,
      msn: 7,
      part: 2,
      viewers: 0,
      bitrate: 2e6,
      encoded: 2,
      ingest: {
        started_at: "2026-01-01T08:00:00.000Z",
        bitrate: 2e6,
        fps: 30,
        keyframe_interval_s: 8.333,
        dropped_frames: 12,
        video: { codec: "H.264", width: 1280, height: null },
        audio: null,
        reencoding: false,
        ffmpeg_restarts: 1,
      },
    },
    {
      path: "live/art",
      role: "replica",
      state: "live",
      epoch: 3,
      msn: 7,
      part: 2,
      viewers: 4,
      teachers: 1,
      upstream: "slave-2",
      lag_parts: 1,
      lag_s: 0.123,
    },
    { path: "live/left", role: "replica", state: "waiting", epoch: 3, msn: 7, part: 2, viewers: 0 },
  ]);
});

test("what it says always has the shape of the message, whatever a copy is like and however much is wanted", () => {
  const lost: CopyStatus = { ...copy, epoch: 0, state: "waiting", lagS: Number.POSITIVE_INFINITY };
  const wanted = Array.from({ length: 500 }, (_, index) => `live/class-${index}`);
  const { reporter, leaving } = setUp({ "live/art": lost }, {}, wanted);
  leaving.value = true;
  const sent = JSON.parse(JSON.stringify(reporter.heartbeat(load, 0).stats)) as NodeStats;
  assert.ok(Compile(NodeStats).Check(sent));
  assert.equal(sent.wanted?.length, 200);
  assert.equal(sent.leaving, true);
  assert.equal(sent.streams?.[1]?.state, "waiting");
});

test("what players told goes with one heartbeat, and not to whoever only looks", () => {
  const { reporter } = setUp({ "live/art": copy }, {});
  assert.equal(reporter.streams()[1]?.players, undefined);
  assert.equal(reporter.heartbeat(load, 0).stats.streams?.[1]?.players?.delay_s, 1.4);
  assert.equal(reporter.heartbeat(load, 0).stats.streams?.[1]?.players, undefined);
});

test("a report stays small and in shape, whatever a stranger's metadata say", () => {
  for (const width of [Number.NaN, Number.POSITIVE_INFINITY, 0.5, -1e300, undefined]) {
    const strange = { video: { codec: "x".repeat(10_000), width, height: width }, audio: { codec: "\u0000".repeat(100) } };
    const { reporter } = setUp({}, { "live/math": 1 }, [], strange);
    const sent = JSON.parse(JSON.stringify(reporter.heartbeat(load, 0).stats)) as NodeStats;
    assert.ok(Compile(NodeStats).Check(sent), `${width}`);
    assert.ok(JSON.stringify(sent.streams?.[0]).length < 1_000);
  }
});
