import assert from "node:assert/strict";
import { test } from "node:test";
import { createFollowers } from "./followers.ts";

test("who reads a stream, newest first, however long ago; bounded", () => {
  const followers = createFollowers();
  followers.seen("live/math", "slave-2", 0);
  followers.seen("live/math", "slave-3", 10);
  followers.seen("live/math", "slave-2", 600_000);
  followers.seen("live/art", "slave-4", 5);
  assert.deepEqual(followers.of("live/math"), [
    { nodeId: "slave-2", lastSeenMs: 600_000 },
    { nodeId: "slave-3", lastSeenMs: 10 },
  ]);
  assert.deepEqual(followers.of("live/none"), []);
  for (let node = 0; node < 500; node += 1) followers.seen("live/math", `node-${node}`, 700_000);
  assert.equal(followers.of("live/math").length, 64);
  assert.equal(followers.of("live/math")[0]?.nodeId, "node-499");
  for (let stream = 0; stream < 2_000; stream += 1) followers.seen(`live/s${stream}`, "slave-2", 800_000);
  assert.deepEqual(followers.of("live/math"), [], "the oldest stream made room");
});
