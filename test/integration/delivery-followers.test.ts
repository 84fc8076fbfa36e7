// What other slaves and moving viewers need of a slave's media port: copies are read with node credentials, viewers wait for
// a stream that is being fetched, are told to go while the node is emptied, and tell how well it plays.
import assert from "node:assert/strict";
import { test } from "node:test";
import { logHeader, readLogHeader } from "../../src/shared/protocol/log-header.ts";
import type { ProblemDocument } from "../../src/shared/protocol/problems.ts";
import { deriveClusterKeys } from "../../src/shared/tokens/cluster-keys.ts";
import { signMediaCredential } from "../../src/shared/tokens/media-credential.ts";
import { eventually } from "../support/eventually.ts";
import { addressesOf, withToken } from "../support/playlist-reader.ts";
import { rawConnection } from "../support/raw-http.ts";
import { addParts, fillStream, startMediaPort } from "./delivery-harness.ts";

const bearer = (credential: string, more: Record<string, string> = {}) => ({
  headers: { authorization: `Bearer ${credential}`, ...more },
});

async function answer(url: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(url, init);
  const text = await response.text();
  return response.ok ? `${response.status}` : `${response.status} ${(JSON.parse(text) as ProblemDocument).code}`;
}

test("a node credential reads everything, is no viewer, and hears with each playlist how the log stands", async (t) => {
  const { url, streams, viewers, copies, followedBy, token, credential } = await startMediaPort(t);
  const stream = streams.open("live/math", 4);
  assert.ok(stream);
  fillStream(stream);
  const addresses = await addressesOf(`${url}/live/math/index.m3u8?jwt=${token()}`);
  assert.equal(viewers.count(performance.now()), 1);
  // The epoch is what the credential says: whoever copies one off the network must not be able to end a class with it.
  const good = bearer(credential({ epoch: 7 }), { "airclass-epoch": "999999" });
  for (const [kind, address] of Object.entries(addresses)) {
    if (kind === "hint") continue;
    const response = await fetch(withToken(address, undefined), good);
    assert.equal(response.status, 200, kind);
    assert.doesNotMatch(await response.text(), /jwt/);
    const status = readLogHeader(response.headers.get(logHeader) ?? undefined);
    const isPlaylist = kind === "multivariant" || kind === "playlist";
    assert.deepEqual(status, isPlaylist ? { epoch: 4, state: "live", lagS: 0, lineage: ["slave-1"] } : undefined, kind);
  }
  assert.equal(viewers.count(performance.now()), 1, "the follower is not one");
  assert.deepEqual(followedBy[0], ["live/math", 7]);

  const playlist = withToken(addresses.playlist, undefined);
  const otherSecret = deriveClusterKeys("another secret that is long enough").media;
  const foreign = signMediaCredential(otherSecret, { follower: "slave-2", holder: "slave-1", path: "live/math", epoch: 1 }, Date.now());
  for (const bad of [
    credential({ holder: "slave-3" }),
    credential({ path: "live/art" }),
    credential({ epoch: 2 ** 53 }),
    credential({ epoch: -1 }),
    foreign,
  ])
    assert.equal(await answer(playlist, bearer(bad)), "401 credential_invalid");
  assert.equal(await answer(withToken(playlist, credential())), "401 credential_invalid", "in a URL it would be logged");
  assert.equal((await fetch(addresses.playlist)).headers.get(logHeader), null, "viewers are not told");

  copies.copyOf = () => ({ state: "waiting", lagS: 1.25, lineage: ["slave-9", "slave-3"] });
  const copied = await fetch(playlist, bearer(credential()));
  const status = readLogHeader(copied.headers.get(logHeader) ?? undefined);
  assert.deepEqual(status, { epoch: 4, state: "waiting", lagS: 1.25, lineage: ["slave-1", "slave-9", "slave-3"] });
  assert.deepEqual(followedBy.at(-1), ["live/math", 1]);
  copies.copyOf = () => ({ state: "waiting", lagS: Number.POSITIVE_INFINITY, lineage: [] });
  const lost = await fetch(playlist, bearer(credential()));
  assert.deepEqual(readLogHeader(lost.headers.get(logHeader) ?? undefined)?.lineage, ["slave-1"]);
});

test("a follower is served where viewers are refused, and for a stream that is not here it is not kept waiting", async (t) => {
  const { url, streams, copies, token, credential } = await startMediaPort(t, {
    orders: { overload_policy: "reject" },
    maxConnections: 1,
  });
  copies.want = () => assert.fail("a follower's request must not make this node follow anybody");
  const multivariant = `${url}/live/math/index.m3u8`;
  assert.equal(await answer(multivariant, bearer(credential())), "404 no_such_stream");
  const stream = streams.open("live/math");
  assert.ok(stream);
  assert.equal(await answer(multivariant, bearer(credential())), "503 stream_not_ready");
  fillStream(stream);
  assert.equal(await answer(`${multivariant}?jwt=${token()}`), "200");
  assert.equal(await answer(`${multivariant}?jwt=${token()}`), "503 no_capacity");
  assert.equal(await answer(multivariant, bearer(credential())), "200");
});

test("a blocked follower hears at once that the teacher is away", async (t) => {
  const { url, streams, followedBy, credential } = await startMediaPort(t);
  const stream = streams.open("live/math");
  assert.ok(stream);
  fillStream(stream);
  const blocked = fetch(`${url}/live/math/source/stream.m3u8?_HLS_msn=3&_HLS_part=2`, bearer(credential()));
  await eventually("it is blocked", () => followedBy.length === 1);
  stream.writer.setState("waiting");
  const response = await blocked;
  assert.equal(response.status, 200);
  assert.equal(readLogHeader(response.headers.get(logHeader) ?? undefined)?.state, "waiting");
});

test("a follower that comes while the teacher is away hears it soon too, also of a copy that has lost its upstream", async (t) => {
  const { url, streams, copies, credential } = await startMediaPort(t);
  const stream = streams.open("live/math");
  assert.ok(stream);
  fillStream(stream, { targetDurationS: 600 });
  const ask = async () => {
    const response = await fetch(`${url}/live/math/source/stream.m3u8?_HLS_msn=3&_HLS_part=2`, bearer(credential()));
    assert.equal(response.status, 200);
    return readLogHeader(response.headers.get(logHeader) ?? undefined)?.state;
  };
  stream.writer.setState("waiting");
  assert.equal(await ask(), "waiting");
  stream.writer.setState("live");
  copies.copyOf = () => ({ state: "waiting", lagS: 2, lineage: ["slave-9"] });
  assert.equal(await ask(), "waiting");
});

test("a viewer who comes from another node to a copy that is behind waits for it, where others are refused", async (t) => {
  const { url, streams, copies, viewers, token } = await startMediaPort(t);
  const stream = streams.open("live/math");
  assert.ok(stream);
  fillStream(stream);
  const ask = (msn: number) => answer(`${url}/live/math/source/stream.m3u8?_HLS_msn=${msn}&_HLS_part=0&jwt=${token()}`);
  assert.equal(await ask(5), "400 blocking_too_far");
  copies.copyOf = () => ({ state: "live", lagS: 2, lineage: ["slave-9"] });
  assert.equal(await ask(50), "400 blocking_too_far");
  const waits = ask(5);
  await eventually("it is blocked", () => viewers.count(performance.now()) === 3);
  addParts(stream, 4);
  stream.writer.writer("source").endSegment();
  fillStream(stream, { segments: 1, openParts: 1 });
  assert.equal(await waits, "200");
});

test("one follower's blocked requests are bounded, and take no viewer's place", async (t) => {
  const { url, streams, viewers, followedBy, token, credential } = await startMediaPort(t);
  const stream = streams.open("live/math");
  assert.ok(stream);
  fillStream(stream);
  const request = `HEAD /live/math/source/stream.m3u8?_HLS_msn=3&_HLS_part=2 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${credential()}\r\n\r\n`;
  const connections = await Promise.all(Array.from({ length: 10 }, () => rawConnection(url, request.repeat(120))));
  t.after(() => connections.forEach(({ socket }) => socket.destroy()));
  const statuses = (code: string) =>
    connections.reduce((sum, connection) => sum + (connection.received().match(new RegExp(`HTTP/1.1 ${code}`, "g")) ?? []).length, 0);
  const viewer = fetch(`${url}/live/math/source/stream.m3u8?_HLS_msn=3&_HLS_part=2&jwt=${token()}`);
  // Answers of one connection come in order: those that are refused show only when the blocked ones before them are answered.
  await eventually("all have come", () => followedBy.length === 1_200 && viewers.count(performance.now()) === 1);
  addParts(stream, 1);
  assert.equal((await viewer).status, 200);
  await eventually("all are answered", () => statuses("[0-9]{3}") === 1_200);
  assert.deepEqual([statuses("200"), statuses("503")], [1_024, 176]);
});

test("a viewer's request for a stream that is not here waits until it is, whatever it asks for", async (t) => {
  const { url, streams, copies, token } = await startMediaPort(t);
  let arrive = () => {};
  const asked: [string, number][] = [];
  copies.want = (...call) => {
    asked.push(call);
    return new Promise((resolve) => (arrive = () => resolve(undefined)));
  };
  const resources = ["index.m3u8", "source/stream.m3u8", "source/seg-1.m4s"];
  for (const resource of resources) {
    const held = answer(`${url}/live/math/${resource}?jwt=${token()}`);
    await eventually("it is held", () => asked.length === 1);
    const stream = streams.open("live/math");
    assert.ok(stream);
    fillStream(stream);
    arrive();
    assert.equal(await held, "200", resource);
    assert.deepEqual(asked.splice(0), [["live/math", 3_000]]);
    streams.remove("live/math");
  }
});

test("a stream that nobody has, one that is not ready in time, one that was replaced meanwhile", async (t) => {
  const { url, streams, copies, token } = await startMediaPort(t);
  const multivariant = () => `${url}/live/math/index.m3u8?jwt=${token()}`;
  assert.equal(await answer(multivariant()), "404 no_such_stream");
  streams.open("live/math");
  assert.equal(await answer(multivariant()), "503 stream_not_ready");
  copies.want = async () => {
    const other = streams.replace("live/math", 2);
    assert.ok(other);
    fillStream(other);
  };
  assert.equal(await answer(multivariant()), "200");
});

test("a blocked viewer whose log is replaced goes on with the new one", async (t) => {
  const { url, streams, copies, viewers, token } = await startMediaPort(t);
  const stream = streams.open("live/math");
  assert.ok(stream);
  fillStream(stream);
  const blocked = fetch(`${url}/live/math/source/stream.m3u8?_HLS_msn=3&_HLS_part=2&jwt=${token()}`);
  await eventually("it is blocked", () => viewers.count(performance.now()) === 1);
  copies.want = async () => {
    const other = streams.get("live/math");
    assert.ok(other && other !== stream);
    fillStream(other, { firstMsn: other.minMsn });
  };
  streams.replace("live/math", 2);
  const response = await blocked;
  assert.equal(response.status, 200);
  assert.match(await response.text(), /EXT-X-MEDIA-SEQUENCE:4\n/);
});

test("one token holds a few requests, no more; a want that fails ends only its request", async (t) => {
  const { url, copies, token } = await startMediaPort(t);
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  let held = 0;
  copies.want = () => {
    held += 1;
    return released;
  };
  const mine = token();
  const request = `HEAD /live/math/index.m3u8?jwt=${mine} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const connection = await rawConnection(url, request.repeat(60));
  t.after(() => connection.socket.destroy());
  await eventually("the first are held", () => held === 32);
  release();
  const statuses = (code: number) => (connection.received().match(new RegExp(`HTTP/1.1 ${code}`, "g")) ?? []).length;
  await eventually("all are answered", () => statuses(404) + statuses(503) === 60);
  assert.deepEqual([statuses(404), statuses(503), held], [32, 28, 32]);
  copies.want = () => Promise.reject(new Error("a defect"));
  await assert.rejects(fetch(`${url}/live/math/index.m3u8?jwt=${mine}`));
  copies.want = () => Promise.resolve();
  assert.equal(await answer(`${url}/live/math/index.m3u8?jwt=${mine}`), "404 no_such_stream");
});

test("while the node is emptied viewers are told to go, each at its time and until it goes; other nodes are not", async (t) => {
  const { url, streams, apply, knowledge, token, credential } = await startMediaPort(t);
  const stream = streams.open("live/math");
  assert.ok(stream);
  fillStream(stream);
  const advice = async (mine: string) => {
    const response = await fetch(`${url}/live/math/source/stream.m3u8?jwt=${mine}`);
    assert.equal(response.status, 200);
    assert.match(response.headers.get("access-control-expose-headers") ?? "", /airclass-advice/);
    return response.headers.get("airclass-advice");
  };
  const early = Array.from({ length: 20 }, () => token());
  const told = async () => (await Promise.all(early.map(advice))).filter((text) => text === "move").length;
  assert.equal(await told(), 0);
  await apply({ draining: true, drain_ms: 3_600_000 });
  assert.ok((await told()) < 3, "within an hour, not now");
  assert.equal(await advice(token()), "move", "who comes now is told at once");
  await apply({ draining: true, drain_ms: 0 });
  assert.equal(await told(), 20);
  assert.equal(await told(), 20, "and again");
  const follower = await fetch(`${url}/live/math/source/stream.m3u8`, bearer(credential()));
  assert.equal(follower.headers.get("airclass-advice"), null);
  await apply({});
  assert.equal(await told(), 0, "taken back");
  knowledge.leave(performance.now() - 8_000, performance.now());
  assert.equal(await told(), 20, "a node that stops");
});

test("players tell how well it plays", async (t) => {
  const { url, playersOf, viewers, token, credential } = await startMediaPort(t);
  const address = `${url}/live/math/report`;
  const post = (body: string, mine = token(), headers: Record<string, string> = {}) =>
    answer(`${address}?jwt=${mine}`, { method: "POST", body, headers });
  const good = { join_ms: 812.5, stalls: 1, stalled_ms: 400, window_ms: 10_000 };
  assert.equal(await post(JSON.stringify(good), token(), { "content-type": "application/json" }), "204");
  assert.equal(await answer(address, { method: "POST", body: JSON.stringify({ ...good, join_ms: undefined }), ...bearer(token()) }), "204");
  assert.deepEqual(playersOf("live/math"), { joins: 1, join_ms: 812.5, stalls: 2, stalled_ms: 800, watched_ms: 20_000 });

  assert.equal(await answer(address, { method: "POST", body: "{}" }), "401 token_missing");
  assert.equal(await post(JSON.stringify(good), token({ path: "live/art" })), "403 wrong_path");
  assert.equal(await answer(address, { method: "POST", body: JSON.stringify(good), ...bearer(credential()) }), "403 wrong_action");
  assert.equal(await answer(`${address}?jwt=${token()}`), "405 method_not_allowed");
  assert.equal(await answer(`${url}/live/math/index.m3u8?jwt=${token()}`, { method: "POST", body: "{}" }), "405 method_not_allowed");
  for (const [bad, expected] of [
    ["", "400 malformed_request"],
    ["{", "400 malformed_request"],
    ["null", "422 invalid_input"],
    [JSON.stringify({ ...good, stalls: -1 }), "422 invalid_input"],
    [JSON.stringify({ ...good, stalls: 1.5 }), "422 invalid_input"],
    [JSON.stringify({ ...good, window_ms: 1e12 }), "422 invalid_input"],
    [JSON.stringify({ ...good, more: "x".repeat(3_000) }), "413 body_too_large"],
  ] as const)
    assert.equal(await post(bad), expected, bad.slice(0, 80));
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(Buffer.alloc(1_000, " ")),
  });
  const chunked = fetch(`${address}?jwt=${token()}`, { method: "POST", body: endless, duplex: "half" });
  assert.equal(await chunked.then((response) => response.status).catch(() => 413), 413, "a body without a length");
  assert.equal(playersOf("live/math").stalls, 2, "none of these counted");

  const mine = token();
  const many = await Promise.all(Array.from({ length: 12 }, () => post(JSON.stringify(good), mine)));
  assert.ok(many.filter((status) => status === "429 too_many_requests").length >= 4, many.join());
  assert.equal(await post(JSON.stringify(good)), "204", "others are not kept out");

  const preflight = await fetch(address, {
    method: "OPTIONS",
    headers: { origin: "https://x.example", "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
  });
  assert.match(preflight.headers.get("access-control-allow-methods") ?? "", /POST/);
  assert.match(preflight.headers.get("access-control-allow-headers") ?? "", /content-type/);
  assert.ok(viewers.count(performance.now()) > 0);
});
