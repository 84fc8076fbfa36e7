import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseLadder } from "./rendition-ladder.ts";
import { startTranscoder } from "./transcoder.ts";

test("a flood of tiny tags that are not taken counts as stuck long before its bytes do", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "airclass-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const program = join(folder, "reads-nothing");
  writeFileSync(program, "#!/bin/sh\nexec sleep 60\n");
  chmodSync(program, 0o755);
  const job = { renditions: parseLadder(["source"]), video: undefined, audio: { copy: true }, encodeSource: undefined, fpsMode: true };
  const transcoder = startTranscoder(program, job, { init() {}, fragment() {}, exited() {} }, () => 0);
  t.after(() => transcoder.kill());
  const tag = Buffer.alloc(17);
  for (let count = 0; count < 10_000; count += 1) transcoder.write(tag);
  assert.equal(transcoder.stuck(0), undefined);
  for (let count = 0; count < 60_000; count += 1) transcoder.write(tag);
  assert.match(transcoder.stuck(0) ?? "", /does not keep up/);
});
