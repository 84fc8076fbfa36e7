// Sessions against a media server of this file's own, which speaks WHEP over real HTTP; MediaMTX itself is in test/e2e/pages/whep.test.ts.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { createWhepSessions } from "./whep-sessions.ts";
import type { EndedWhy, SessionClaims } from "./whep-sessions.ts";
import type { RunningWebrtc } from "./webrtc-server.ts";

const claims: SessionClaims = { jti: "jti-1", path: "live/math", iat: 1_000, exp: 2_000, user_id: "kim", user_type: "student" };

async function stage(t: TestContext, { maxSessions = 10, status = 201 } = {}) {
  const listed = new Map<string, string>();
  const kicked: string[] = [];
  const seen: string[] = [];
  const ended: EndedWhy[] = [];
  const requests: string[] = [];
  const world = {
    nowMs: 0,
    wallMs: 1_500_000,
    status,
    isReady: true,
    /** The media server lets readers wait until there is a stream. */
    available: Promise.resolve(),
    revoked: new Set<string>(),
    drain: undefined as { deadlineMs: number } | undefined,
  };
  let next = 0;
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requests.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    request.resume();
    if (request.method !== "POST") {
      response.writeHead(request.url?.endsWith("gone") ? 404 : 204).end();
      return;
    }
    const number = (next += 1);
    if (world.status === 201) listed.set(`m${number}`, "read");
    await world.available;
    response.writeHead(world.status, { id: `m${number}`, location: `/rtc/math/whep/secret-${number}`, etag: "*" });
    response.end(world.status === 201 ? "v=0 answer" : '{"status":"error","error":"codecs do not fit"}');
  }
  const media = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
  await once(media, "listening");
  t.after(() => {
    media.close();
    media.closeAllConnections();
  });
  const running: RunningWebrtc = {
    webrtcUrl: `http://127.0.0.1:${(media.address() as AddressInfo).port}`,
    authorization: "Basic c2VjcmV0",
    api: {
      sessions: () => Promise.resolve([...listed].map(([id, state]) => ({ id, state, path: "rtc/math" }))),
      kick(_kind, id) {
        kicked.push(id);
        return Promise.resolve(listed.delete(id));
      },
      path: () => Promise.resolve(undefined),
      hasPath: () => Promise.resolve(true),
      setPath: () => Promise.resolve(),
      removePath: () => Promise.resolve(true),
    },
  };
  const server = { running: running as RunningWebrtc | undefined };
  const sessions = createWhepSessions({
    server,
    pulls: { ready: () => Promise.resolve(world.isReady) },
    mediaPathOf: () => "rtc/math",
    seen: ({ jti }) => void seen.push(jti),
    knowledge: {
      isRevoked: ({ jti }) => world.revoked.has(jti),
      clusterTimeMs: (wallMs) => wallMs,
      get drain() {
        return world.drain;
      },
    },
    maxSessions,
    ended: (why) => void ended.push(why),
    clock: { monotonicMs: () => world.nowMs, wallMs: () => world.wallMs },
    logger: { info() {}, warn() {} },
  });
  const open = async (changes: Partial<SessionClaims> = {}): Promise<string> => {
    const result = await sessions.open({ ...claims, ...changes }, "v=0 offer");
    assert.ok(result.ok, JSON.stringify(result));
    return result.id;
  };
  return { world, listed, kicked, seen, ended, requests, server, running, sessions, open };
}

test("an offer goes to the media server in the name of this node, and its name for the session to nobody", async (t) => {
  const { sessions, requests } = await stage(t);
  const result = await sessions.open(claims, "v=0 offer");
  assert.ok(result.ok);
  assert.deepEqual([result.body, result.etag], ["v=0 answer", "*"]);
  assert.match(result.id, /^[A-Za-z0-9_-]{22}$/);
  assert.deepEqual(requests, ["POST /rtc/math/whep Basic c2VjcmV0"]);
  assert.deepEqual(await sessions.patch("live/math", result.id, "a=candidate", "*"), {
    ok: true,
    status: 204,
    body: "",
    etag: undefined,
    link: undefined,
  });
  assert.equal(requests.at(-1), "PATCH /live/session/whep/secret-1 Basic c2VjcmV0");
  assert.equal(await sessions.close("live/other", result.id), false, "below the path of another stream there is no such session");
  assert.equal(await sessions.close("live/math", result.id), true);
  assert.equal(requests.at(-1), "DELETE /live/session/whep/secret-1 Basic c2VjcmV0");
  assert.equal(sessions.count, 0);
});

test("viewers count while the media server lists them, and are missed when it does not", async (t) => {
  const { sessions, seen, listed, world, ended, open } = await stage(t);
  await open();
  await sessions.sweep();
  assert.deepEqual(seen, ["jti-1"]);
  assert.equal(sessions.countOf("live/math"), 1);
  listed.clear();
  await sessions.sweep();
  assert.equal(sessions.count, 1, "the list may be older than the session");
  world.nowMs = 4_000;
  await sessions.sweep();
  assert.deepEqual([sessions.count, ended], [0, ["left"]]);
});

test("a session ends when its token is called back, or has expired and was not renewed", async (t) => {
  const { sessions, world, ended, kicked, open } = await stage(t);
  await open();
  const id = await open({ jti: "jti-2", user_id: "lee" });
  world.revoked.add("jti-1");
  await sessions.sweep();
  assert.deepEqual([ended, kicked], [["token_revoked"], ["m1"]]);
  assert.equal(sessions.renew("live/math", id, { ...claims, jti: "jti-3", user_id: "somebody else", exp: 3_000 }), false);
  assert.equal(sessions.renew("live/math", id, { ...claims, jti: "jti-3", user_id: "lee", exp: 2_100 }), true);
  world.wallMs = 2_050_000;
  await sessions.sweep();
  assert.equal(sessions.count, 1);
  world.wallMs = 2_103_000;
  await sessions.sweep();
  assert.deepEqual(
    [ended, kicked],
    [
      ["token_revoked", "token_expired"],
      ["m1", "m2"],
    ],
  );
});

test("a player that has renewed and stops is gone; one that never does is not", async (t) => {
  const { sessions, world, ended, kicked, open } = await stage(t);
  const id = await open();
  await open({ jti: "jti-2" });
  sessions.renew("live/math", id, claims);
  world.nowMs = 19_000;
  await sessions.sweep();
  assert.equal(sessions.count, 2);
  world.nowMs = 21_000;
  await sessions.sweep();
  assert.deepEqual([sessions.count, ended, kicked], [1, ["left"], ["m1"]]);
});

test("one token has two sessions at most, the node a bound, and a flood of offers an end", async (t) => {
  const { sessions, kicked, open } = await stage(t, { maxSessions: 3 });
  for (let count = 0; count < 3; count += 1) await open();
  assert.equal(sessions.count, 2);
  assert.deepEqual(kicked, ["m1"]);
  await open({ jti: "jti-2" });
  const full = await sessions.open({ ...claims, jti: "jti-3" }, "v=0");
  assert.equal(full.ok ? "" : full.code, "no_capacity");
  let refused = "";
  for (let count = 0; count < 10 && refused !== "too_many_requests"; count += 1) {
    const result = await sessions.open(claims, "v=0");
    refused = result.ok ? "" : result.code;
  }
  assert.equal(refused, "too_many_requests");
});

test("a flood of changes to a session has an end, and one session's flood is not another's", async (t) => {
  const { sessions, requests, world, open } = await stage(t);
  const [id, other] = [await open(), await open({ jti: "jti-2" })];
  const codes: string[] = [];
  for (let count = 0; count < 100; count += 1) {
    const result = await sessions.patch("live/math", id, "a=ice-ufrag:x", "*");
    codes.push(result.ok ? "" : result.code);
  }
  assert.ok(codes[19] === "" && codes[99] === "too_many_requests", codes.join(" "));
  assert.ok(requests.length < 50);
  assert.equal((await sessions.patch("live/math", other, "a=ice-ufrag:x", "*")).ok, true);
  world.nowMs = 5_000;
  assert.equal((await sessions.patch("live/math", id, "a=ice-ufrag:x", "*")).ok, true);
});

test("who moves sessions from token to token has no more of them at the one they end at", async (t) => {
  const { sessions, kicked, open } = await stage(t);
  for (const jti of ["jti-2", "jti-3", "jti-4"]) {
    const id = await open({ jti });
    assert.equal(sessions.renew("live/math", id, claims), true);
  }
  assert.equal(sessions.count, 2);
  assert.deepEqual(kicked, ["m1"]);
});

test("who reads at the media server without us is ended; teachers who publish are not", async (t) => {
  const { sessions, listed, kicked, ended } = await stage(t);
  listed.set("thief", "read").set("teacher", "publish");
  await sessions.sweep();
  assert.deepEqual(kicked, [], "an answer may still be on its way to us");
  await sessions.sweep();
  assert.deepEqual([kicked, ended], [["thief"], ["stranger"]]);
});

test("who waits for a stream that is made ready is no stranger, however long it takes; who was there before is", async (t) => {
  const { sessions, world, listed, kicked, open } = await stage(t);
  const ready = Promise.withResolvers<void>();
  world.available = ready.promise;
  listed.set("thief", "read");
  await sessions.sweep();
  world.nowMs = 500;
  const waiting = open();
  while (!listed.has("m1")) await sleep(5);
  for (world.nowMs = 1_000; world.nowMs < 8_000; world.nowMs += 1_000) await sessions.sweep();
  assert.deepEqual([kicked, sessions.count], [["thief"], 0]);
  ready.resolve();
  await waiting;
  await sessions.sweep();
  assert.deepEqual([kicked, sessions.count], [["thief"], 1]);
});

test("a media server that is away, was started anew, or has no such stream", async (t) => {
  const { sessions, world, server, running, ended, open } = await stage(t);
  await open();
  server.running = { ...running, api: { ...running.api } };
  await sessions.sweep();
  assert.deepEqual([sessions.count, ended[0]], [0, "server_restarted"]);
  const codeOf = async (): Promise<string> => {
    const result = await sessions.open({ ...claims, jti: String(Math.random()) }, "v=0");
    return result.ok ? "ok" : `${result.code} ${result.detail}`;
  };
  world.status = 404;
  assert.match(await codeOf(), /^stream_not_ready/);
  world.status = 400;
  assert.equal(await codeOf(), "offer_unacceptable codecs do not fit");
  world.isReady = false;
  assert.match(await codeOf(), /^stream_not_ready/);
  server.running = undefined;
  assert.match(await codeOf(), /^stream_not_ready/);
  server.running = { ...running, webrtcUrl: "http://127.0.0.1:1" };
  world.isReady = true;
  assert.match(await codeOf(), /^stream_not_ready/);
});

test("a node that is emptied keeps its sessions until the time is over", async (t) => {
  const { sessions, world, ended, open } = await stage(t);
  await open();
  world.drain = { deadlineMs: 10_000 };
  await sessions.sweep();
  assert.equal(sessions.count, 1);
  world.nowMs = 10_000;
  await sessions.sweep();
  assert.deepEqual([sessions.count, ended], [0, ["drained"]]);
});
