import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "uqr";
import { qrPath } from "./qr-path.ts";

test("the path covers just the dark modules", () => {
  const text = "http://192.168.0.10:8000/watch/math-3b#K7QX2M";
  const { size, path } = qrPath(text);
  const dark = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
    for (let i = 0; i < Number(width); i += 1) (dark[Number(y)] ?? [])[Number(x) + i] = true;
  assert.deepEqual(dark, encode(text, { ecc: "M", border: 4 }).data);
});

test("there are four light modules on every side", () => {
  const { size, path } = qrPath("a");
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    assert.ok(Number(x) >= 4 && Number(x) + Number(width) <= size - 4);
    assert.ok(Number(y) >= 4 && Number(y) < size - 4);
  }
});
