import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamReport } from "../../shared/protocol/cluster-messages.ts";
import type { ClassListener } from "../classes/class-catalog.ts";
import type { ClassRecord } from "../store/store.ts";
import { createStreamDirectory } from "../streams/stream-directory.ts";
import { createClassPhases } from "./class-phases.ts";

function lessons() {
  const directory = createStreamDirectory();
  const listeners: ClassListener[] = [];
  let nowMs = 0;
  let record: ClassRecord = {
    name: "math",
    title: "Mathe",
    open: false,
    joinCode: "ABCDEF",
    streamKeyHash: "",
    createdAtMs: 0,
    closedAtMs: undefined,
    teacherTokenHash: undefined,
  };
  const phaseOf = createClassPhases(
    {
      get: () => record,
      listen(listener) {
        listeners.push(listener);
        return () => {};
      },
    },
    directory,
    { monotonicMs: () => nowMs, wallMs: () => nowMs },
  );
  const tell = (ended: boolean): void => {
    for (const listener of listeners) {
      if (ended) listener.ended?.("live/math", nowMs);
      listener.changed?.("math");
    }
  };
  return {
    phase: () => phaseOf(record),
    publish(epoch: number, state: StreamReport["state"] = "live") {
      directory.report("a", [{ path: "live/math", role: "origin", state, epoch, msn: 0, part: 0, viewers: 0 }]);
    },
    leave: () => directory.remove("a"),
    close() {
      record = { ...record, closedAtMs: nowMs };
      tell(true);
    },
    open() {
      record = { ...record, closedAtMs: undefined };
      tell(false);
    },
    wait(ms: number) {
      nowMs += ms;
    },
  };
}

test("a class begins, waits for its teacher, and begins anew after it was closed", () => {
  const lesson = lessons();
  assert.equal(lesson.phase(), "idle");
  lesson.publish(1);
  assert.equal(lesson.phase(), "live");
  lesson.publish(1, "waiting");
  assert.equal(lesson.phase(), "waiting");
  lesson.leave();
  assert.equal(lesson.phase(), "waiting", "nobody holds it any more");
  lesson.close();
  assert.equal(lesson.phase(), "closed");
  lesson.open();
  assert.equal(lesson.phase(), "idle");
  lesson.publish(2);
  assert.equal(lesson.phase(), "live");
});

test("what a slave still reports of the ended lesson does not make the class live that was opened again", () => {
  const lesson = lessons();
  lesson.publish(1);
  lesson.close();
  lesson.wait(60_000);
  lesson.open();
  lesson.publish(1);
  assert.equal(lesson.phase(), "idle");
  lesson.publish(2);
  assert.equal(lesson.phase(), "live", "the new lesson is, at once");
});

test("a slave that never heard of the end still has the class live, and it is told so", () => {
  const lesson = lessons();
  lesson.publish(1);
  lesson.close();
  lesson.open();
  lesson.wait(14_999);
  assert.equal(lesson.phase(), "idle");
  lesson.wait(1);
  assert.equal(lesson.phase(), "live");
});
