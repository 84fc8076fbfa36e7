// Copies between slaves over real sockets: the same bytes and the same playlists everywhere, whatever happens to an upstream.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { readMediaPlaylist } from "../../src/shared/hls/read-media-playlist.ts";
import type { MediaBytes } from "../../src/slave/live/live-log.ts";
import { eventually } from "../support/eventually.ts";
import { path, publish, startNode } from "./replication-harness.ts";
import type { TestNode } from "./replication-harness.ts";

const textOf = (node: TestNode, rendition: string): string =>
  node.streams.get(path)?.rendition(rendition)?.playlist({ skip: false }).bare.toString() ?? "";

const hashOf = (media: MediaBytes | undefined): string | undefined =>
  media && createHash("sha256").update(Buffer.concat(media.chunks)).digest("hex");

/** Hashes of all that a node lists of a rendition, by URI. */
function ledger(node: TestNode, rendition: string): Map<string, string | undefined> {
  const reader = node.stream.rendition(rendition);
  assert.ok(reader);
  const hashes = new Map<string, string | undefined>();
  for (const segment of readMediaPlaylist(textOf(node, rendition)).segments) {
    hashes.set(`init-${segment.initId}`, hashOf(reader.init(segment.initId)));
    if (segment.complete && !segment.gap) hashes.set(`seg-${segment.msn}`, hashOf(reader.segment(segment.msn)));
    for (const index of segment.parts.keys()) hashes.set(`part-${segment.msn}.${index}`, hashOf(reader.part(segment.msn, index)));
  }
  return hashes;
}

function assertSameMedia(origin: TestNode, copy: TestNode): void {
  for (const { name } of origin.stream.renditions) {
    const [theirs, ours] = [ledger(origin, name), ledger(copy, name)];
    assert.ok(ours.size > 3, `${name} has ${ours.size} files`);
    for (const [uri, hash] of ours) {
      assert.ok(hash !== undefined, `${name}/${uri} is there`);
      assert.equal(hash, theirs.get(uri), `${name}/${uri} of ${copy.nodeId}`);
    }
  }
}

/** The segments of a playlist's text without the window's beginning: from one segment on. */
function textFrom(node: TestNode, rendition: string, msn: number): string {
  const text = textOf(node, rendition);
  const end = text.indexOf(`seg-${msn - 1}.m4s\n`);
  return text.slice(end === -1 ? text.indexOf("#EXT-X-PROGRAM") : end + `seg-${msn - 1}.m4s\n`.length);
}

function isLevel(origin: TestNode, copy: TestNode): boolean {
  const names = origin.stream.renditions.map(({ name }) => name);
  return names.every((name) => {
    const [theirs, ours] = [origin.stream.rendition(name), copy.streams.get(path)?.rendition(name)];
    return ours !== undefined && ours.lastMsn === theirs?.lastMsn && ours.lastPart === theirs.lastPart;
  });
}

const level = (origin: TestNode, copy: TestNode): Promise<void> =>
  eventually(`${copy.nodeId} has what ${origin.nodeId} has`, () => isLevel(origin, copy), 10_000);

function assertSameTexts(origin: TestNode, copy: TestNode): void {
  for (const { name } of origin.stream.renditions) {
    const msn = readMediaPlaylist(textOf(copy, name)).segments[0].msn + 1;
    assert.equal(textFrom(copy, name, msn), textFrom(origin, name, msn), name);
  }
}

test("a copy has the same bytes and the same playlists, whatever was there before it began", async (t) => {
  const [origin, copy] = [await startNode(t, "origin"), await startNode(t, "copy")];
  const teacher = publish(origin);
  teacher.push(8.5);
  copy.follow(origin);
  await level(origin, copy);
  assertSameMedia(origin, copy);
  for (let round = 0; round < 12; round += 1) {
    teacher.push(1);
    await level(origin, copy);
  }
  assertSameMedia(origin, copy);
  for (const { name } of origin.stream.renditions) assert.equal(textOf(copy, name), textOf(origin, name));
  assert.deepEqual(
    copy.stream
      .multivariant()
      .bare.toString()
      .match(/CODECS="[^"]*"|RESOLUTION=\S*/g),
    origin.stream
      .multivariant()
      .bare.toString()
      .match(/CODECS="[^"]*"|RESOLUTION=\S*/g),
  );
  const status = copy.replication.copyOf(path);
  assert.deepEqual(
    { ...status, advancedAtMs: 0, lagS: 0 },
    { upstream: "origin", epoch: 1, state: "live", lagParts: 0, lagS: 0, lineage: ["origin"], advancedAtMs: 0 },
  );
  assert.ok((status?.advancedAtMs ?? -Infinity) > 0);
});

test("a copy of a copy is the same again, and a hop takes one trip", async (t) => {
  const [origin, middle, leaf] = [await startNode(t, "origin"), await startNode(t, "middle"), await startNode(t, "leaf")];
  const teacher = publish(origin);
  teacher.push(3);
  middle.follow(origin);
  await level(origin, middle);
  leaf.follow(middle, origin);
  await level(origin, leaf);
  const arrivals = [origin, middle, leaf].map(() => new Map<string, number>());
  for (const [index, node] of [origin, middle, leaf].entries()) noteArrivals(node, arrivals[index] ?? new Map());
  await teacher.play(4);
  await level(origin, leaf);
  assertSameMedia(origin, leaf);
  assertSameTexts(origin, leaf);
  assert.deepEqual(leaf.replication.copyOf(path)?.lineage, ["middle", "origin"]);
  assert.equal(leaf.replication.highestEpoch(path), 1);
  assert.deepEqual(leaf.origins.at(-1), { epoch: 1, nodeId: "origin" });
  const [first, second, third] = arrivals;
  const hops = [...(second ?? [])].map(([part, atMs]) => atMs - (first?.get(part) ?? Infinity));
  const both = [...(third ?? [])].map(([part, atMs]) => atMs - (first?.get(part) ?? Infinity));
  assert.ok(hops.length > 10, `${hops.length} parts`);
  t.diagnostic(`added by one hop: p50 ${quantile(hops, 0.5)} ms, p95 ${quantile(hops, 0.95)} ms; by two: p95 ${quantile(both, 0.95)} ms`);
  assert.ok(Number(quantile(hops, 0.5)) < 150, "a part is asked for before it is there");
  const asked = origin.requests.filter(({ url }) => url.includes("/part-"));
  assert.equal(asked.length, new Set(asked.map(({ url }) => url)).size, "each part is asked for once");
});

/** Times at which the next parts of the first rendition can be read at a node. */
function noteArrivals(node: TestNode, times: Map<string, number>): void {
  const reader = node.stream.renditions[0];
  if (!reader) return;
  const [msn, part] = reader.segment(reader.lastMsn) ? [reader.lastMsn + 1, 0] : [reader.lastMsn, reader.lastPart + 1];
  reader.waitForPart(msn, part, (why) => {
    if (why !== "ready") return;
    if (reader.part(msn, part)) times.set(`${msn}.${part}`, performance.now());
    noteArrivals(node, times);
  });
}

const quantile = (values: readonly number[], share: number): string =>
  (values.toSorted((one, other) => one - other)[Math.floor(values.length * share)] ?? Number.NaN).toFixed(1);

test("however many ask, a stream is followed once, and can be played at once", async (t) => {
  const [origin, copy] = [await startNode(t, "origin"), await startNode(t, "copy")];
  const teacher = publish(origin);
  teacher.push(20.5);
  copy.onRefresh = () => copy.follow(undefined, origin);
  const askedAtMs = performance.now();
  const found = await Promise.all(Array.from({ length: 50 }, () => copy.replication.want(path, 5_000)));
  t.diagnostic(`playable ${(performance.now() - askedAtMs).toFixed(0)} ms after the first viewer's request`);
  assert.ok(found.every((stream) => stream === copy.stream && stream.playable));
  // A player that begins while the copy catches up stays late.
  const at = ({ lastMsn, lastPart }: { lastMsn: number; lastPart: number } = { lastMsn: -1, lastPart: -1 }) => [lastMsn, lastPart];
  assert.deepEqual(at(found[0]?.rendition("source")), at(origin.stream.rendition("source")), "at the live edge");
  assert.equal(copy.refreshes, 1);
  await level(origin, copy);
  const tries = origin.requests.filter(({ url }) => url.endsWith("/source/stream.m3u8"));
  assert.equal(tries.length, 1, "one session");
  assert.ok(readMediaPlaylist(textOf(copy, "source")).segments.length <= 5, "what nobody needs is not fetched");
  assert.deepEqual(copy.replication.wanted(), []);
});

test("what nobody has is told to the master, and is not waited for longer than asked", async (t) => {
  const node = await startNode(t, "node");
  assert.equal(await node.replication.want(path, 50), undefined);
  assert.equal(await node.replication.want(path, 50), undefined);
  assert.deepEqual(node.replication.wanted(), [path]);
  assert.equal(node.refreshes, 1, "one extra heartbeat in a second");
  assert.equal(node.streams.get(path), undefined);
});

test("a viewer who comes a moment before the directory knows of the stream is served", async (t) => {
  const [origin, copy] = [await startNode(t, "origin"), await startNode(t, "copy")];
  publish(origin).push(3.5);
  assert.equal(await copy.replication.want(path, 1), undefined);
  const wanted = copy.replication.want(path, 10_000);
  copy.onRefresh = () => copy.follow(undefined, origin);
  assert.equal((await wanted)?.playable, true);
  assert.equal(copy.refreshes, 2);
});

test("where the newest epoch left no media, what is left of the stream is followed", async (t) => {
  const [left, copy] = [await startNode(t, "left"), await startNode(t, "copy")];
  publish(left).push(3.5);
  const entry = { path, node_id: "left", epoch: 1, highest_epoch: 2, role: "replica" as const, media_url: left.mediaUrl };
  copy.replication.directed({ streams: [entry], follow: [entry] });
  await level(left, copy);
  assert.equal(copy.replication.highestEpoch(path), 2, "the next origin is above it");
  copy.replication.heardOf(path, 3);
  await eventually("it is left", () => copy.stream.state === "waiting", 10_000);
});

test("a teacher who leaves and comes back with another size and ladder", async (t) => {
  const [origin, copy] = [await startNode(t, "origin"), await startNode(t, "copy")];
  const teacher = publish(origin, { renditions: ["source"] });
  teacher.push(3.3);
  copy.follow(origin);
  await level(origin, copy);
  let hasEnded = false;
  const ended = copy.replication.untilUpstreamEnds(path, 60_000).then(() => (hasEnded = true));
  teacher.push(1);
  await level(origin, copy);
  assert.equal(hasEnded, false);
  teacher.leave();
  await ended;
  await eventually("the copy waits", () => copy.stream.state === "waiting", 10_000);
  assert.equal(copy.replication.copyOf(path)?.state, "waiting");
  assertSameTexts(origin, copy);
  publish(origin, { size: 300, renditions: ["source", "720p", "360p"] }).push(3.3);
  await eventually("the copy goes on", () => copy.stream.state === "live" && copy.stream.renditions.length === 3, 10_000);
  await level(origin, copy);
  assertSameMedia(origin, copy);
  assertSameTexts(origin, copy);
  assert.equal(textOf(copy, "source").match(/^#EXT-X-DISCONTINUITY$/gm)?.length, 1);
  assert.deepEqual(
    copy.stream.renditions.map(({ name }) => name),
    ["source", "720p", "360p"],
  );
});

test("an upstream that was away for a moment is gone on with, from the middle of an old segment", async (t) => {
  const [origin, copy] = [await startNode(t, "origin"), await startNode(t, "copy")];
  const teacher = publish(origin);
  teacher.push(3.5);
  copy.follow(origin);
  await level(origin, copy);
  const before = copy.stream;
  await origin.closePort();
  await eventually("it is noticed", () => copy.stream.state === "waiting", 10_000);
  assert.equal(copy.replication.copyOf(path)?.state, "waiting");
  assert.ok((copy.replication.copyOf(path)?.lagS ?? 0) > 0);
  assert.ok(copy.refreshes > 0, "the master is asked for another");
  teacher.push(6);
  await origin.listen();
  await level(origin, copy);
  await eventually("it is live", () => copy.stream.state === "live", 10_000);
  assert.equal(copy.stream, before);
  assertSameMedia(origin, copy);
  assertSameTexts(origin, copy);
});

test("who fell out of the window begins anew, with higher numbers", async (t) => {
  const [origin, copy] = [await startNode(t, "origin"), await startNode(t, "copy")];
  const teacher = publish(origin);
  teacher.push(3.5);
  copy.follow(origin);
  await level(origin, copy);
  const { stream: before } = copy;
  const { msn } = before.position();
  await origin.closePort();
  teacher.push(30);
  await origin.listen();
  await eventually("another log", () => copy.stream !== before && copy.stream.playable, 10_000);
  await level(origin, copy);
  assert.equal(before.state, "closed");
  assert.ok(readMediaPlaylist(textOf(copy, "source")).segments[0].msn > msn);
  assertSameMedia(origin, copy);
});

test("an upstream that hangs is noticed, and another one is taken", async (t) => {
  const [origin, other, copy] = [await startNode(t, "origin"), await startNode(t, "other"), await startNode(t, "copy")];
  const teacher = publish(origin);
  teacher.push(3.5);
  other.follow(origin);
  await level(origin, other);
  copy.follow(other, origin);
  await level(origin, copy);
  const before = copy.stream;
  // It takes requests, and answers none; those that it has already are not answered either, since its own copy stands still.
  other.intercept = () => true;
  await other.replication.stop();
  const hangsAtMs = performance.now();
  await eventually("the origin is followed", () => copy.replication.copyOf(path)?.upstream === "origin", 10_000);
  t.diagnostic(`noticed and replaced after ${(performance.now() - hangsAtMs).toFixed(0)} ms`);
  teacher.push(2);
  await level(origin, copy);
  assert.equal(copy.stream, before);
  assertSameMedia(origin, copy);
  assertSameTexts(origin, copy);
});

test("another parent is taken without a hole; the old one goes on until then", async (t) => {
  const [origin, other, copy] = [await startNode(t, "origin"), await startNode(t, "other"), await startNode(t, "copy")];
  const teacher = publish(origin);
  teacher.push(3.5);
  for (const node of [other, copy]) {
    node.follow(origin);
    await level(origin, node);
  }
  const before = copy.stream;
  copy.follow(other, origin);
  await eventually("the other one is followed", () => copy.replication.copyOf(path)?.upstream === "other", 10_000);
  teacher.push(2.5);
  await level(origin, copy);
  await other.closePort();
  await eventually("the head is followed", () => copy.replication.copyOf(path)?.upstream === "origin", 10_000);
  teacher.push(2.5);
  await level(origin, copy);
  assert.equal(copy.stream, before);
  assertSameMedia(origin, copy);
  assertSameTexts(origin, copy);
});

test("nobody follows whom it feeds, directly or through others", async (t) => {
  const [origin, middle, leaf] = [await startNode(t, "origin"), await startNode(t, "middle"), await startNode(t, "leaf")];
  const teacher = publish(origin);
  teacher.push(3.5);
  middle.follow(origin);
  await level(origin, middle);
  leaf.follow(middle);
  await level(origin, leaf);
  const asked = leaf.requests.length;
  middle.follow(leaf, leaf);
  await eventually("the leaf was asked", () => leaf.requests.length > asked, 10_000);
  teacher.push(2);
  await level(origin, leaf);
  assert.equal(middle.replication.copyOf(path)?.upstream, "origin");
  await origin.closePort();
  await eventually("both wait", () => [middle, leaf].every((node) => node.stream.state === "waiting"), 10_000);
  const tries = leaf.requests.length;
  await eventually("it was refused again", () => leaf.requests.length > tries + 1, 10_000);
  assert.equal(middle.replication.copyOf(path)?.upstream, "origin");
  assert.ok(!middle.replication.copyOf(path)?.lineage.includes("middle"));
});

test("a copy becomes the origin: others go on with the same log, one discontinuity, the next epoch", async (t) => {
  const [origin, heir, copy] = [await startNode(t, "origin"), await startNode(t, "heir"), await startNode(t, "copy")];
  const teacher = publish(origin);
  teacher.push(3.5);
  for (const node of [heir, copy]) {
    node.follow(origin);
    await level(origin, node);
  }
  const before = copy.stream;
  await origin.closePort();
  publish(heir, { size: 200 }).push(2.5);
  copy.follow(heir, heir, 2);
  await eventually("the heir is followed", () => copy.replication.copyOf(path)?.upstream === "heir", 10_000);
  await level(heir, copy);
  assert.equal(copy.stream, before);
  assert.equal(copy.stream.epoch, 2);
  assertSameMedia(heir, copy);
  assertSameTexts(heir, copy);
  assert.equal(textOf(copy, "source").match(/^#EXT-X-DISCONTINUITY$/gm)?.length, 1);

  // The old origin comes back, and publishes on its own: nobody takes anything from it.
  await origin.listen();
  teacher.push(4);
  const asked = origin.requests.length;
  copy.follow(origin, origin, 1);
  await eventually("it was asked", () => origin.requests.length > asked, 10_000);
  assert.equal(origin.replication.highestEpoch(path), 2, "it is told of the higher epoch");
  assert.equal(copy.replication.copyOf(path)?.upstream, "heir");
  assertSameMedia(heir, copy);

  // Then it follows: what it published alone is given up.
  origin.isOrigin = false;
  const lost = origin.stream;
  const { msn } = lost.position();
  origin.follow(heir, heir, 2);
  await eventually("its log was given up", () => origin.streams.get(path) !== lost, 10_000);
  assert.equal(origin.stream.minMsn, msn + 1);
});

test("a copy that has more than the new origin gives it up", async (t) => {
  const [origin, heir, copy] = [await startNode(t, "origin"), await startNode(t, "heir"), await startNode(t, "copy")];
  const teacher = publish(origin);
  teacher.push(3.5);
  for (const node of [heir, copy]) {
    node.follow(origin);
    await level(origin, node);
  }
  heir.replication.stopFollowing(path);
  teacher.push(0.4);
  await level(origin, copy);
  const before = copy.stream;
  await origin.closePort();
  const next = publish(heir);
  next.push(4.5);
  copy.follow(heir, heir, 2);
  await eventually("another log", () => copy.stream !== before && copy.stream.playable, 10_000);
  await level(heir, copy);
  assert.equal(copy.stream.epoch, 2);
  assertSameMedia(heir, copy);
  assert.ok(readMediaPlaylist(textOf(copy, "source")).segments[0].msn > before.position().msn);
});

test("a copy that nobody needs is let go of; viewers keep it", async (t) => {
  const [origin, copy] = [await startNode(t, "origin"), await startNode(t, "copy", { wantedMs: 200, letGoMs: 200 })];
  const teacher = publish(origin);
  teacher.push(3.5);
  copy.follow(origin);
  await level(origin, copy);
  copy.viewers = 1;
  copy.follow(undefined, origin);
  for (let round = 0; round < 5; round += 1) {
    await teacher.play(0.2);
    await level(origin, copy);
  }
  copy.viewers = 0;
  await eventually("it is let go of", () => copy.streams.get(path) === undefined, 10_000);
  assert.equal(copy.replication.copyOf(path), undefined);
});

test("a failover passes down a chain, though the end of it hears of the new origin first", async (t) => {
  const names = ["origin", "heir", "middle", "leaf"] as const;
  const [origin, heir, middle, leaf] = (await Promise.all(names.map((name) => startNode(t, name)))) as [
    TestNode,
    TestNode,
    TestNode,
    TestNode,
  ];
  publish(origin).push(3.5);
  for (const node of [heir, middle]) {
    node.follow(origin);
    await level(origin, node);
  }
  leaf.follow(middle, origin);
  await level(origin, leaf);
  const logs = [middle.stream, leaf.stream];
  await origin.closePort();
  const teacher = publish(heir, { size: 200 });
  teacher.push(1.5);
  leaf.follow(middle, undefined);
  leaf.replication.heardOf(path, 2);
  middle.follow(heir, heir, 2);
  await level(heir, leaf);
  teacher.push(1);
  await level(heir, leaf);
  assert.deepEqual([middle.stream, leaf.stream], logs);
  assert.deepEqual(leaf.replication.copyOf(path)?.lineage, ["middle", "heir"]);
  assertSameMedia(heir, leaf);
  assertSameTexts(heir, leaf);
});

test("an upstream that sends nonsense or without end harms nobody, and is tried again", async (t) => {
  const [origin, copy] = [await startNode(t, "origin"), await startNode(t, "copy")];
  const teacher = publish(origin);
  teacher.push(3.5);
  const good = textOf(origin, "source");
  const nonsense = [
    "<html>",
    good.replaceAll(/part-\d+/g, "part-7"),
    good.replaceAll("init-", "../init-"),
    "#EXTM3U\n".repeat(100_000),
    `${good}${"#EXT-X-PART".repeat(100_000)}`,
  ];
  let sent = 0;
  origin.intercept = (request, response) => {
    if (request.url?.includes("/source/stream.m3u8") !== true) return false;
    response.setHeader("airclass-log", "epoch=1;state=live;lag=0.000;lineage=origin");
    response.end(nonsense[sent % nonsense.length]);
    sent += 1;
    return true;
  };
  copy.follow(origin);
  await eventually("all were tried", () => sent >= nonsense.length, 20_000);
  assert.equal(copy.stream.rendition("source")?.playable, false);
  origin.intercept = undefined;
  await level(origin, copy);
  assertSameMedia(origin, copy);
});
