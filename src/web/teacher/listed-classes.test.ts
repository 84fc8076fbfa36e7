import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClassView } from "../../shared/protocol/classes.ts";
import type { StreamsView } from "../../shared/protocol/cluster-views.ts";
import { listedClasses } from "./listed-classes.ts";

const lesson = (name: string, more: Partial<ClassView> = {}): ClassView => ({
  name,
  title: name,
  path: `live/${name}`,
  open: false,
  closed: false,
  join_code: "K7QX2M",
  has_teacher_token: false,
  live: false,
  rtmp_url: "rtmp://x/live",
  watch_url: "http://x/watch",
  ...more,
});
const streams = (...carried: { path: string; state: "live" | "waiting"; students: number }[]): StreamsView => ({
  total_streams: carried.length,
  replication_factor: 2,
  streams: carried.map((stream) => ({ ...stream, viewers: stream.students + 1, origin: null, epoch: 1, copies: [] })),
});

test("what is on comes first, then by title with numbers as numbers", () => {
  const listed = listedClasses(
    [lesson("c10"), lesson("over", { closed: true }), lesson("c9"), lesson("on", { live: true }), lesson("away")],
    streams({ path: "live/on", state: "live", students: 28 }, { path: "live/away", state: "waiting", students: 3 }),
    "",
    "en",
  );
  assert.deepEqual(
    listed.map(({ view, phase, students }) => [view.name, phase, students]),
    [
      ["on", "live", 28],
      ["away", "waiting", 3],
      ["c9", "idle", 0],
      ["c10", "idle", 0],
      ["over", "closed", 0],
    ],
  );
});

test("found by title or name; without news of the cluster the classes are there all the same", () => {
  const classes = [lesson("math-3b", { title: "수학 3반" }), lesson("art")];
  assert.deepEqual(listedClasses(classes, undefined, "수학".normalize("NFD"), "ko").length, 1);
  assert.deepEqual(listedClasses(classes, undefined, "MATH", "ko").length, 1);
  assert.deepEqual(listedClasses(classes, undefined, "x", "ko").length, 0);
});
