import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "./verdict.ts";
import { namesInWords, verdictTexts } from "./verdict-texts.ts";

const { en, ko } = { en: verdictTexts.en.words, ko: verdictTexts.ko.words };

test("one and several, with and without a time", () => {
  const away = (names: string[], sinceMs?: number): Finding => ({ kind: "offline", names, sinceMs });
  const at = new Date(2026, 10, 22, 10, 42).getTime();
  assert.equal(en(away(["a"], at)).title, "1 slave has been offline since 10:42");
  assert.equal(en(away(["a", "b"])).title, "2 slaves are offline");
  assert.equal(ko(away(["a"], at)).title, "10:42부터 슬레이브 1대가 오프라인입니다");
});

test("many names are cut short", () => {
  assert.equal(namesInWords(["a", "b", "c"], "en"), "a, b, c");
  assert.equal(namesInWords(["a", "b", "c", "d", "e"], "en"), "a, b, c and 2 more");
  assert.equal(namesInWords(["a", "b", "c", "d", "e"], "ko"), "a, b, c 외 2대");
});

test("full is told by what happens to those who come", () => {
  assert.match(en({ kind: "full", waiting: true }).advice, /wait in line/);
  assert.match(en({ kind: "full", waiting: false }).advice, /let in all the same/);
  assert.match(en({ kind: "almost_full", percent: 91.4 }).title, /91%/);
});
