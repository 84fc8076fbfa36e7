import assert from "node:assert/strict";
import { test } from "node:test";
import { logHeaderText, readLogHeader } from "./log-header.ts";
import type { LogStatus } from "./log-header.ts";

test("the log header comes back as it was sent", () => {
  const status: LogStatus = { epoch: 3, state: "live", lagS: 0.125, lineage: ["slave-2", "pc.room_12"] };
  assert.deepEqual(readLogHeader(logHeaderText(status)), status);
});

test("anything else is not a log header", () => {
  const good = logHeaderText({ epoch: 1, state: "waiting", lagS: 0, lineage: ["a"] });
  assert.ok(readLogHeader(good));
  const long = good.replace("lineage=a", `lineage=${Array.from({ length: 17 }, (_, index) => `n${index}`).join("/")}`);
  for (const text of [
    undefined,
    "",
    "epoch=1",
    good.replace("epoch=1", "epoch=-1"),
    good.replace("=a", "=../x"),
    good.replace("waiting", "gone"),
    `${good};x`,
    long,
  ]) {
    assert.equal(readLogHeader(text), undefined, text);
  }
});
