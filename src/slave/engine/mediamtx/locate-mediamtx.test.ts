import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { UserError } from "../../../shared/kernel/user-error.ts";
import { locateMediaMtx, requireVersion } from "./locate-mediamtx.ts";
import { startFailure } from "./start-failure.ts";

test("a program that is missing or too old is told in a sentence, with where to get it", async () => {
  await assert.rejects(locateMediaMtx("/nowhere/mediamtx"), (error) => {
    assert.ok(error instanceof UserError);
    assert.match(error.message, /MEDIAMTX_PATH=\/nowhere\/mediamtx cannot be run \(ENOENT\): get it from https:/);
    return true;
  });
  const folder = mkdtempSync(join(tmpdir(), "airclass-test-"));
  try {
    const program = join(folder, "mediamtx");
    writeFileSync(program, "#!/bin/sh\necho v1.19.4\n");
    chmodSync(program, 0o755);
    await assert.rejects(locateMediaMtx(program), /is MediaMTX v1\.19\.4, and 1\.20 or newer is needed/);
    writeFileSync(program, "#!/bin/sh\necho v1.21.0\n");
    assert.deepEqual(await locateMediaMtx(program), { path: program, version: "v1.21.0" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("versions", () => {
  for (const good of ["v1.20.0", "1.20.1", "v2.0.0", "v1.100.3", "abcdef"]) requireVersion(good, "it");
  for (const old of ["v1.19.9", "v0.23.8", "1.2.0"]) assert.throws(() => requireVersion(old, "it"), UserError, old);
});

const settings = { bindHost: "0.0.0.0", srtPort: 8890, rtspPort: 8554, rtmpsPort: 1936, webrtcPort: 8189, webrtcHosts: [], tls: undefined };

test("why it did not start: the port's variable, or its own words", () => {
  const taken = "2026/01/01 INF MediaMTX v1.20.1\n2026/01/01 ERR listen udp 0.0.0.0:8890: bind: address already in use\n";
  assert.match(startFailure(taken, settings).message, /^Port 8890 is taken: .*SRT_PORT=/);
  const denied = "ERR listen tcp 0.0.0.0:8554: bind: permission denied";
  assert.match(startFailure(denied, settings).message, /^Port 8554 may not be used .*RTSP_PORT=/);
  assert.match(startFailure('ERR: json: unknown field "x"\n', settings).message, /MediaMTX could not be started: ERR: json: unknown field/);
  assert.match(startFailure("", settings).message, /it said nothing/);
});
