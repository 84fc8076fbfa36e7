// Becoming, staying and ceasing to be the origin of a stream: real engine, gate, packager and log, real ffmpeg as
// publishers; only the other nodes are literals.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { createLogger } from "../../src/shared/logging/logger.ts";
import { childEnvironment, startChild } from "../../src/shared/process/child.ts";
import type { Child } from "../../src/shared/process/child.ts";
import { deriveClusterKeys } from "../../src/shared/tokens/cluster-keys.ts";
import { hashSecret } from "../../src/shared/tokens/random-secrets.ts";
import { signRelayCredential } from "../../src/shared/tokens/relay-credential.ts";
import type { RelayGrant } from "../../src/shared/tokens/relay-credential.ts";
import { createEmbeddedEngine } from "../../src/slave/engine/embedded/embedded-engine.ts";
import { createLiveStreams } from "../../src/slave/live/live-streams.ts";
import { createPackagingSink } from "../../src/slave/live/packaging-sink.ts";
import { createClusterKnowledge } from "../../src/slave/presence/cluster-knowledge.ts";
import { createOrigins } from "../../src/slave/publishing/create-origins.ts";
import { createPublishGate } from "../../src/slave/publishing/publish-gate.ts";
import type { CopyStatus } from "../../src/slave/replication/replication.ts";
import { eventually } from "../support/eventually.ts";
import { testFfmpeg } from "../support/publisher.ts";
import { syntheticFragment, syntheticInit, videoFrames } from "../support/synthetic-fmp4.ts";

const path = "live/math";
const nodeId = "slave-1";
const keys = deriveClusterKeys("a secret of the cluster");
const picture = "-re -f lavfi -i testsrc2=size=320x180:rate=30 -c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -g 30";
const options = { segmentDurationS: 1, partDurationS: 0.333 };

async function startSlave(t: TestContext) {
  const logger = createLogger(process.env["TEST_LOG"] === undefined ? "silent" : "debug", {}, process.stderr);
  const world = {
    aheadMs: 0,
    copy: undefined as CopyStatus | undefined,
    confirm: () => Promise.resolve<"confirmed" | "unknown">("confirmed"),
  };
  const clock = { monotonicMs: () => performance.now() + world.aheadMs, wallMs: () => Date.now() + world.aheadMs };
  const knowledge = createClusterKnowledge(keys.sealing);
  const classes = [{ name: "math", stream_key_hash: hashSecret("the key") }];
  const orders = { now_ms: Date.now(), overload_policy: "distribute" as const, draining: false };
  await knowledge.apply({ ...orders, class_grants: { version: "1", classes } }, Date.now());
  const streams = createLiveStreams({ maxStreams: 4, now: () => performance.now() });
  const origins = createOrigins(
    { nodeId },
    {
      sink: createPackagingSink({ streams, options, logger }),
      streams,
      replication: {
        copyOf: () => world.copy,
        headOf: () => undefined,
        highestEpoch: () => world.copy?.epoch ?? 0,
        heardOf: () => undefined,
        want: async () => undefined,
        stopFollowing: () => void (world.copy = undefined),
        announce: () => {},
        untilUpstreamEnds: async () => undefined,
      },
      disconnect: (who, why) => void engine.disconnect(who, why),
      confirm: () => world.confirm(),
      clock,
      logger,
    },
  );
  const gate = createPublishGate({ nodeId, knowledge, relayKey: keys.relay, origins, clock, refresh: async () => false });
  const engine = createEmbeddedEngine(
    {
      bindHost: "127.0.0.1",
      rtmpPort: "any",
      renditions: ["source"],
      segmentDurationS: 1,
      keyframes: "auto",
      ffmpegPath: process.env["FFMPEG_PATH"],
    },
    { gate, sink: origins.sink, logger, clock, observer: { publisherRefused() {}, ffmpegRestarted() {} } },
  );
  const publishers: Child[] = [];
  t.after(async () => {
    await Promise.all(publishers.map((child) => child.stop(0)));
    await engine.stop();
    origins.stop();
    streams.close();
  });
  await engine.start();

  function publish(query: string) {
    const url = `rtmp://127.0.0.1:${engine.rtmpPort}/live/math?${query}`;
    const args = [..."-hide_banner -loglevel error -nostdin".split(" "), ...picture.split(" "), "-f", "flv", url];
    const child = startChild({ command: testFfmpeg, args, stdio: ["ignore", "ignore", "pipe"], env: childEnvironment() });
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    publishers.push(child);
    return { child, refusal: async () => ((await child.exited).code === 0 ? "" : stderr) };
  }

  const grant: RelayGrant = { gatewayId: "gateway-1", nodeId, path, epoch: 4, handoverFrom: undefined, anchor: undefined };
  const relay = (change: Partial<RelayGrant> = {}) =>
    publish(`relay=${signRelayCredential(keys.relay, { ...grant, ...change }, Date.now())}`);
  const playlist = () => {
    const rendition = streams.get(path)?.rendition("source");
    return rendition?.playable ? rendition.playlist({ skip: false }).bare.toString() : "";
  };
  return { world, streams, origins, engine, publish, relay, playlist };
}

/** A copy of another node's stream, as replication leaves it: in the middle of a segment. */
function fillReplica({ streams, world }: Awaited<ReturnType<typeof startSlave>>, epoch: number): { lastMsn: number } {
  const silent = { info: () => undefined, warn: () => undefined, error: (error: unknown) => assert.fail(String(error)) };
  const sink = createPackagingSink({ streams, options, logger: silent as never });
  sink.started(path, {
    renditions: ["source"],
    epochWallMs: Date.now() - 6_000,
    skipUntilMs: 0,
    origin: { epoch, handoverFrom: undefined },
  });
  sink.init(path, "source", { bytes: syntheticInit({ video: true, audio: false }) });
  for (const frame of videoFrames({ fps: 30, fromS: 0, toS: 4.5, gop: 30 })) {
    sink.fragment(path, "source", { bytes: syntheticFragment(frame) });
  }
  world.copy = {
    upstream: "slave-2",
    epoch,
    state: "waiting",
    lagParts: 0,
    lagS: 0,
    lineage: ["slave-2"],
    advancedAtMs: performance.now(),
  };
  return { lastMsn: streams.get(path)?.rendition("source")?.lastMsn ?? -1 };
}

/** MSNs of whole segments, whether a discontinuity precedes them, and their dates. */
function segmentsOf(text: string) {
  let discontinuity = false;
  let date = "";
  const segments: { msn: number; discontinuity: boolean; date: string }[] = [];
  for (const line of text.split("\n")) {
    if (line === "#EXT-X-DISCONTINUITY") discontinuity = true;
    if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) date = line.slice(line.indexOf(":") + 1);
    const msn = /^seg-(\d+)/.exec(line)?.[1];
    if (msn === undefined) continue;
    segments.push({ msn: Number(msn), discontinuity, date });
    discontinuity = false;
  }
  return segments;
}

test("a gateway makes a replica the origin: the same log goes on at the next number, after one discontinuity, in the lesson's time", async (t) => {
  const slave = await startSlave(t);
  const { lastMsn } = fillReplica(slave, 3);
  const log = slave.streams.get(path);
  const receivedMs = Date.now() - 20_000;
  slave.relay({ epoch: 4, anchor: { timestampMs: 0, wallMs: receivedMs } });
  await eventually("new segments", () => segmentsOf(slave.playlist()).some(({ msn }) => msn >= lastMsn + 3));
  assert.equal(slave.streams.get(path), log);
  assert.equal(log?.epoch, 4);
  assert.equal(slave.origins.epochOf(path), 4);
  assert.equal(slave.world.copy, undefined, "no longer followed");
  const segments = segmentsOf(slave.playlist());
  assert.deepEqual(
    segments.map(({ msn }) => msn),
    segments.map((_, index) => (segments[0]?.msn ?? 0) + index),
  );
  assert.deepEqual(
    segments.filter(({ discontinuity }) => discontinuity).map(({ msn }) => msn),
    [lastMsn + 1],
  );
  const first = segments.find(({ discontinuity }) => discontinuity);
  const offMs = Date.parse(first?.date ?? "") - receivedMs;
  assert.ok(offMs >= 0 && offMs < 500, `${offMs} ms off`);

  const stale = await slave.relay({ epoch: 4 }).refusal();
  assert.match(stale, /publishes this class already/);
  const before = slave.streams.get(path)?.position().msn ?? 0;
  await eventually("the origin goes on", () => (slave.streams.get(path)?.position().msn ?? 0) > before);
  assert.equal(slave.playlist().match(/#EXT-X-DISCONTINUITY\n/g)?.length ?? 0, 1);
});

test("a gateway with an old epoch is refused before it sends, and changes nothing", async (t) => {
  const slave = await startSlave(t);
  fillReplica(slave, 3);
  const before = slave.playlist();
  assert.match(await slave.relay({ epoch: 3 }).refusal(), /publishes this class already/);
  assert.equal(slave.playlist(), before);
  assert.equal(slave.streams.get(path)?.epoch, 3);
});

test("directly: a second teacher is refused while the first sends, and goes on in its epoch when that one is silent", async (t) => {
  const slave = await startSlave(t);
  const first = slave.publish("key=the%20key");
  await eventually("the first", () => slave.playlist() !== "");
  assert.match(await slave.publish("key=the%20key").refusal(), /Somebody publishes this class already/);
  assert.equal(slave.engine.publishers().length, 1);
  first.child.signal("SIGSTOP");
  slave.publish("key=the%20key");
  await eventually("the second", () => segmentsOf(slave.playlist()).some(({ discontinuity }) => discontinuity));
  assert.equal(slave.streams.get(path)?.epoch, 1);
  assert.equal(slave.origins.epochOf(path), 1);
});

test("after a pause nothing goes out before it is confirmed; when another origin came meanwhile, nothing ever does", async (t) => {
  const slave = await startSlave(t);
  const teacher = slave.publish("key=the%20key");
  await eventually("it is live", () => segmentsOf(slave.playlist()).length >= 2);
  const answers = [Promise.withResolvers<"confirmed">(), Promise.withResolvers<"confirmed">()] as const;
  const questions = [...answers];
  slave.world.confirm = () => questions.shift()?.promise ?? Promise.resolve("unknown");

  slave.world.aheadMs += 5_000;
  await eventually("it asks", () => questions.length === 1);
  const held = slave.playlist();
  await sleep(800);
  assert.equal(slave.playlist(), held, "held");
  answers[0].resolve("confirmed");
  await eventually("what was held goes out", () => slave.playlist() !== held);
  assert.ok(!slave.playlist().includes("#EXT-X-DISCONTINUITY\n"), "nothing is missing");

  const log = slave.streams.get(path);
  slave.world.aheadMs += 5_000;
  await eventually("it asks again", () => questions.length === 0);
  const last = log?.position();
  slave.origins.heardOf(path, { epoch: 2, nodeId: "slave-2" });
  answers[1].resolve("confirmed");
  await teacher.child.exited;
  assert.deepEqual({ ...log?.position(), state: last?.state }, last, "not a part more");
  assert.equal(log?.state, "closed");
  assert.equal(slave.origins.epochOf(path), undefined);
  assert.equal(slave.streams.get(path)?.epoch, 2);
  assert.equal(slave.streams.get(path)?.position().msn, -1, "for the winner's media");
  assert.equal(slave.streams.get(path)?.minMsn, (last?.msn ?? 0) + 1);
});
