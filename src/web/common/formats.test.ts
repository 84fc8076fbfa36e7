import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBitrate, formatNumber, formatPercent, formatSeconds } from "./number-format.ts";
import { formatAgo, formatDuration, formatTime } from "./time-format.ts";

test("numbers have the signs of the language and as many digits as asked for", () => {
  assert.equal(formatNumber(12_345, "en"), "12,345");
  assert.equal(formatNumber(2, "ko", 1), "2.0");
  assert.equal(formatPercent(71.6, "en"), "72%");
  assert.equal(formatSeconds(1.84, "en"), "1.8 s");
  assert.equal(formatSeconds(1.84, "ko"), "1.8초");
});

test("bit rates are told in the unit that suits them", () => {
  assert.equal(formatBitrate(640_000, "en"), "640 kbit/s");
  assert.equal(formatBitrate(2_450_000, "en"), "2.5 Mbit/s");
  assert.equal(formatBitrate(240_000_000, "ko"), "240 Mbit/s");
});

test("how long ago, in the largest unit that fits", () => {
  const now = Date.UTC(2026, 0, 10);
  const ago = (ms: number): string[] => [formatAgo(now - ms, now, "en"), formatAgo(now - ms, now, "ko")];
  assert.deepEqual(ago(-5_000), ["just now", "방금"]);
  assert.deepEqual(ago(42_000), ["42 seconds ago", "42초 전"]);
  assert.deepEqual(ago(60_000), ["1 minute ago", "1분 전"]);
  assert.deepEqual(ago(2 * 3_600_000 + 1), ["2 hours ago", "2시간 전"]);
  assert.deepEqual(ago(50 * 3_600_000), ["2 days ago", "2일 전"]);
});

test("how long, in two units", () => {
  assert.equal(formatDuration(45_900, "en"), "45 s");
  assert.equal(formatDuration(12 * 60_000, "ko"), "12분");
  assert.equal(formatDuration(65 * 60_000, "en"), "1 h 5 min");
  assert.equal(formatDuration(65 * 60_000, "ko"), "1시간 5분");
  assert.equal(formatDuration(24 * 3_600_000, "en"), "1 d");
  assert.equal(formatDuration(-1, "en"), "0 s");
});

test("the time of day has 24 hours in both languages", () => {
  const time = Date.UTC(2026, 0, 10, 14, 5, 9);
  assert.equal(formatTime(time, "en", { timeZone: "UTC" }), "14:05");
  assert.equal(formatTime(time, "ko", { timeZone: "UTC", seconds: true }).replaceAll(/\D+/g, ":"), "14:05:09");
  assert.equal(formatTime(Date.UTC(2026, 0, 10, 0, 1), "en", { timeZone: "UTC" }), "00:01");
});
