import assert from "node:assert/strict";
import { test } from "node:test";
import type { OriginEvent, OriginState } from "./origin-state.ts";
import { mediaFate, stepOrigin } from "./origin-state.ts";

const me = "slave-m";
const session = (epoch: number, more: Partial<Extract<OriginEvent, { kind: "session" }>> = {}): OriginEvent => ({
  kind: "session",
  grant: { epoch, handoverFrom: undefined },
  strongest: undefined,
  fenced: false,
  ...more,
});
const heard = (epoch: number, nodeId: string): OriginEvent => ({ kind: "heard", other: { epoch, nodeId } });

/** The state after some events, and the kinds of effects of the last one. */
function after(...events: readonly OriginEvent[]) {
  let state: OriginState = { phase: "claimed" };
  let effects: readonly string[] = [];
  for (const event of events) {
    const step = stepOrigin(me, state, event);
    state = step.state;
    effects = step.effects.map(({ kind }) => kind);
  }
  return { state, effects, fate: mediaFate(state) };
}

test("nothing goes out before a session; with its first media this node is the origin", () => {
  assert.equal(after().fate, "discard");
  assert.deepEqual(after(session(3)), { state: { phase: "origin", epoch: 3, fenced: false }, effects: ["become"], fate: "pass" });
});

test("another session on the node that is still the origin keeps the epoch, or takes a higher one", () => {
  assert.deepEqual(after(session(3), session(3)).state, { phase: "origin", epoch: 3, fenced: false });
  assert.deepEqual(after(session(3), session(5)).state, { phase: "origin", epoch: 5, fenced: false });
  assert.deepEqual(after(session(5), session(3)).state, { phase: "origin", epoch: 5, fenced: false });
});

test("handover: media waits for the last of the origin before; not for itself", () => {
  const handover = { grant: { epoch: 4, handoverFrom: "slave-z" } };
  assert.deepEqual(after(session(4, handover)), {
    state: { phase: "holding", epoch: 4, fenced: false },
    effects: ["await_upstream"],
    fate: "hold",
  });
  assert.deepEqual(after(session(4, handover), { kind: "upstream_ended" }).effects, ["become", "flush"]);
  assert.deepEqual(after(session(4, handover), heard(3, "slave-z")).fate, "hold", "the origin before is no rival");
  assert.deepEqual(after(session(4, { grant: { epoch: 4, handoverFrom: me } })).state.phase, "origin");
  assert.deepEqual(after(session(4, handover), { kind: "overflown" }).effects, ["become", "flush"]);
});

test("a claim that was overtaken before its first media never becomes the origin", () => {
  const overtaken = after(session(3, { strongest: { epoch: 4, nodeId: "slave-a" } }));
  assert.deepEqual(overtaken.state, { phase: "superseded", by: { epoch: 4, nodeId: "slave-a" } });
  assert.deepEqual(overtaken.effects, ["disconnect"]);
  assert.equal(after(session(3, { strongest: { epoch: 3, nodeId: "slave-a" } })).fate, "pass", "the smaller node id loses");
  assert.equal(after(session(3, { strongest: { epoch: 3, nodeId: "slave-z" } })).fate, "discard");
  assert.equal(after(session(3, { strongest: { epoch: 3, nodeId: "" } })).fate, "pass", "hearsay loses at equal epochs");
});

test("a newer origin ends this one: what is held goes, the publisher goes, the log goes", () => {
  const lost = after(session(3), heard(4, "slave-a"));
  assert.deepEqual(lost.effects, ["discard", "disconnect", "give_up_log"]);
  assert.equal(lost.fate, "discard");
  assert.equal(after(session(3), heard(4, "slave-a"), session(3)).fate, "discard", "the same publisher again");
  assert.equal(after(session(3), heard(4, "slave-a"), { kind: "confirmed" }).fate, "discard");
  assert.equal(after(session(3), heard(4, "slave-a"), session(5)).fate, "pass", "one with a newer grant");
  assert.equal(after(session(3), heard(6, "slave-a"), heard(4, "slave-b"), session(5)).fate, "discard");
});

test("old origins and its own name change nothing; its own higher epoch of an earlier life raises it", () => {
  for (const other of [heard(2, "slave-z"), heard(3, "slave-a"), heard(3, me), heard(3, "")]) {
    assert.deepEqual(after(session(3), other), { state: { phase: "origin", epoch: 3, fenced: false }, effects: [], fate: "pass" });
  }
  assert.deepEqual(after(session(1), heard(5, me)), {
    state: { phase: "origin", epoch: 6, fenced: false },
    effects: ["raise"],
    fate: "pass",
  });
});

test("while a copy is all there is of the log, losing does not cost it", () => {
  const holding = session(4, { grant: { epoch: 4, handoverFrom: "slave-z" } });
  assert.deepEqual(after(holding, heard(5, "slave-a")).effects, ["discard", "disconnect"]);
});

test("a pause: held until confirmed, dropped when superseded; a session that begins meanwhile is held too", () => {
  assert.equal(after(session(3), { kind: "paused" }).fate, "hold");
  assert.deepEqual(after(session(3), { kind: "paused" }, { kind: "confirmed" }).effects, ["flush"]);
  assert.equal(after(session(3), { kind: "paused" }, { kind: "confirmed" }).fate, "pass");
  assert.deepEqual(after(session(3), { kind: "paused" }, heard(4, "slave-a")).effects, ["discard", "disconnect", "give_up_log"]);
  assert.equal(after(session(3, { fenced: true })).fate, "hold");
  assert.deepEqual(after(session(3), { kind: "confirmed" }).effects, [], "nothing was held");
  assert.deepEqual(after(session(3), { kind: "paused" }, { kind: "overflown" }).effects, ["discard", "disconnect"]);
});

test("a pause during a handover: both must be over", () => {
  const holding = session(4, { grant: { epoch: 4, handoverFrom: "slave-z" } });
  assert.deepEqual(after(holding, { kind: "paused" }, { kind: "upstream_ended" }).effects, ["become"]);
  assert.deepEqual(after(holding, { kind: "paused" }, { kind: "upstream_ended" }, { kind: "confirmed" }).effects, ["flush"]);
  assert.deepEqual(after(holding, { kind: "paused" }, { kind: "confirmed" }).fate, "hold");
  assert.deepEqual(after(holding, { kind: "paused" }, { kind: "confirmed" }, { kind: "upstream_ended" }).effects, ["become", "flush"]);
});
