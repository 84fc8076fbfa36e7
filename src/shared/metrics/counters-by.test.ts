import assert from "node:assert/strict";
import { test } from "node:test";
import { countersBy } from "./counters-by.ts";

test("the usual values are there at once, others from their first event; each is made once", () => {
  const counts = new Map<number, number>();
  const count = countersBy(
    (status: number) => {
      assert.ok(!counts.has(status), `${status} is made again`);
      counts.set(status, 0);
      return () => counts.set(status, (counts.get(status) ?? 0) + 1);
    },
    [200, 503],
  );
  assert.deepEqual(
    [...counts],
    [
      [200, 0],
      [503, 0],
    ],
  );
  for (const status of [200, 404, 404, 200, 200]) count(status);
  assert.deepEqual(
    [...counts],
    [
      [200, 3],
      [503, 0],
      [404, 2],
    ],
  );
});
