import assert from "node:assert/strict";
import { test } from "node:test";
import { goodKey, startRig } from "./ingest-harness.ts";

const withKey = (name: string) => `${name}?key=${encodeURIComponent(goodKey)}`;

test("a published stream reaches the sink as init and fragments, and ends with the publisher", async () => {
  await using rig = await startRig();
  const publisher = rig.publish(withKey("first"));
  await rig.until("two seconds of media", () => (rig.samples("live/first", "source").at(-1)?.dtsMs ?? 0) > 3_000);
  await publisher.stop(2_000);
  await rig.until("the end", () => rig.count("ended", "live/first") === 1);
  assert.equal(rig.events.at(-1)?.kind, "ended");
  assert.equal(rig.requests[0]?.key, goodKey);
});
