import assert from "node:assert/strict";
import { test } from "node:test";
import { maxShownViewers, shownViewers, studentsOf, type Viewer } from "./viewer-list.ts";

const viewer = (name: string, more: Partial<Viewer> = {}): Viewer => ({
  jti: `jti-${name}`,
  user_id: name,
  user_type: "student",
  node_id: "slave-1",
  node_name: "slave-1",
  watching_since: "2026-01-01T00:00:00.000Z",
  ...more,
});
const names = (viewers: readonly Viewer[]): string[] => viewers.map(({ user_id: name }) => name);

test("students by name, numbers as numbers; no teachers", () => {
  const viewers = [viewer("teacher", { user_type: "teacher" }), viewer("student 10"), viewer("Student 9"), viewer("김민지")];
  assert.deepEqual(names(shownViewers(studentsOf(viewers), "", "en").shown), ["Student 9", "student 10", "김민지"]);
});

test("found by a part of the name, however it is written", () => {
  const viewers = [viewer("Kim Minji"), viewer("김민지"), viewer("Lee")];
  assert.deepEqual(names(shownViewers(viewers, " MINJI", "en").shown), ["Kim Minji"]);
  assert.deepEqual(names(shownViewers(viewers, "민지".normalize("NFD"), "ko").shown), ["김민지"]);
  assert.equal(shownViewers(viewers, "x", "en").found, 0);
});

test("no more rows than a page can carry, and it says how many there are", () => {
  const viewers = Array.from({ length: 500 }, (_, index) => viewer(`student ${index}`));
  const { shown, found } = shownViewers(viewers, "", "en");
  assert.equal(shown.length, maxShownViewers);
  assert.equal(found, 500);
});
