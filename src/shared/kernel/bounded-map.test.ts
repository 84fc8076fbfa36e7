import assert from "node:assert/strict";
import { test } from "node:test";
import { setNewest } from "./bounded-map.ts";

test("the oldest is forgotten; what is set again is the newest", () => {
  const map = new Map<string, number>();
  for (const [index, key] of ["a", "b", "c"].entries()) setNewest(map, key, index, 3);
  setNewest(map, "a", 10, 3);
  setNewest(map, "d", 11, 3);
  assert.deepEqual(
    [...map],
    [
      ["c", 2],
      ["a", 10],
      ["d", 11],
    ],
  );
});
