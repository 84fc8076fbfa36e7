import assert from "node:assert/strict";
import { test } from "node:test";
import Schema from "typebox/schema";
import { TokenRequest } from "./viewer-token.ts";

test("any printable name joins, but none that means another address in a path", () => {
  const request = Schema.Compile(TokenRequest);
  const isJoin = (user_id: string): boolean => request.Check({ user_id, class: "math-3b" });
  for (const name of ["kim.minji", "김민지", "...", ".a", "a/b", "../x", "%2e"]) {
    assert.ok(isJoin(name), name);
    assert.equal(new URL(`/removed/${encodeURIComponent(name)}`, "http://x").pathname.split("/").length, 3, name);
  }
  for (const name of ["", ".", "..", "a\nb", "x".repeat(129)]) assert.ok(!isJoin(name), JSON.stringify(name));
});
