import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectH2 } from "node:http2";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { eventually } from "../../../test/support/eventually.ts";
import { selfSigned } from "../../../test/support/self-signed.ts";
import { createMediaServer } from "./media-server.ts";
import type { MediaServerOptions } from "./media-server.ts";

async function start(t: TestContext, options: Partial<MediaServerOptions> = {}): Promise<number> {
  const server = createMediaServer({
    host: "127.0.0.1",
    port: 0,
    tls: undefined,
    stalledReaderMs: 20_000,
    maxConnections: 1,
    handle(request, response) {
      response.writeHead(200, ["content-length", "2"]);
      response.end("ok");
      return request.url === "/viewer" ? "viewer" : request.url === "/follower" ? "follower" : "stranger";
    },
    ...options,
  });
  t.after(() => server.stop(0));
  return server.start();
}

function open(t: TestContext, port: number, path: string, from = "127.0.0.1"): { socket: Socket; answered: Promise<boolean> } {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from });
  t.after(() => socket.destroy());
  const answered = new Promise<boolean>((resolve) => {
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
    socket.on("data", () => resolve(true));
  });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  return { socket, answered };
}

test("connections that show no token keep no viewer out, and viewers keep theirs", async (t) => {
  const port = await start(t);
  const early = open(t, port, "/viewer");
  assert.ok(await early.answered);
  // 6 for the one viewer and 1,000 to spare: these take all that is left and more.
  const strangers = Array.from({ length: 1_020 }, () => open(t, port, "/"));
  await Promise.all(strangers.map(({ answered }) => answered));
  const late = open(t, port, "/viewer");
  assert.ok(await late.answered, "a new viewer is served");
  assert.equal(early.socket.destroyed, false, "the earlier one was not sent away for it");
  const closed = strangers.filter(({ socket }) => socket.destroyed).length;
  assert.ok(closed >= 16 && closed < 100, `${closed} strangers had to go`);
});

test("connections of other nodes are not counted among those of viewers, and keep their place whoever comes", async (t) => {
  const port = await start(t);
  const followers = Array.from({ length: 20 }, () => open(t, port, "/follower"));
  assert.ok((await Promise.all(followers.map(({ answered }) => answered))).every(Boolean));
  // 6 for the one viewer and 1,000 to spare.
  const viewers = Array.from({ length: 1_006 }, () => open(t, port, "/viewer"));
  const served = await Promise.all(viewers.map(({ answered }) => answered));
  assert.equal(served.filter(Boolean).length, 1_006, "the followers took none of their places");
  assert.equal(await open(t, port, "/viewer").answered, false, "that was the last one");
  assert.equal(followers.filter(({ socket }) => socket.destroyed).length, 0);
  for (const { socket } of followers) socket.destroy();
  viewers[0]?.socket.destroy();
  await eventually("a place is free, and only one", () => open(t, port, "/viewer").answered);
});

test("who holds every connection there is, with good tokens, gives way to viewers and nodes elsewhere", async (t) => {
  const port = await start(t);
  const early = open(t, port, "/viewer", "127.0.0.2");
  assert.ok(await early.answered);
  const greedy = Array.from({ length: 1_005 }, () => open(t, port, "/viewer", "127.0.0.3"));
  assert.ok((await Promise.all(greedy.map(({ answered }) => answered))).every(Boolean));
  assert.equal(await open(t, port, "/viewer", "127.0.0.3").answered, false, "to itself it gives nothing");
  for (const path of ["/viewer", "/follower"]) assert.ok(await open(t, port, path, "127.0.0.4").answered, path);
  assert.equal(early.socket.destroyed, false, "who has few keeps them");
  await eventually("it has given two", () => greedy.filter(({ socket }) => socket.destroyed).length === 2);
});

test("the connections of a trusted proxy are nobody's: they are not sent away for others, whoever asks through them", async (t) => {
  const port = await start(t, { isProxy: (address) => address === "127.0.0.3" });
  const proxied = Array.from({ length: 900 }, (_, index) => open(t, port, index % 2 === 0 ? "/viewer" : "/", "127.0.0.3"));
  assert.ok((await Promise.all(proxied.map(({ answered }) => answered))).every(Boolean));
  // 106 places are left; strangers and viewers elsewhere share them as ever.
  const others = Array.from({ length: 110 }, (_, index) => open(t, port, index % 2 === 0 ? "/viewer" : "/", "127.0.0.4"));
  await Promise.all(others.map(({ answered }) => answered));
  assert.ok(await open(t, port, "/viewer", "127.0.0.5").answered, "a viewer elsewhere is served");
  assert.ok(await open(t, port, "/viewer", "127.0.0.3").answered, "and one through the proxy");
  assert.equal(proxied.filter(({ socket }) => socket.destroyed).length, 0);
});

test("other nodes that come through a trusted proxy are not counted among viewers either", async (t) => {
  const port = await start(t, { isProxy: (address) => address === "127.0.0.3" });
  const followers = Array.from({ length: 20 }, () => open(t, port, "/follower", "127.0.0.3"));
  assert.ok((await Promise.all(followers.map(({ answered }) => answered))).every(Boolean));
  const viewers = Array.from({ length: 1_006 }, () => open(t, port, "/viewer"));
  const served = await Promise.all(viewers.map(({ answered }) => answered));
  assert.equal(served.filter(Boolean).length, 1_006);
  for (const { socket } of followers) socket.destroy();
  assert.equal(await open(t, port, "/viewer").answered, false, "their places went with them");
});

test("an HTTP/2 connection in use is not ended for being old; one that is idle is", async (t) => {
  const certificate = await selfSigned();
  t.after(() => certificate.remove());
  const tls = { cert: readFileSync(certificate.certPath), key: readFileSync(certificate.keyPath) };
  const stalledReaderMs = 1_500;
  const port = await start(t, { tls, stalledReaderMs });
  const session = connectH2(`https://127.0.0.1:${port}`, { ca: tls.cert });
  t.after(() => session.destroy());
  let closed = false;
  session.once("close", () => (closed = true));
  for (let request = 0; request < 20; request += 1) {
    assert.equal(closed, false, `closed before request ${request}`);
    const stream = session.request({ ":path": "/viewer" });
    const [head] = (await once(stream, "response")) as [{ ":status": number }];
    assert.equal(head[":status"], 200);
    await stream.resume().toArray();
    await sleep(stalledReaderMs / 8);
  }
  await once(session, "close", { signal: AbortSignal.timeout(20_000) });
});
