import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, placeOf } from "./place.ts";

test("the address says which class is looked at, and nothing else gets in", () => {
  for (const name of ["math-3b", undefined]) assert.equal(placeOf(new URL(addressOf(name), "http://x").search), name);
  assert.equal(placeOf("?class=<script>"), undefined);
  assert.equal(placeOf("?class=../admin"), undefined);
  assert.equal(placeOf(""), undefined);
});
