import assert from "node:assert/strict";
import { test } from "node:test";
import { actionOfKey, type KeyPress } from "./keyboard-map.ts";

const press = (key: string, changes: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: key.length === 1 ? `Key${key.toUpperCase()}` : key,
  withModifier: false,
  isRepeat: false,
  focus: "none",
  ...changes,
});

test("each key has its action", () => {
  const keys = {
    " ": "toggle_play",
    k: "toggle_play",
    K: "toggle_play",
    m: "toggle_mute",
    f: "toggle_fullscreen",
    p: "toggle_pip",
    l: "go_live",
  };
  for (const [key, action] of Object.entries(keys)) assert.equal(actionOfKey(press(key)), action, key);
  assert.equal(actionOfKey(press("ArrowUp")), "volume_up");
  assert.equal(actionOfKey(press("ArrowDown")), "volume_down");
  for (const key of ["x", "Enter", "Tab", "Escape", "ArrowLeft", "constructor"]) assert.equal(actionOfKey(press(key)), undefined, key);
});

test("a Korean keyboard in Hangul mode works by the place of the key", () => {
  assert.equal(actionOfKey(press("ㅏ", { code: "KeyK" })), "toggle_play");
  assert.equal(actionOfKey(press("Process", { code: "KeyM" })), "toggle_mute");
});

test("typing is never taken away", () => {
  for (const key of [" ", "k", "m", "f", "l", "p", "ArrowUp"]) assert.equal(actionOfKey(press(key, { focus: "text" })), undefined, key);
});

test("keys of the browser and of the system stay theirs", () => {
  for (const key of ["f", "p", "l", "k"]) assert.equal(actionOfKey(press(key, { withModifier: true })), undefined, key);
});

test("a button keeps its space bar, a choice or a slider its arrows", () => {
  assert.equal(actionOfKey(press(" ", { focus: "button" })), undefined);
  assert.equal(actionOfKey(press("k", { focus: "button" })), "toggle_play");
  assert.equal(actionOfKey(press("ArrowUp", { focus: "choice" })), undefined);
  assert.equal(actionOfKey(press(" ", { focus: "choice" })), undefined);
  assert.equal(actionOfKey(press("m", { focus: "choice" })), "toggle_mute");
});

test("a key that is held down changes the volume only", () => {
  assert.equal(actionOfKey(press("k", { isRepeat: true })), undefined);
  assert.equal(actionOfKey(press("ArrowUp", { isRepeat: true })), "volume_up");
});
