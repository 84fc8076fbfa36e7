import assert from "node:assert/strict";
import { test } from "node:test";
import { readAddress, watchPath } from "./class-address.ts";

test("the class of /watch/<class>, and the code behind the #", () => {
  assert.deepEqual(readAddress("/watch/math-3b", ""), { className: "math-3b", joinCode: undefined });
  assert.deepEqual(readAddress("/watch/math-3b/", "#K7QX2M"), { className: "math-3b", joinCode: "K7QX2M" });
  assert.deepEqual(readAddress(watchPath("a_1"), "#"), { className: "a_1", joinCode: undefined });
});

test("what is no class and no code is none", () => {
  assert.deepEqual(readAddress("/", "#K7QX2M"), { className: undefined, joinCode: "K7QX2M" });
  for (const pathname of ["/watch/", "/watch/UPPER", "/watch/a/b", "/watch/-a", `/watch/${"a".repeat(65)}`, "/watch/%3Cb%3E"])
    assert.equal(readAddress(pathname, "").className, undefined, pathname);
  for (const hash of ["#abc", "#<script>", `#${"A".repeat(33)}`, "#AB CD"])
    assert.equal(readAddress("/watch/a", hash).joinCode, undefined, hash);
});
