import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClassLive, ClassSample } from "../../shared/protocol/class-live.ts";
import { ingestHealth } from "./ingest-health.ts";

type Ingest = NonNullable<ClassLive["ingest"]>;

const startedAtS = 1_700_000_000;
const ingest: Ingest = {
  started_at: new Date(startedAtS * 1000).toISOString(),
  bitrate: 2_500_000,
  fps: 30,
  keyframe_interval_s: 2,
  dropped_frames: 0,
  video: { codec: "avc1.64001f", width: 1_280, height: 720 },
  audio: { codec: "mp4a.40.2" },
  reencoding: false,
  ffmpeg_restarts: 0,
};

const live = (change: Partial<Ingest> = {}, more: Partial<ClassLive> = {}): ClassLive => ({
  class: {
    name: "math-3b",
    title: "Mathematics 3B",
    path: "live/math-3b",
    open: false,
    closed: false,
    join_code: "K7QX2M",
    has_teacher_token: false,
    live: true,
    rtmp_url: "rtmp://127.0.0.1:1935/live",
    watch_url: "http://127.0.0.1:8000/watch/math-3b",
  },
  phase: "live",
  viewers: 28,
  students: 28,
  origin: "slave-1",
  origin_name: "slave-1",
  copies: 2,
  ingest: { ...ingest, ...change },
  players: null,
  ...more,
});

/** Two minutes of a sample each 5 s, from the first second on. */
const samples = (figures: (index: number) => Partial<ClassSample> = () => ({})): ClassSample[] =>
  Array.from({ length: 24 }, (_, index) => ({
    at: startedAtS + index * 5,
    viewers: 28,
    students: 28,
    bitrate: 2_500_000,
    fps: 30,
    dropped_frames: 0,
    delay_s: 1.6,
    ...figures(index),
  }));

const found = (of: ClassLive, sampled: readonly ClassSample[] = samples()): string[] =>
  ingestHealth(of, sampled).map(({ severity, code }) => `${severity} ${code}`);

const players = { reports: 10, delay_s: 1.5, watched_s: 100, stalls: 0, stalled_s: 0 };

const cases: readonly (readonly [string, ClassLive, readonly ClassSample[], readonly string[]])[] = [
  ["all is well", live({}, { players }), samples(), []],
  ["keyframes of OBS's own choice, copied", live({ keyframe_interval_s: 8.333 }), samples(), ["warn keyframes_far"]],
  ["the same, and the server encodes anew", live({ keyframe_interval_s: 8.333, reencoding: true }), samples(), ["warn keyframes_far"]],
  ["keyframes a bit rare", live({ keyframe_interval_s: 3 }), samples(), ["hint keyframes_far"]],
  ["keyframes rounded to frames", live({ keyframe_interval_s: 2.03 }), samples(), []],
  ["only one keyframe so far", live({ keyframe_interval_s: null }), samples(), []],
  ["encoded anew because it was set so", live({ reencoding: true }), samples(), []],
  ["no sound", live({ audio: null }), samples(), ["warn no_audio"]],
  ["sound alone", live({ video: null, fps: 0, keyframe_interval_s: null }), samples(() => ({ fps: 0 })), ["bad no_video"]],
  ["neither", live({ video: null, audio: null }), samples(), ["bad no_video", "warn no_audio"]],
  ["OBS is connected and sends nothing", live({ bitrate: 0, fps: 0 }), samples(), ["bad nothing_arrives"]],
  ["some frames lost", live(), samples(() => ({ dropped_frames: 3 })), ["warn frames_lost"]],
  [
    "many frames lost: that the rate falls is the same news",
    live({ fps: 12 }),
    samples(() => ({ fps: 12, dropped_frames: 90 })),
    ["bad frames_lost"],
  ],
  ["a frame lost", live(), samples((index) => ({ dropped_frames: index === 20 ? 1 : 0 })), []],
  ["frames lost long ago", live(), samples((index) => ({ dropped_frames: index < 6 ? 100 : 0 })), []],
  ["few frames", live({ fps: 15 }), samples(() => ({ fps: 15 })), ["hint frames_few"]],
  ["very few frames", live({ fps: 5 }), samples(() => ({ fps: 5 })), ["warn frames_few"]],
  ["frames come and go", live(), samples((index) => ({ fps: index % 3 === 0 ? 14 : 30 })), ["warn frames_unsteady"]],
  ["figures of before this publisher and of its first seconds", live(), samples((index) => ({ fps: index < 3 ? 2 : 30 })), []],
  ["too much for a Wi-Fi", live({ bitrate: 12_000_000 }), samples(), ["warn bitrate_high"]],
  [
    "too little for the size",
    live({ bitrate: 120_000, video: { codec: "h264", width: 1_920, height: 1_080 } }),
    samples(),
    ["hint bitrate_low"],
  ],
  ["a size that is not known", live({ bitrate: 120_000, video: { codec: "h264", width: null, height: null } }), samples(), []],
  ["HEVC", live({ video: { codec: "hvc1.1.6", width: 1_280, height: 720 } }), samples(), ["warn video_codec"]],
  ["MP3", live({ audio: { codec: "mp3" } }), samples(), ["hint audio_codec"]],
  ["ffmpeg was restarted", live({ ffmpeg_restarts: 2 }), samples(), ["warn restarts"]],
  ["students stall", live({}, { players: { ...players, stalled_s: 8 } }), samples(), ["warn students_stall"]],
  ["students see little", live({}, { players: { ...players, stalled_s: 30 } }), samples(), ["bad students_stall"]],
  ["one student, for a moment", live({}, { players: { ...players, watched_s: 15, stalled_s: 5 } }), samples(), []],
  ["not live", live({ audio: null }, { phase: "waiting" }), samples(), []],
  ["nothing known yet", live({}, { ingest: null }), samples(), []],
  ["no samples yet: what the tracks say is known all the same", live({ audio: null }), [], ["warn no_audio"]],
  ["connected a moment ago", live({ bitrate: 0, fps: 0 }), samples().slice(0, 2), []],
];

for (const [name, of, sampled, expected] of cases)
  test(`health: ${name}`, () => {
    assert.deepEqual(found(of, sampled), expected);
  });

test("the most important comes first", () => {
  const all = live(
    { keyframe_interval_s: 8.3, audio: { codec: "mp3" }, bitrate: 12_000_000, ffmpeg_restarts: 1 },
    { players: { ...players, stalled_s: 50 } },
  );
  assert.deepEqual(
    found(
      all,
      samples(() => ({ dropped_frames: 3 })),
    ),
    ["bad students_stall", "warn frames_lost", "warn keyframes_far", "warn bitrate_high", "warn restarts", "hint audio_codec"],
  );
});

test("what sentences say is in the finding", () => {
  assert.deepEqual(ingestHealth(live({ keyframe_interval_s: 8.333 }), samples()), [
    { code: "keyframes_far", severity: "warn", everyS: 8.333, reencoding: false },
  ]);
  const [lost] = ingestHealth(
    live(),
    samples(() => ({ dropped_frames: 50 })),
  );
  assert.ok(lost?.code === "frames_lost" && Math.round(lost.percent) === 27, JSON.stringify(lost));
});
