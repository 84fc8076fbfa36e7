import assert from "node:assert/strict";
import { test } from "node:test";
import { takeLinkToken, tokenOfHash } from "./link-token.ts";

test("a token stands behind the #, with or without its name", () => {
  assert.equal(tokenOfHash("#abcDEF0123456789_-"), "abcDEF0123456789_-");
  assert.equal(tokenOfHash("#token=abcDEF0123456789_-"), "abcDEF0123456789_-");
});

test("what else stands there is none", () => {
  for (const hash of ["", "#", "#classes", "#/classes/math-3b?x=1", `#${"a".repeat(600)}`, "#<script>alert(1)</script>"])
    assert.equal(tokenOfHash(hash), undefined, hash);
});

test("it leaves the address, the rest of which stays", () => {
  const replaced: unknown[] = [];
  const window = {
    location: { hash: "#abcDEF0123456789_-", pathname: "/teach", search: "?a=1" },
    history: { state: null, replaceState: (...call: unknown[]) => replaced.push(call) },
  } as unknown as Window;
  assert.equal(takeLinkToken(window), "abcDEF0123456789_-");
  assert.deepEqual(replaced, [[null, "", "/teach?a=1"]]);
});
