import assert from "node:assert/strict";
import { test } from "node:test";
import { createConnectionShares } from "./connection-shares.ts";

test("who has the most gives its oldest connection to who has fewer, until they have about as many", () => {
  const shares = createConnectionShares<string>();
  for (let index = 0; index < 6; index += 1) shares.add("greedy", `greedy ${index}`);
  shares.add("kim", "kim 0");
  const given: (string | undefined)[] = [];
  for (let index = 1; index <= 4; index += 1) {
    const gone = shares.yieldTo("kim");
    given.push(gone);
    if (gone !== undefined) shares.add("kim", `kim ${index}`);
  }
  assert.deepEqual(given, ["greedy 0", "greedy 1", undefined, undefined]);
  assert.equal(shares.yieldTo("greedy"), undefined, "nothing is taken back");
  assert.equal(shares.yieldTo("lee"), "greedy 2");
});

test("a sender alone gives nothing to itself; one that has left is forgotten", () => {
  const shares = createConnectionShares<string>();
  for (const name of ["a", "b", "c"]) shares.add("school", name);
  assert.equal(shares.yieldTo("school"), undefined);
  for (const name of ["a", "b", "c", "unknown"]) shares.delete("school", name);
  shares.delete("nobody", "x");
  assert.equal(shares.yieldTo("kim"), undefined);
});
