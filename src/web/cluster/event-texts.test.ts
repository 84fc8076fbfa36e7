import assert from "node:assert/strict";
import { test } from "node:test";
import type { TimelineEvent, TimelineKind } from "../../shared/protocol/cluster-live.ts";
import { eventLook, eventTexts, isInGroup } from "./event-texts.ts";

const kinds = Object.keys(eventLook) as TimelineKind[];

function happened(kind: TimelineKind, changes: Partial<TimelineEvent> = {}): TimelineEvent {
  const names = { node_id: "pc-1", node_name: "Library", path: "live/math-3b", from_node_id: null, from_node_name: null };
  return { id: 1, at: "2026-11-22T10:00:00.000Z", kind, ...names, ...changes };
}

test("every kind is a sentence of its own in both languages, without a word of the machine", () => {
  for (const texts of [eventTexts.en, eventTexts.ko]) {
    const sentences = kinds.map((kind) => texts.sentence(happened(kind)));
    assert.equal(new Set(sentences).size, kinds.length);
    for (const sentence of sentences) {
      assert.match(sentence, /[.]$/);
      assert.doesNotMatch(sentence, /live\/|undefined|null|_/);
    }
  }
});

test("a failover says from where to where; a node without a name is called by its id", () => {
  const moved = happened("failover", { from_node_id: "pc-2", from_node_name: null });
  assert.equal(eventTexts.en.sentence(moved), "math-3b goes on at Library: it was at pc-2 before.");
  assert.equal(eventTexts.ko.sentence(moved), "math-3b: pc-2 대신 Library에서 방송이 이어집니다.");
  const alike = happened("failover", { from_node_id: "pc-2", from_node_name: "Library" });
  assert.equal(eventTexts.ko.sentence(alike), "math-3b: pc-2 대신 pc-1에서 방송이 이어집니다.", "two slaves of one name");
  assert.equal(eventTexts.en.sentence(happened("joined", { node_name: null })), "pc-1 has joined the cluster.");
});

test("groups: trouble is what somebody looks for after a bad lesson", () => {
  const trouble = kinds.filter((kind) => isInGroup(kind, "trouble"));
  assert.deepEqual(trouble, ["suspect", "offline", "failover"]);
  assert.ok(
    kinds.every((kind) => isInGroup(kind, "slaves") || isInGroup(kind, "streams")),
    "each is in one of them at least",
  );
});
