import assert from "node:assert/strict";
import { test } from "node:test";
import { readRelayRefusal, writeRelayRefusal } from "./relay-refusal.ts";

test("the code comes back with its sentence; a sentence alone has none", () => {
  const written = writeRelayRefusal("publisher_present", "Somebody publishes this class already: stop that OBS first.");
  assert.deepEqual(readRelayRefusal(written), {
    code: "publisher_present",
    reason: "Somebody publishes this class already: stop that OBS first.",
  });
  for (const reason of ["", "no", "Stream is busy: go away", "bad name: x", `${"a".repeat(40)}: x`]) {
    assert.deepEqual(readRelayRefusal(reason), { code: undefined, reason });
  }
});
