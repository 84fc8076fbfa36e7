import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { createLogger, withoutSecrets } from "./logger.ts";

function capture() {
  const stream = new PassThrough();
  const logger = createLogger("info", { role: "slave" }, stream as unknown as NodeJS.WriteStream);
  return { logger, text: () => String(stream.read() ?? "") };
}

test("lines are JSON with time, level and the role", () => {
  const { logger, text } = capture();
  logger.info({ stream: "live/math" }, "stream can be watched");
  const line = JSON.parse(text()) as Record<string, unknown>;
  assert.equal(line["role"], "slave");
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
