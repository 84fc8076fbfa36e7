import assert from "node:assert/strict";
import { test } from "node:test";
import Schema from "typebox/schema";
import { JoinCode } from "../../shared/protocol/viewer-token.ts";
import { isJoinCode, tidiedCode } from "./join-code-rule.ts";

test("the page's rule is the wire's", () => {
  const wire = Schema.Compile(JoinCode);
  for (const code of ["K7QX2M", "ABC", "ABCD", "a-b-1", "수학반코드", "A B C D", "", "X".repeat(32), "X".repeat(33)])
    assert.equal(isJoinCode(code), wire.Check(code), code);
});

test("a code is typed with spaces and small letters, too", () => {
  assert.equal(tidiedCode(" k7q x2m "), "K7QX2M");
});
