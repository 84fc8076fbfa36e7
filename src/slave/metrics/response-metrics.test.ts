import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { connect as connectTcp } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { eventually } from "../../../test/support/eventually.ts";
import { readMetrics, valueOf } from "../../../test/support/prometheus-text.ts";
import { createMetricSet } from "../../shared/metrics/metric-set.ts";
import { createMediaHandler } from "../api/media-handler.ts";
import { createMediaResponder } from "../api/media-response.ts";
import type { LiveStreamReader, RenditionReader, Waiter } from "../live/live-log.ts";
import { createResponseMetrics } from "./response-metrics.ts";

/** The media port's handler with metrics, a log of literals and a clock that is set by hand. */
async function start(t: TestContext, rendition: Partial<RenditionReader>, http2 = false) {
  const clock = { nowMs: 1_000 };
  const set = createMetricSet("slave");
  const logged: unknown[] = [];
  const reader = { playable: true, lastMsn: 1, playlist: () => ({ pieces: ["#EXTM3U\n"], bare: Buffer.from("#EXTM3U\n") }), ...rendition };
  const stream = { state: "live", playable: true, targetDurationS: 2, rendition: () => reader } as unknown as LiveStreamReader;
  const handle = createMediaHandler({
    nodeId: "slave-1",
    gate: { check: (token) => (token === "good" ? { ok: true } : { ok: false, code: "token_invalid" }) },
    streams: { get: () => stream },
    copies: { want: () => Promise.resolve(), copyOf: () => undefined, followedBy: () => {} },
    isToMove: () => false,
    clientOf: () => "",
    report: () => {},
    respond: createMediaResponder(undefined, createResponseMetrics(set, { monotonicMs: () => clock.nowMs })),
    logger: { error: (fields: unknown) => void logged.push(fields) } as never,
  });
  const server = http2 ? createHttp2Server((request, response) => void handle(request as never, response as never)) : createServer(handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const value = async (name: string, labels: Record<string, string>) => valueOf(readMetrics(await set.text()), `airclass_${name}`, labels);
  return { clock, logged, port, url: `http://127.0.0.1:${port}/live/math/source`, value };
}

test("what a request waited for is not the time of its answer", async (t) => {
  let waiter: Waiter | undefined;
  const { clock, url, value } = await start(t, {
    request: () => "wait",
    wait: (_msn, _part, wake) => {
      waiter = wake;
      return () => {};
    },
  });
  const blocked = fetch(`${url}/stream.m3u8?jwt=good&_HLS_msn=2`);
  await eventually("the request is blocked", () => waiter !== undefined);
  // The part was there at 1.5 s; thousands of others are answered before this one.
  clock.nowMs = 1_700;
  waiter?.("ready", 1_500);
  assert.equal((await blocked).status, 200);
  assert.equal(await value("response_seconds_count", { kind: "playlist" }), 1);
  assert.equal(await value("response_seconds_sum", { kind: "playlist" }), 0.2);
});

test("answers by kind and status, with the bytes of their bodies; refused tokens by what is wrong with them", async (t) => {
  const { url, value } = await start(t, {
    partRequest: (msn) => (msn === 1 ? "ready" : "missing"),
    part: () => ({ chunks: [Buffer.alloc(600), Buffer.alloc(400)], bytes: 1_000 }),
    segment: () => undefined,
  });
  const get = async (path: string, method = "GET") => (await fetch(`${url}/${path}`, { method })).arrayBuffer();
  await get("part-1.0.m4s?jwt=good");
  await get("part-1.0.m4s?jwt=good", "HEAD");
  await get("part-9.9.m4s?jwt=good");
  await get("seg-1.m4s?jwt=good");
  await get("part-1.0.m4s?jwt=bad");
  await get("nothing-that-is-known?jwt=good");
  await get("stream.m3u8?jwt=good", "DELETE");
  const answers = (kind: string, code: string) => value("responses_total", { kind, code });
  assert.equal(await answers("part", "200"), 2);
  assert.equal(await answers("part", "404"), 1);
  assert.equal(await answers("part", "401"), 1);
  assert.equal(await answers("segment", "404"), 1);
  assert.equal(await answers("other", "404"), 1);
  assert.equal(await answers("other", "405"), 1);
  assert.equal(await answers("init", "503"), 0, "there before the first");
  assert.ok(((await value("media_sent_bytes_total", { kind: "part" })) ?? 0) > 1_000);
  assert.equal(await value("response_seconds_count", { kind: "part" }), 4);
  assert.equal(await value("tokens_refused_total", { reason: "token_invalid" }), 1);
  assert.equal(await value("tokens_refused_total", {}), 1, "what is missing is no matter of tokens");
});

test("a reader who takes nothing is counted, and timed when the answer has gone", async (t) => {
  const bytes = 64 * 1024 * 1024;
  const { clock, port, value } = await start(t, { segment: () => ({ chunks: [Buffer.alloc(bytes)], bytes }) });
  const reader = connectTcp(port, "127.0.0.1").pause();
  t.after(() => reader.destroy());
  reader.write("GET /live/math/source/seg-1.m4s?jwt=good HTTP/1.1\r\nhost: a\r\n\r\n");
  await eventually("it is answered", async () => (await value("responses_total", { kind: "segment", code: "200" })) === 1);
  assert.equal(await value("response_seconds_count", { kind: "segment" }), 0);
  clock.nowMs += 3_000;
  reader.resume();
  await eventually("it has gone", async () => (await value("response_seconds_count", { kind: "segment" })) === 1);
  assert.equal(await value("response_seconds_sum", { kind: "segment" }), 3);
});

test("a defect that keeps a request from being answered is seen", async (t) => {
  const { logged, url, value } = await start(t, {
    segment: () => {
      throw new Error("a defect");
    },
  });
  assert.equal(await value("responses_total", { kind: "other", code: "500" }), 0);
  await assert.rejects(fetch(`${url}/seg-1.m4s?jwt=good`));
  assert.equal(await value("responses_total", { kind: "other", code: "500" }), 1);
  assert.equal(logged.length, 1);
});

test("over HTTP/2, answers are counted and timed too", async (t) => {
  const { port, value } = await start(t, { segment: () => ({ chunks: [Buffer.alloc(1_000)], bytes: 1_000 }) }, true);
  const session = connect(`http://127.0.0.1:${port}`);
  t.after(() => session.destroy());
  const stream = session.request({ ":path": "/live/math/source/seg-1.m4s?jwt=good" });
  stream.resume();
  await once(stream, "end");
  await eventually("it is timed", async () => (await value("response_seconds_count", { kind: "segment" })) === 1);
  assert.equal(await value("media_sent_bytes_total", { kind: "segment" }), 1_000);
});
