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

test("a start that fails closes what it had begun, and the error is its own", async () => {
  const closer = createCloser();
  const stopped: string[] = [];
  const start = async (): Promise<never> => {
    closer.add("store", () => void stopped.push("store"));
    throw new Error("no port");
  };
  await assert.rejects(closer.orClose(start), /no port/);
  assert.deepEqual(stopped, ["store"]);
  assert.equal(await createCloser().orClose(async () => 5), 5);
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
