import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { switchDebug } from "./debug-switch.ts";
import { createLogger, withoutSecrets } from "./logger.ts";
import type { LogLevel } from "./logger.ts";

function capture(level: LogLevel = "info") {
  const stream = new PassThrough();
  const logger = createLogger(level, { role: "slave" }, stream as unknown as NodeJS.WriteStream);
  return { logger, text: () => String(stream.read() ?? "") };
}

test("lines are JSON with time, level and the role", () => {
  const { logger, text } = capture();
  logger.info({ stream: "live/math" }, "stream can be watched");
  const line = JSON.parse(text()) as Record<string, unknown>;
  assert.equal(line["role"], "slave");
  assert.equal(line["level"], "info");
  assert.equal(line["stream"], "live/math");
  assert.match(String(line["time"]), /^\d{4}-\d\d-\d\dT/);
});

test("secrets never reach a line, wherever they stand in what is logged", () => {
  const { logger, text } = capture();
  logger.info({
    token: "S3CRET",
    req: { headers: { authorization: "Bearer S3CRET", cookie: "S3CRET" } },
    body: { stream_key: "S3CRET", join_code: "S3CRET" },
  });
  logger.info({ url: withoutSecrets("/live/x/index.m3u8?jwt=S3CRET&_HLS_msn=1") }, withoutSecrets("publish math?key=S3CRET"));
  const lines = text();
  assert.ok(lines.includes("_HLS_msn=1"), lines);
  assert.ok(!lines.includes("S3CRET"), lines);
});

test("debug lines come and go while a process runs, also those of parts that were made before", () => {
  const { logger, text } = capture("warn");
  const part = logger.child({ part: "gateway" }).child({ stream: "live/math" });
  const say = () => {
    part.debug("a detail");
    part.info("a fact");
    return text()
      .split("\n")
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
  };
  assert.deepEqual(say(), []);
  switchDebug(logger, "warn");
  assert.deepEqual(say(), ["log level is debug now", "a detail", "a fact"]);
  switchDebug(logger, "warn");
  assert.deepEqual(say(), ["log level is warn again (LOG_LEVEL)"]);
  switchDebug(logger, "warn");
  assert.equal(say().length, 3);
});
