import assert from "node:assert/strict";
import { test } from "node:test";
import pino from "pino";
import { createRefusalLog } from "./refusal-log.ts";

test("each refusal is counted, and a flood of them fills no log", () => {
  const counted: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const observer = { publisherRefused: (code: string) => void counted.push(code), ffmpegRestarted: () => undefined };
  const log = createRefusalLog({ observer, logger });
  const request = { path: "live/math", remoteAddress: "10.0.0.7", key: "secret-key", token: undefined, relay: undefined };
  const refusal = { code: "wrong_key", reason: "It is wrong." } as const;
  for (let count = 0; count < 20; count += 1) log.tell(request, refusal, "srt");
  assert.equal(counted.length, 20);
  assert.equal(lines.length, 5);
  assert.ok(lines.every((line) => line["stream"] === "live/math" && line["protocol"] === "srt" && line["code"] === "wrong_key"));
  assert.ok(!JSON.stringify(lines).includes("secret-key"));
  log.tick();
  log.tell(request, refusal);
  assert.equal(lines.length, 6);
  assert.equal("protocol" in (lines.at(-1) ?? {}), false);
});
