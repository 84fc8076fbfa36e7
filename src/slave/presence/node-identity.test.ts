import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { UserError } from "../../shared/kernel/user-error.ts";
import { nodeIdentity } from "./node-identity.ts";

test("an id that was made is kept; one that was configured needs no folder", (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), "airclass-identity-"));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const made = nodeIdentity(dataDir, undefined, "PC 12.school.example");
  assert.match(made, /^PC-12-[0-9a-f]{10}$/);
  assert.equal(nodeIdentity(dataDir, undefined, "another"), made);
  assert.equal(nodeIdentity("/dev/null", "slave-1"), "slave-1");
});

test("{hostname} is the host's name: containers of one service get ids of their own", () => {
  assert.equal(nodeIdentity("/dev/null", "{hostname}", "3f2a9c0d1e4b"), "3f2a9c0d1e4b");
  assert.equal(nodeIdentity("/dev/null", "room-{hostname}", "pc.school"), "room-pc.school");
  for (const host of ["", "-x", "a b", "x".repeat(65), "ü"]) {
    assert.throws(
      () => nodeIdentity("/dev/null", "{hostname}", host),
      (error) => error instanceof UserError && error.exitCode === 2,
      host,
    );
  }
});
