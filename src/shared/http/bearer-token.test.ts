import assert from "node:assert/strict";
import { test } from "node:test";
import { bearerToken } from "./bearer-token.ts";

test("the scheme in any case, spaces around the token, and nothing else", () => {
  const table: [string | undefined, string | undefined][] = [
    ["Bearer a.b.c", "a.b.c"],
    ["bearer  a.b.c ", "a.b.c"],
    [undefined, undefined],
    ["", undefined],
    ["Bearer", undefined],
    ["Bearer ", undefined],
    ["Basic eDp5", undefined],
    ["Bearerx a", undefined],
  ];
  for (const [header, expected] of table) assert.equal(bearerToken(header), expected, String(header));
});
