import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { eventually } from "../../../test/support/eventually.ts";
import { readEvents } from "../../../test/support/event-reader.ts";
import { rawConnection } from "../../../test/support/raw-http.ts";
import { selfSigned } from "../../../test/support/self-signed.ts";
import { createLogger } from "../logging/logger.ts";
import { createEventStreams, eventBytes } from "./event-stream.ts";
import type { EventReader, EventStreamLimits } from "./event-stream.ts";
import { createHttpServer, listen } from "./http-server.ts";
import type { TlsFiles } from "./tls.ts";

async function setUp(t: TestContext, limits: EventStreamLimits = {}, tls?: TlsFiles) {
  const app = createHttpServer({ logger: createLogger("silent", {}), tls });
  const streams = createEventStreams(app, limits);
  const readers: EventReader[] = [];
  const ended: EventReader[] = [];
  const state: { mayStay: boolean | "unknown" } = { mayStay: true };
  const mayStay = (): boolean => {
    if (state.mayStay === "unknown") throw new Error("the store cannot be read");
    return state.mayStay;
  };
  app.addHook("onRequest", async (_request, reply) => void reply.header("access-control-allow-origin", "https://example.org"));
  app.get("/live", async (_request, reply) => {
    const reader: EventReader = streams.open(reply, { mayStay, ended: () => void ended.push(reader) });
    readers.push(reader);
  });
  t.after(() => app.close());
  const port = await listen(app, { host: "127.0.0.1", port: 0, variable: "API_PORT" });
  return { app, streams, readers, ended, state, url: `http${tls ? "s" : ""}://127.0.0.1:${port}/live` };
}

test("events and comments come as they are sent, with the headers that a stream needs", async (t) => {
  const { url, readers, streams } = await setUp(t, { commentEveryMs: 20 });
  const page = await readEvents(url);
  t.after(() => page.close());
  assert.equal(page.headers["content-type"], "text/event-stream; charset=utf-8");
  assert.equal(page.headers["cache-control"], "no-store");
  assert.equal(page.headers["access-control-allow-origin"], "https://example.org");
  readers[0]?.send(eventBytes("state", { title: "Mathe\n\n: 수학" }));
  assert.deepEqual(await page.next("state"), { title: "Mathe\n\n: 수학" });
  await eventually("two comments came", () => page.comments >= 2);
  assert.equal(streams.size, 1);
  page.close();
  await eventually("it is known that the reader left", () => streams.size === 0);
});

test("a reader that takes nothing is cut off, and the others get everything", async (t) => {
  const { url, readers, ended, streams } = await setUp(t, { maxWaitingBytes: 64 * 1024 });
  const slow = await rawConnection(url, "GET /live HTTP/1.1\r\nhost: x\r\n\r\n", { reads: false });
  t.after(() => slow.socket.destroy());
  await eventually("it is there", () => streams.size === 1);
  const fast = await readEvents(url);
  t.after(() => fast.close());
  const bytes = eventBytes("state", "x".repeat(16 * 1024));
  let sent = 0;
  while (streams.size === 2 && sent < 20_000) {
    for (const reader of readers) reader.send(bytes);
    sent += 1;
    // As long as the fast one has something to read, it is given the time to.
    do await nextTurn();
    while (fast.events.length < sent - 2);
  }
  assert.equal(ended.length, 1);
  assert.equal(ended[0], readers[0]);
  readers[1]?.send(eventBytes("last", true));
  await fast.next("last");
  assert.equal(fast.of("state").length, sent);
});

test("who may not stay is sent away with the next comment; a server that closes does not wait for readers", async (t) => {
  const { app, url, state, streams, ended } = await setUp(t, { commentEveryMs: 20 });
  const page = await readEvents(url);
  state.mayStay = false;
  await eventually("it is over", () => page.isOver && streams.size === 0);
  state.mayStay = "unknown";
  const unknown = await readEvents(url);
  await eventually("it is over", () => unknown.isOver && streams.size === 0);
  state.mayStay = true;
  const other = await readEvents(url);
  const asleep = await rawConnection(url, "GET /live HTTP/1.1\r\nhost: x\r\n\r\n", { reads: false });
  t.after(() => asleep.socket.destroy());
  await eventually("both are there", () => streams.size === 2);
  await app.close();
  await eventually("it is over", () => other.isOver);
  assert.equal(ended.length, 4, "each once");
});

test("asked in between, who may not stay is sent away at once, one or all; who may, stays", async (t) => {
  const { url, state, streams, readers, ended } = await setUp(t, { commentEveryMs: 3_600_000 });
  const pages = [await readEvents(url), await readEvents(url), await readEvents(url)];
  t.after(() => pages.forEach((page) => page.close()));
  streams.recheck();
  readers[0]?.recheck();
  assert.equal(streams.size, 3);
  state.mayStay = false;
  readers[0]?.recheck();
  assert.deepEqual(ended, [readers[0]]);
  streams.recheck();
  assert.equal(streams.size, 0);
  await eventually("it is over", () => pages.every(({ isOver }) => isOver));
  readers[0]?.recheck();
  assert.equal(ended.length, 3, "each once");
});

test("the number of readers is bounded", async (t) => {
  const { url, streams } = await setUp(t, { maxReaders: 1 });
  assert.equal(streams.full, false);
  const page = await readEvents(url);
  t.after(() => page.close());
  assert.equal(streams.full, true);
});

test("over HTTP/2, too: events come, a reader whose window is full is cut off, and the connection goes on", async (t) => {
  const certificate = await selfSigned();
  t.after(() => certificate.remove());
  const ca = readFileSync(certificate.certPath);
  const { app, url, readers, streams, ended } = await setUp(
    t,
    { maxWaitingBytes: 64 * 1024 },
    { cert: ca, key: readFileSync(certificate.keyPath) },
  );
  const session = connectHttp2(new URL(url).origin, { ca });
  t.after(() => session.destroy());
  // A reset is the end that is waited for.
  const open = () => session.request({ ":path": "/live" }).on("error", () => {});
  const [fast, slow] = [open(), open()];
  let text = "";
  fast.on("data", (chunk: Buffer) => (text = (text + chunk.toString()).slice(-100)));
  await eventually("both are there", () => streams.size === 2);
  const bytes = eventBytes("state", "x".repeat(16 * 1024));
  for (let sent = 0; streams.size === 2 && sent < 10_000; sent += 1) {
    readers[1]?.send(bytes);
    await nextTurn();
  }
  assert.deepEqual(ended, [readers[1]]);
  await eventually("its stream is over", () => slow.closed || slow.destroyed);
  readers[0]?.send(eventBytes("last", 1));
  await eventually("the other one goes on", () => text.endsWith("event: last\ndata: 1\n\n"));
  await app.close();
  assert.equal(streams.size, 0);
});
