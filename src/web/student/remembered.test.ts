import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemory } from "./remembered.ts";

function makeMemory() {
  const kept = new Map<string, string>();
  const memory = createMemory({
    get: (key) => kept.get(key),
    set: (key, value) => (value === undefined ? kept.delete(key) : kept.set(key, value)),
  });
  return { memory, kept };
}

test("the name is for all classes, code and title are for one", () => {
  const { memory } = makeMemory();
  assert.deepEqual(memory.recall("math"), { name: "", joinCode: undefined, title: undefined });
  memory.remember("math", { name: "Kim", joinCode: "K7QX2M", title: "Mathematics" });
  assert.deepEqual(memory.recall("math"), { name: "Kim", joinCode: "K7QX2M", title: "Mathematics" });
  assert.deepEqual(memory.recall("art"), { name: "Kim", joinCode: undefined, title: undefined });
  assert.equal(memory.recall(undefined).name, "Kim");
});

test("a class that asks for no code leaves the one that is kept alone", () => {
  const { memory } = makeMemory();
  memory.remember("math", { name: "Kim", joinCode: "K7QX2M", title: undefined });
  memory.remember("math", { name: "Lee", joinCode: undefined, title: undefined });
  assert.deepEqual(memory.recall("math"), { name: "Lee", joinCode: "K7QX2M", title: undefined });
});

test("after `forget` nothing of this student is left", () => {
  const { memory, kept } = makeMemory();
  memory.remember("math", { name: "Kim", joinCode: "K7QX2M", title: "Mathematics" });
  memory.forget("math");
  assert.equal(kept.size, 0);
});

test("the picture by WebRTC is chosen for this device", () => {
  const { memory } = makeMemory();
  assert.equal(memory.prefersWebrtc(), false);
  memory.preferWebrtc(true);
  assert.equal(memory.prefersWebrtc(), true);
  memory.preferWebrtc(false);
  assert.equal(memory.prefersWebrtc(), false);
});
