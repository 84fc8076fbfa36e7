// What MediaMTX hardly ever does is done here by a program of a few lines; the real one is in test/integration/mediamtx.test.ts.
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { mediaMtxPathNames } from "./media-paths.ts";
import { createMediaMtxProcess } from "./mediamtx-process.ts";
import type { MediaMtxProcess } from "./mediamtx-process.ts";

const settings = { bindHost: "127.0.0.1", srtPort: 0, rtspPort: 0, rtmpsPort: 0, webrtcPort: 0, webrtcHosts: [], tls: undefined };

const deps = {
  logger: pino({ level: "silent" }),
  authorization: "Basic x",
  hookUrl: "http://127.0.0.1:1/",
  started() {},
  lost() {},
  unfit() {},
};

/** Answers as MediaMTX's API does; in the runs that are named, it has no configuration to tell. Leaves a file of its id for each run. */
const program = (folder: string, runsWithout: readonly number[]) => `#!${process.execPath}
const { readdirSync, writeFileSync } = require("node:fs");
const run = readdirSync(${JSON.stringify(folder)}).filter((name) => name.startsWith("run-")).length + 1;
writeFileSync(${JSON.stringify(join(folder, "run-"))} + run + "-" + process.pid, "");
const [host, port] = process.env.MTX_APIADDRESS.split(":");
require("node:http").createServer((request, response) => {
  if (request.url === "/v3/info") return response.end(JSON.stringify({ version: "v1.20.1", started: "run " + run }));
  if (${JSON.stringify(runsWithout)}.includes(run)) return response.writeHead(500).end("{}");
  const { MTX_METRICSADDRESS, MTX_RTMPADDRESS, MTX_RTSPADDRESS, MTX_WEBRTCADDRESS } = process.env;
  response.end(JSON.stringify({ metricsAddress: MTX_METRICSADDRESS, rtmpAddress: MTX_RTMPADDRESS, rtspAddress: MTX_RTSPADDRESS, webrtcAddress: MTX_WEBRTCADDRESS }));
}).listen(Number(port), host);
`;

/** @param runsWithout see `program`. */
function begin(t: TestContext, ...runsWithout: number[]): { readonly server: MediaMtxProcess; readonly pids: () => number[] } {
  const folder = mkdtempSync(join(tmpdir(), "airclass-test-"));
  const file = join(folder, "mediamtx.cjs");
  writeFileSync(file, program(folder, runsWithout));
  chmodSync(file, 0o700);
  const server = createMediaMtxProcess({ kind: "child", program: file, settings }, deps);
  t.after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  /** In the order of the runs, of which there are fewer than ten. */
  const pids = () =>
    readdirSync(folder)
      .toSorted()
      .flatMap((name) => /^run-\d-(\d+)$/.exec(name)?.[1] ?? [])
      .map(Number);
  return { server, pids };
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    // No such process.
    return false;
  }
};

async function until(check: () => boolean, timeoutMs = 20_000): Promise<void> {
  for (const deadlineMs = performance.now() + timeoutMs; !check(); await sleep(20))
    assert.ok(performance.now() < deadlineMs, check.toString());
}

test("one that begins badly is ended before the next one begins", { timeout: 60_000 }, async (t) => {
  const { server, pids } = begin(t, 2);
  await server.start();
  const first = server.pid ?? 0;
  assert.deepEqual(pids(), [first]);
  process.kill(first, "SIGKILL");
  await until(() => server.running !== undefined && pids().length === 3);
  const [, second = 0, third] = pids();
  assert.equal(server.pid, third);
  assert.equal(isAlive(second), false, "it would keep its ports, and no other could have them");
});

test("one that is being started when the slave ends is ended with it", { timeout: 60_000 }, async (t) => {
  const { server, pids } = begin(t);
  const starting = assert.rejects(server.start());
  await until(() => pids().length === 1);
  await server.stop();
  await starting;
  assert.deepEqual(pids().map(isAlive), [false]);
  assert.equal(server.running, undefined);
});

test(
  "one that somebody else runs is let go of when it tells its configuration no more, and why it is not used is said once",
  { timeout: 60_000 },
  async (t) => {
    const off = { hls: false, moq: false, playback: false, pprof: false };
    const addresses = { rtmpAddress: ":1935", rtspAddress: ":8554", webrtcAddress: ":8889", metricsAddress: ":9998" };
    const on = { rtmp: true, rtsp: true, rtspTransports: ["tcp"] };
    const good = { authMethod: "http", authHTTPAddress: deps.hookUrl, ...on, ...off, ...addresses };
    let config: object | undefined = good;
    let asked = 0;
    const api = createServer(({ url = "" }, response) => {
      if (url.startsWith("/v3/info")) return void response.end(JSON.stringify({ version: "v1.20.1", started: "once" }));
      asked += 1;
      if (!config) return void response.writeHead(500).end("{}");
      const paths = { pageCount: 1, items: mediaMtxPathNames.map((name) => ({ name })) };
      response.end(JSON.stringify(url.startsWith("/v3/config/global") ? config : paths));
    });
    api.listen(0, "127.0.0.1");
    await once(api, "listening");
    t.after(() => api.close());
    const lines: string[] = [];
    const logger = pino({ level: "warn" }, { write: (line: string) => void lines.push(line) });
    const apiUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    const server = createMediaMtxProcess({ kind: "attached", apiUrl }, { ...deps, logger });
    t.after(() => server.stop());
    await server.start();
    config = undefined;
    await until(() => server.running === undefined);
    config = { ...good, hls: true };
    const before = asked;
    await until(() => asked >= before + 6);
    assert.equal(lines.filter((line) => line.includes("hls must be no")).length, 1);
    config = good;
    await until(() => server.running !== undefined);
  },
);
