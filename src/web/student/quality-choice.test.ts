import assert from "node:assert/strict";
import { test } from "node:test";
import { labelOf, offeredChoice, qualityOptions } from "./quality-choice.ts";

test("qualities are called by their lines", () => {
  const options = qualityOptions([
    { id: "source", height: 720, bitrate: 2e6 },
    { id: "360p", height: 360, bitrate: 6e5 },
  ]);
  assert.deepEqual(
    options.map(({ label }) => label),
    ["720p", "360p"],
  );
  assert.equal(labelOf(options, "360p"), "360p");
  assert.equal(labelOf(options, undefined), undefined);
});

test("two of the same size, and one of an unknown size, are told apart all the same", () => {
  const options = qualityOptions([
    { id: "source", height: 720, bitrate: 4.25e6 },
    { id: "720p", height: 720, bitrate: 2.5e6 },
    { id: "low", height: 0, bitrate: 1 },
  ]);
  assert.deepEqual(
    options.map(({ label }) => label),
    ["720p · 4.3 Mbit/s", "720p · 2.5 Mbit/s", "low"],
  );
});

test("a choice that is not offered (any more) is shown as automatic", () => {
  const options = [{ id: "webrtc", label: "Live" }];
  assert.equal(offeredChoice(options, "webrtc"), "webrtc");
  assert.equal(offeredChoice([], "webrtc"), "auto");
});
