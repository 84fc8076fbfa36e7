import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { pino } from "pino";
import { eventually } from "../../../test/support/eventually.ts";
import type { DirectoryEntry } from "../../shared/protocol/cluster-messages.ts";
import type { EngineSink, SessionStart } from "../engine/engine.ts";
import { createLiveStreams } from "../live/live-streams.ts";
import type { CopyStatus } from "../replication/replication.ts";
import { createOrigins } from "./create-origins.ts";

const path = "live/math";
const start: SessionStart = { renditions: ["source"], epochWallMs: 0, skipUntilMs: 0, origin: { epoch: 1, handoverFrom: undefined } };
const copy: CopyStatus = {
  upstream: "slave-a",
  epoch: 3,
  state: "live",
  lagParts: 0,
  lagS: 0,
  lineage: ["slave-a"],
  advancedAtMs: 0,
};

function setUp(t: TestContext, { maxHeldBytes = 10_000 } = {}) {
  const streams = createLiveStreams({ maxStreams: 4, now: () => performance.now() });
  const upstreamEnds = Promise.withResolvers<void>();
  const world = {
    aheadMs: 0,
    out: [] as string[],
    became: [] as string[],
    disconnected: [] as string[],
    stopped: [] as string[],
    wanted: [] as string[],
    copy: undefined as (() => CopyStatus) | undefined,
    head: undefined as DirectoryEntry | undefined,
    epoch: 0,
    asked: 0,
    answer: () => Promise.resolve<"confirmed" | "unknown">("confirmed"),
  };
  const sink: EngineSink = {
    started: (_, { origin }) => void world.out.push(`started ${origin?.epoch}`),
    init: () => void world.out.push("init"),
    fragment: (_, __, { bytes }) => void world.out.push(bytes.toString()),
    ended: (_, why) => void world.out.push(`ended ${why}`),
  };
  const origins = createOrigins(
    { nodeId: "slave-m", maxHeldBytes, confirmWithinMs: 600, silentAfterMs: 400 },
    {
      sink,
      streams,
      replication: {
        copyOf: () => world.copy?.(),
        headOf: () => world.head,
        highestEpoch: () => world.epoch,
        heardOf: (_, epoch) => void (world.epoch = Math.max(world.epoch, epoch)),
        want: async (wanted) => void world.wanted.push(wanted),
        stopFollowing: (stopped) => void world.stopped.push(stopped),
        announce: (which) => void world.became.push(which),
        untilUpstreamEnds: () => upstreamEnds.promise,
      },
      disconnect: (who) => void world.disconnected.push(who),
      confirm: () => {
        world.asked += 1;
        return world.answer();
      },
      clock: { monotonicMs: () => performance.now() + world.aheadMs, wallMs: () => performance.now() + world.aheadMs },
      logger: pino({ level: "silent" }),
    },
  );
  t.after(() => origins.stop());
  const media = (...names: readonly string[]) => {
    for (const name of names) origins.sink.fragment(path, "source", { bytes: Buffer.from(name) });
  };
  const relay = (epoch: number, handoverFrom?: string) =>
    origins.claim(path, { kind: "relay", grant: { gatewayId: "g", nodeId: "slave-m", path, epoch, handoverFrom, anchor: undefined } });
  return { streams, origins, world, media, relay, upstreamEnds, head: entry };
}

function entry(nodeId: string, epoch: number): DirectoryEntry {
  return { path, node_id: nodeId, epoch, role: "origin", media_url: "http://127.0.0.1:1" };
}

test("media passes under the epoch of its session; nothing passes without one", async (t) => {
  const { origins, world, media } = setUp(t);
  media("stray");
  origins.sink.started(path, start);
  media("a");
  origins.sink.ended(path, "unpublished");
  assert.deepEqual(world.out, ["started 1", "a", "ended unpublished"]);
  assert.equal(origins.epochOf(path), 1, "still the origin, while its publisher is away");
  assert.deepEqual(world.became, [path], "the master is told at once");
  assert.deepEqual(await origins.claim(path, { kind: "direct" }), { ok: true, epoch: 1 });
  origins.forget(path);
  assert.equal(origins.epochOf(path), undefined);
});

test("claims: the first epoch is 1, then one above all that is known; a gateway's must be above all", async (t) => {
  const { origins, world, relay } = setUp(t);
  assert.deepEqual(await origins.claim(path, { kind: "direct" }), { ok: true, epoch: 1 });
  world.epoch = 6;
  assert.deepEqual(await origins.claim(path, { kind: "direct" }), { ok: true, epoch: 7 });
  assert.equal((await relay(6)).ok, false);
  assert.equal((await relay(7)).ok, false, "given a moment ago");
  assert.deepEqual(await relay(8), { ok: true, epoch: 8 });
  assert.equal((await relay(8)).ok, false);
  world.aheadMs += 12_000;
  assert.equal((await relay(8)).ok, false, "a gateway may wait for a keyframe");
  world.aheadMs += 4_000;
  assert.deepEqual(await relay(8), { ok: true, epoch: 8 }, "who was let in never came");
});

test("claims: the master is asked, and its number taken unless this node knows of a higher one", async (t) => {
  const { origins, world, media } = setUp(t);
  const answers = (epoch: number) => {
    world.answer = async () => {
      assert.deepEqual(origins.claims(), [path]);
      origins.answered([{ path, epoch }]);
      return "confirmed";
    };
  };
  answers(4);
  assert.deepEqual(await origins.claim(path, { kind: "direct" }), { ok: true, epoch: 4 });
  assert.deepEqual(origins.claims(), [path], "nothing has come yet: the master keeps the place");
  assert.deepEqual(await origins.claim(path, { kind: "direct" }), { ok: true, epoch: 4 }, "the same node, the same number");
  world.aheadMs += 6_000;
  assert.deepEqual(origins.claims(), [], "it is not coming");
  world.epoch = 6;
  assert.deepEqual(await origins.claim(path, { kind: "direct" }), { ok: true, epoch: 7 });
  answers(12);
  assert.deepEqual(await origins.claim(path, { kind: "direct" }), { ok: true, epoch: 12 });
  origins.sink.started(path, { ...start, origin: { epoch: 12, handoverFrom: undefined } });
  media("a");
  const asked = world.asked;
  assert.deepEqual(await origins.claim(path, { kind: "direct" }), { ok: true, epoch: 12 }, "who is the origin stays it");
  assert.equal(world.asked, asked);
});

test("claims: another one was first at the master", async (t) => {
  const { origins, world } = setUp(t);
  world.answer = async () => {
    origins.answered([{ path, held_by: "slave-a" }]);
    return "confirmed";
  };
  const verdict = await origins.claim(path, { kind: "direct" });
  assert.equal(!verdict.ok && verdict.code, "publisher_present");
  assert.deepEqual(origins.claims(), []);
});

test("claims: a master that does not answer is not waited for", async (t) => {
  const { origins, world } = setUp(t);
  world.answer = () => new Promise(() => {});
  assert.deepEqual(await origins.claim(path, { kind: "direct" }), { ok: true, epoch: 1 });
  origins.answered([{ path, epoch: 9 }]);
  assert.equal(origins.epochOf(path), undefined, "too late to matter");
});

test("claims: who is refused here gives back what the master keeps for it", async (t) => {
  const { origins, world } = setUp(t);
  world.copy = () => ({ ...copy, advancedAtMs: performance.now() });
  const told: (readonly string[])[] = [];
  world.answer = async () => {
    told.push(origins.claims());
    origins.answered([{ path, epoch: 4 }]);
    return "confirmed";
  };
  assert.equal((await origins.claim(path, { kind: "direct" })).ok, false);
  assert.deepEqual(told, [[path], []]);
});

test("direct: refused while the stream advances elsewhere, allowed once it is silent or its publisher left", async (t) => {
  const { origins, world } = setUp(t);
  world.copy = () => ({ ...copy, advancedAtMs: performance.now() });
  const refused = await origins.claim(path, { kind: "direct" });
  assert.ok(!refused.ok && refused.code === "publisher_present" && refused.reason.includes("stop that OBS"));
  const stoppedMs = performance.now();
  world.copy = () => ({ ...copy, advancedAtMs: stoppedMs });
  assert.equal((await origins.claim(path, { kind: "direct" })).ok, true, "it waited and saw nothing");
  assert.ok(performance.now() - stoppedMs >= 400);
  world.copy = () => ({ ...copy, state: "waiting", advancedAtMs: performance.now() });
  assert.equal((await origins.claim(path, { kind: "direct" })).ok, true);
});

test("a stream of another node is fetched before it is continued; an unknown one is asked for once", async (t) => {
  const { origins, world, relay, head } = setUp(t);
  await origins.claim(path, { kind: "direct" });
  assert.deepEqual([world.asked, world.wanted], [1, []]);
  world.head = head("slave-a", 1);
  await origins.claim(path, { kind: "direct" });
  assert.deepEqual(world.wanted, [path]);
  await relay(9);
  assert.deepEqual(world.wanted, [path, path]);
});

test("handover: media waits for the end of the origin before", async (t) => {
  const { origins, world, media, upstreamEnds } = setUp(t);
  origins.sink.started(path, { ...start, origin: { epoch: 4, handoverFrom: "slave-a" } });
  media("a", "b");
  assert.deepEqual([world.out, world.stopped, origins.epochOf(path)], [[], [], undefined]);
  upstreamEnds.resolve();
  await sleep(0);
  media("c");
  assert.deepEqual(world.out, ["started 4", "a", "b", "c"]);
  assert.deepEqual([world.stopped, origins.epochOf(path)], [[path], 4]);
  assert.equal(world.epoch, 4, "what followers and the origin before are told");
});

test("a claim that was overtaken meanwhile hands out nothing and loses its publisher", (t) => {
  const { origins, world, media, head } = setUp(t);
  world.head = head("slave-a", 2);
  origins.sink.started(path, { ...start, origin: { epoch: 1, handoverFrom: undefined } });
  media("a");
  assert.deepEqual([world.out, world.disconnected, world.stopped], [[], [path], []]);
});

test("superseded: the publisher is cut off, the log is closed for another one, and the stream is followed", async (t) => {
  const { origins, world, media, streams } = setUp(t);
  origins.sink.started(path, start);
  const before = streams.open(path, 1);
  origins.heardOf(path, { epoch: 1, nodeId: "slave-a" });
  assert.equal(before?.state, "waiting", "a smaller node id loses");
  origins.heardOf(path, { epoch: 2, nodeId: "slave-a" });
  media("late");
  assert.equal(before?.state, "closed");
  assert.equal(streams.get(path)?.epoch, 2);
  assert.deepEqual(world.out, ["started 1", "ended replaced"]);
  assert.deepEqual([world.disconnected, world.wanted, origins.epochOf(path)], [[path], [path], undefined]);
  world.copy = () => ({ ...copy, state: "waiting" });
  assert.deepEqual(await origins.claim(path, { kind: "direct" }), { ok: true, epoch: 3 });
});

test("after a pause media waits for an answer: confirmed, it goes out; superseded, it never does", async (t) => {
  for (const superseded of [false, true]) {
    const { origins, world, media } = setUp(t);
    const answer = Promise.withResolvers<"confirmed">();
    world.answer = () => answer.promise;
    origins.sink.started(path, start);
    media("before");
    world.aheadMs += 5_000;
    media("a", "b");
    assert.deepEqual(world.out, ["started 1", "before"]);
    assert.equal(world.asked, 1);
    if (superseded) origins.heardOf(path, { epoch: 2, nodeId: "slave-a" });
    answer.resolve("confirmed");
    await sleep(0);
    media("c");
    assert.deepEqual(world.out, superseded ? ["started 1", "before", "ended replaced"] : ["started 1", "before", "a", "b", "c"]);
  }
});

test("a pause is noticed without media, and ends without an answer after a while", async (t) => {
  const { origins, world, media } = setUp(t);
  world.answer = () => Promise.resolve("unknown");
  origins.sink.started(path, start);
  world.aheadMs += 5_000;
  await eventually("the ticker sees it", () => world.asked > 0);
  media("a");
  assert.deepEqual(world.out, ["started 1"]);
  await eventually("it goes on alone", () => world.out.includes("a"));
  assert.ok(world.asked >= 2, "asked again");
});

test("two pauses: the answer to the first does not end the second", async (t) => {
  const { origins, world, media } = setUp(t);
  const answers = [Promise.withResolvers<"confirmed">(), Promise.withResolvers<"confirmed">()] as const;
  world.answer = () => answers[world.asked - 1]?.promise ?? Promise.resolve("confirmed");
  origins.sink.started(path, start);
  world.aheadMs += 5_000;
  media("a");
  world.aheadMs += 5_000;
  media("b");
  answers[0].resolve("confirmed");
  await sleep(0);
  assert.deepEqual(world.out, ["started 1"]);
  answers[1].resolve("confirmed");
  await sleep(0);
  assert.deepEqual(world.out, ["started 1", "a", "b"]);
});

test("what is held is bounded: a publisher who sends more is cut off, and its session still ends", async (t) => {
  const { origins, world, media } = setUp(t, { maxHeldBytes: 2_000 });
  const answer = Promise.withResolvers<"confirmed">();
  world.answer = () => answer.promise;
  origins.sink.started(path, start);
  world.aheadMs += 5_000;
  media("a".repeat(1_000), "b".repeat(1_000));
  assert.deepEqual(world.disconnected, [path]);
  origins.sink.ended(path, "unpublished");
  answer.resolve("confirmed");
  await sleep(0);
  assert.deepEqual(world.out, ["started 1", "ended unpublished"]);
});
