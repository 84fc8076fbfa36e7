import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutRepeats } from "./plot-options.ts";

test("a time stands once below a plot", () => {
  assert.deepEqual(withoutRepeats(["20:22", "20:23", "20:23", "20:24"]), ["20:22", "20:23", "", "20:24"]);
  assert.deepEqual(withoutRepeats([]), []);
});
