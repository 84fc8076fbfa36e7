import assert from "node:assert/strict";
import { test } from "node:test";
import { createCloser } from "./closer.ts";

test("parts stop in reverse order, one after the other, once", async () => {
  const closer = createCloser();
  const stopped: string[] = [];
  closer.add("store", () => void stopped.push("store"));
  closer.add("api", async () => {
    await new Promise((resolve) => setImmediate(resolve));
    stopped.push("api");
  });
  assert.equal(closer.close(), closer.close());
  await closer.close();
  assert.deepEqual(stopped, ["api", "store"]);
});

test("a part that fails keeps no other from stopping, and is named", async () => {
  const closer = createCloser();
  let stopped = false;
  closer.add("store", () => {
    stopped = true;
  });
  closer.add("api", () => Promise.reject(new Error("stuck")));
  await assert.rejects(closer.close(), (error: AggregateError) => {
    assert.match(error.message, /api did not stop cleanly/);
    assert.equal(((error.errors[0] as Error).cause as Error).message, "stuck");
    return true;
  });
  assert.ok(stopped);
});
