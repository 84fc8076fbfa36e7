import assert from "node:assert/strict";
import { test } from "node:test";
import { renewalDelayMs } from "./renewal-schedule.ts";

test("a token is renewed between 75 % and 80 % of its life", () => {
  assert.equal(renewalDelayMs(3600, 0), 2_880_000);
  assert.equal(Math.round(renewalDelayMs(3600, 0.999999)), 2_700_000);
});

test("a short-lived or nonsensical token is not renewed in a tight loop", () => {
  for (const expiresInS of [0, -5, 0.1]) assert.equal(renewalDelayMs(expiresInS, 0.5), 1_000);
});
