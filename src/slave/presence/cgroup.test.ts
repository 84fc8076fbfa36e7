import assert from "node:assert/strict";
import { test } from "node:test";
import { cpuPercent, memoryPercent, parseCpuMax, parseUsageUs } from "./cgroup.ts";

test("files of control groups v2", () => {
  assert.equal(parseUsageUs("usage_usec 123456\nuser_usec 100000\n"), 123_456);
  assert.equal(parseUsageUs(""), 0);
  assert.equal(parseCpuMax("200000 100000\n"), 2);
  assert.equal(parseCpuMax("max 100000\n"), undefined);
});

test("percent of what the container may use", () => {
  assert.equal(cpuPercent({ usageUs: 0, atMs: 0 }, { usageUs: 1_000_000, atMs: 1_000 }, 2), 50);
  assert.equal(cpuPercent({ usageUs: 0, atMs: 0 }, { usageUs: 9_000_000, atMs: 1_000 }, 2), 100);
  assert.equal(cpuPercent({ usageUs: 5, atMs: 7 }, { usageUs: 9, atMs: 7 }, 2), 0);
  assert.equal(memoryPercent(512, "1024", 4_096), 50);
  assert.equal(memoryPercent(512, "max", 4_096), undefined);
  assert.equal(memoryPercent(512, "8192", 4_096), undefined, "a limit above the machine is none");
});
