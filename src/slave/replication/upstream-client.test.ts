import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { systemClock } from "../../shared/kernel/clock.ts";
import { mediaCredentialLifetimeS, verifyMediaCredential } from "../../shared/tokens/media-credential.ts";
import { createUpstreamClient, UpstreamError } from "./upstream-client.ts";

const mediaKey = createSecretKey(Buffer.alloc(32, 1));

async function start(t: TestContext, listener: RequestListener, clock = systemClock) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const mediaUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { path: "live/math", follower: "me", holder: "other", urls: [mediaUrl] };
  const client = createUpstreamClient(options, { mediaKey, clusterTimeMs: () => Date.now(), clock, epoch: () => 7 });
  t.after(() => {
    client.close();
    server.close();
    server.closeAllConnections();
  });
  return { client, server };
}

test("a request shows who asks and what epoch it knows, and reads what the log header says", async (t) => {
  const seen: { url: string | undefined; credential: string }[] = [];
  const { client } = await start(t, (request, response) => {
    const credential = (request.headers.authorization ?? "").replace("Bearer ", "");
    seen.push({ url: request.url, credential });
    response.setHeader("airclass-log", "epoch=8;state=live;lag=0.250;lineage=other/origin");
    response.end("#EXTM3U\n");
  });
  const { status, body, log } = await client.get("source/stream.m3u8?_HLS_msn=1", { maxBytes: 100 });
  assert.equal(status, 200);
  assert.equal(body.toString(), "#EXTM3U\n");
  assert.deepEqual(log, { epoch: 8, state: "live", lagS: 0.25, lineage: ["other", "origin"] });
  assert.equal(seen[0]?.url, "/live/math/source/stream.m3u8?_HLS_msn=1");
  const claims = { holder: "other", path: "live/math" };
  const shown = verifyMediaCredential(mediaKey, seen[0]?.credential ?? "", claims, Date.now());
  assert.deepEqual([shown?.follower, shown?.epoch], ["me", 7]);
});

test("the credential is made anew after half its life", async (t) => {
  let nowMs = 0;
  const clock = { monotonicMs: () => nowMs, wallMs: () => Date.now() + nowMs };
  const credentials = new Set<string | undefined>();
  const server = await start(
    t,
    (request, response) => {
      credentials.add(request.headers.authorization);
      response.end();
    },
    clock,
  );
  for (const atMs of [0, 1_000, mediaCredentialLifetimeS * 499]) {
    nowMs = atMs;
    await server.client.get("index.m3u8", { maxBytes: 10 });
  }
  assert.equal(credentials.size, 1);
  nowMs = mediaCredentialLifetimeS * 501;
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await server.client.get("index.m3u8", { maxBytes: 10 });
  assert.equal(credentials.size, 2);
});

test("more bytes than allowed, with or without an announced length, end the request", async (t) => {
  const { client } = await start(t, (request, response) => {
    if (request.url?.endsWith("announced") === true) response.setHeader("content-length", 1_000_000);
    response.write(Buffer.alloc(2_000));
  });
  for (const file of ["announced", "chunked"]) await assert.rejects(client.get(file, { maxBytes: 1_000 }), /more than 1000 bytes/);
});

test("one that says nothing, or stops in the middle, is left", async (t) => {
  const { client } = await start(t, (request, response) => {
    if (request.url?.endsWith("half") !== true) return;
    response.setHeader("content-length", 10);
    response.write("half");
    setTimeout(() => response.destroy(), 50);
  });
  await assert.rejects(client.get("silent", { maxBytes: 10, silentMs: 50 }), UpstreamError);
  await assert.rejects(client.get("half", { maxBytes: 10 }), UpstreamError);
});

test("a new epoch is told with the next request", async (t) => {
  const told: (number | undefined)[] = [];
  const server = createServer((request, response) => {
    const credential = (request.headers.authorization ?? "").replace("Bearer ", "");
    told.push(verifyMediaCredential(mediaKey, credential, { holder: "other", path: "live/math" }, Date.now())?.epoch);
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  let epoch = 0;
  const mediaUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createUpstreamClient(
    { path: "live/math", follower: "me", holder: "other", urls: [mediaUrl] },
    { mediaKey, clusterTimeMs: () => Date.now(), clock: systemClock, epoch: () => epoch },
  );
  t.after(() => {
    client.close();
    server.close();
    server.closeAllConnections();
  });
  for (epoch of [0, 4, 4, 5]) await client.get("index.m3u8", { maxBytes: 10 });
  assert.deepEqual(told, [0, 4, 4, 5]);
});

test("a connection that was closed while idle costs nothing", async (t) => {
  let requests = 0;
  const { client, server } = await start(t, (_request, response) => {
    requests += 1;
    response.end("x");
  });
  server.keepAliveTimeout = 0;
  for (let round = 0; round < 5; round += 1) {
    await client.get("index.m3u8", { maxBytes: 10 });
    server.closeIdleConnections();
  }
  assert.equal(requests, 5);
});

test("closing ends what is under way", async (t) => {
  const { client } = await start(t, () => undefined);
  const blocked = client.get("index.m3u8", { maxBytes: 10, silentMs: 60_000 });
  client.close();
  await assert.rejects(blocked, UpstreamError);
  await assert.rejects(client.get("index.m3u8", { maxBytes: 10 }), UpstreamError);
});

/** A server that answers so, as at one of two addresses of "other". */
async function addressThat(t: TestContext, listener: RequestListener): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    listener(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/n/other`, asked: () => asked };
}

const asHolder: RequestListener = (request, response) => {
  response.setHeader("airclass-log", "epoch=8;state=live;lag=0.000;lineage=other");
  response.end(request.url);
};

test("of two addresses the one that leads to the holder is used, and remembered", async (t) => {
  const door = await addressThat(t, asHolder);
  const silent = await addressThat(t, () => undefined);
  const somebodyElse = await addressThat(t, (_request, response) => void response.writeHead(404).end());
  const anotherSlave = await addressThat(t, (_request, response) => {
    response.setHeader("airclass-log", "epoch=9;state=live;lag=0.000;lineage=another");
    response.end("its stream");
  });
  const dead = "http://127.0.0.1:1";
  for (const straight of [dead, silent.url, somebodyElse.url, anotherSlave.url]) {
    const reached: string[] = [];
    const client = createUpstreamClient(
      { path: "live/math", follower: "me", holder: "other", urls: [straight, door.url] },
      { mediaKey, clusterTimeMs: () => Date.now(), clock: systemClock, epoch: () => 7, reached: (url) => void reached.push(url) },
    );
    t.after(() => client.close());
    const before = silent.asked() + somebodyElse.asked() + anotherSlave.asked();
    assert.equal((await client.get("index.m3u8", { maxBytes: 100 })).body.toString(), "/n/other/live/math/index.m3u8");
    assert.equal((await client.get("source/stream.m3u8", { maxBytes: 100 })).status, 200);
    assert.deepEqual(reached, [door.url]);
    assert.ok(silent.asked() + somebodyElse.asked() + anotherSlave.asked() <= before + 1, "asked once, and not again");
  }
});

test("when neither leads to the holder, the first answer counts, or both reasons are told", async (t) => {
  const refusing = await addressThat(t, (_request, response) => void response.writeHead(503).end());
  const make = (urls: string[]) => {
    const deps = { mediaKey, clusterTimeMs: () => Date.now(), clock: systemClock, epoch: () => 7 };
    const client = createUpstreamClient({ path: "live/math", follower: "me", holder: "other", urls }, deps);
    t.after(() => client.close());
    return client.get("index.m3u8", { maxBytes: 100 });
  };
  assert.equal((await make(["http://127.0.0.1:1", refusing.url])).status, 503);
  await assert.rejects(make(["http://127.0.0.1:1", "http://127.0.0.1:2"]), (error: Error) =>
    /:1: .*ECONNREFUSED.*:2: /.test(error.message),
  );
});
