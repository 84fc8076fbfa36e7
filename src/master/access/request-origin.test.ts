import assert from "node:assert/strict";
import { test } from "node:test";
import { isOwnOrigin } from "./request-origin.ts";

test("which origins are ours: a table", () => {
  const cases: [string | undefined, string[], boolean][] = [
    [undefined, ["10.0.0.1:8000"], true],
    ["http://10.0.0.1:8000", ["10.0.0.1:8000"], true],
    ["http://10.0.0.1:8001", ["10.0.0.1:8000"], false],
    ["http://10.0.0.1", ["10.0.0.1:8000"], false],
    ["http://10.0.0.1", ["10.0.0.1:80"], true],
    ["https://class.example", ["class.example"], true],
    ["https://class.example", ["class.example:443"], true],
    ["https://class.example", ["CLASS.example"], true],
    ["https://class.example", ["10.0.0.1:8000", "class.example"], true],
    ["http://[fd00::1]:8000", ["[fd00::1]:8000"], true],
    ["https://evil.class.example", ["class.example"], false],
    ["https://class.example.evil.example", ["class.example"], false],
    ["null", ["null"], false],
    ["", ["class.example"], false],
    ["file://class.example", ["class.example"], false],
    ["garbage", ["garbage"], false],
    ["https://class.example", [""], false],
    ["https://class.example", ["class.example/..", "a b", "@class.example"], false],
    ["https://evil.example", ["class.example@evil.example"], false],
  ];
  for (const [origin, hosts, expected] of cases) assert.equal(isOwnOrigin(origin, hosts), expected, `${origin} at ${hosts.join(", ")}`);
});
