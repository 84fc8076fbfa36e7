// The gateway as teachers and slaves meet it: real ffmpeg on one side, real RTMP servers on the other.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { eventually } from "../support/eventually.ts";
import type { Publisher } from "../support/publisher.ts";
import { makeLesson, startGatewayRig } from "./gateway-harness.ts";
import type { GatewayRig, RecordedFrame, Recording } from "./gateway-harness.ts";

const isRunning = async (publisher: Publisher) => (await Promise.race([publisher.exited, sleep(0, "running")])) === "running";
const line = ({ type, timestampMs, hash }: RecordedFrame) => `${type} ${timestampMs} ${hash}`;
const media = (frames: readonly RecordedFrame[]) => frames.filter(({ role }) => role === "frame").map(line);
const recordingsOf = (rig: GatewayRig, path: string): Recording[] =>
  rig.slaves.flatMap(({ recordings }) => recordings.filter((recording) => recording.path === path));

/** Tells the first difference and not all of them. */
function assertSame(actual: readonly string[], expected: readonly string[]): void {
  const at = expected.findIndex((value, index) => actual[index] !== value);
  const differs = at >= 0 || actual.length !== expected.length;
  const around = (lines: readonly string[]) => lines.slice(Math.max(0, at - 2), at + 4).join("\n  ");
  assert.ok(
    !differs,
    `message ${at} of ${expected.length} differs (${actual.length} came)\n  ${around(actual)}\nexpected\n  ${around(expected)}`,
  );
}

/** What a slave gets first: the configuration of both tracks, then a keyframe. */
function assertStartsPlayable({ frames, metadata }: Recording): void {
  assert.equal(metadata?.width, 320);
  const first = frames.findIndex(({ role }) => role === "frame");
  assert.deepEqual(new Set(frames.slice(0, first).map(({ type }) => type)), new Set([8, 9]), "both sequence headers come first");
  assert.equal(frames.find(({ type, role }) => type === 9 && role === "frame")?.keyframe, true);
}

test("every message reaches the slave as it was sent, and its end too", async () => {
  await using lesson = await makeLesson({ seconds: 4 });
  await using rig = await startGatewayRig();
  const publisher = rig.publish("math", { args: lesson.args });
  assert.equal((await publisher.exited).code, 0);
  const [recording] = recordingsOf(rig, "live/math");
  await eventually("the slave hears of the end", () => recording?.ended !== undefined);
  assert.equal(recording?.ended, "unpublished");
  assert.ok(lesson.reference.length > 200, `${lesson.reference.length} messages`);
  assertSame(recording.frames.map(line), lesson.reference.map(line));
  assert.equal(recordingsOf(rig, "live/math").length, 1);
  assert.equal(recording.grant?.epoch, 1);
  assert.equal(recording.grant.gatewayId, "gateway-1");
  await eventually("the relay is over", () => rig.gateway.relays().length === 0);
});

for (const fault of ["SIGKILL", "SIGSTOP"] as const) {
  test(`a slave's ${fault}: the in-sync replica gets everything since a keyframe that both have, the teacher stays connected`, async (t) => {
    await using lesson = await makeLesson({ seconds: 10 });
    await using rig = await startGatewayRig({ slaves: 3 });
    const publisher = rig.publish("math", { args: lesson.args });
    await eventually("a slave carries it", () => recordingsOf(rig, "live/math").some(({ frames }) => frames.length > 100));
    const first = rig.slaves.find(({ recordings }) => recordings.length > 0);
    const replica = rig.slaves.findLast((slave) => slave !== first);
    rig.copies("live/math", [
      { node_id: first?.nodeId ?? "", role: "origin", epoch: 1 },
      { node_id: replica?.nodeId ?? "", epoch: 1 },
    ]);
    await eventually("the gateway knows of the replica", () => rig.reports.length > 5 && rig.reports.splice(0).length > 0);
    await sleep(200);
    const failedAt = performance.now();
    first?.signal(fault);
    await eventually("the replica carries it", () => (replica?.recordings[0]?.frames.length ?? 0) > 0);
    const tookMs = performance.now() - failedAt;
    assert.ok(await isRunning(publisher), "ffmpeg ends when its connection breaks");
    assert.equal((await publisher.exited).code, 0);
    await eventually("the replica hears of the end", () => replica?.recordings[0]?.ended === "unpublished");
    const after = replica?.recordings[0];
    assert.ok(after);
    assertStartsPlayable(after);
    assert.equal(after.grant?.epoch, 2);
    assert.equal(after.grant.handoverFrom, undefined);
    assert.ok(after.grant.anchor, "replayed frames came earlier than they are sent");
    const before = first?.recordings[0]?.frames ?? [];
    const all = new Set([...media(before), ...media(after.frames)]);
    assert.deepEqual(
      media(lesson.reference).filter((frame) => !all.has(frame)),
      [],
      "nothing is lost",
    );
    assertSame(media(after.frames), media(lesson.reference).slice(-media(after.frames).length));
    assert.equal(rig.gateway.failovers, 1);
    assert.ok(rig.reports.some((report) => report.failed_nodes?.includes(first?.nodeId ?? "")));
    // Noticed at once, or by two seconds of silence; generous for a busy machine.
    assert.ok(tookMs < (fault === "SIGKILL" ? 2_000 : 6_000), `${Math.round(tookMs)} ms`);
    t.diagnostic(`the replica carried it after ${Math.round(tookMs)} ms`);
  });
}

test("a slave that hangs is left sooner when the master says so too; one that answers here is kept whatever the master says", async (t) => {
  await using rig = await startGatewayRig({ slaves: 3 });
  const carriers = new Map<string, string>();
  for (const name of ["math", "music"]) {
    rig.publish(name);
    await eventually(`${name} is carried`, () => recordingsOf(rig, `live/${name}`).some(({ frames }) => frames.length > 10));
    carriers.set(name, rig.gateway.relays().find(({ path }) => path === `live/${name}`)?.nodeId ?? "");
  }
  const slaveOf = (name: string) => rig.slaves.find(({ nodeId }) => nodeId === carriers.get(name));
  assert.notEqual(slaveOf("math"), slaveOf("music"));
  rig.view = {
    ...rig.view,
    nodes: rig.view.nodes.map((node) => (node.node_id === carriers.get("math") ? { ...node, answers: false, publishable: false } : node)),
  };
  await sleep(1_600);
  assert.equal(rig.gateway.failovers, 0, "it answers the gateway");
  const left = new Map<string, number>();
  const stoppedAt = performance.now();
  for (const name of ["music", "math"]) slaveOf(name)?.signal("SIGSTOP");
  await eventually("both are left", () => {
    for (const { path, failovers } of rig.gateway.relays())
      if (failovers > 0 && !left.has(path)) left.set(path, performance.now() - stoppedAt);
    return left.size === 2;
  });
  t.diagnostic([...left].map(([path, ms]) => `${path} after ${Math.round(ms)} ms`).join(", "));
  assert.deepEqual([...left.keys()], ["live/math", "live/music"]);
});

test("a drained slave hands over at a keyframe: nothing is lost, nothing comes twice", async () => {
  await using lesson = await makeLesson({ seconds: 8 });
  await using rig = await startGatewayRig({ slaves: 2 });
  const publisher = rig.publish("math", { args: lesson.args });
  await eventually("a slave carries it", () => recordingsOf(rig, "live/math").some(({ frames }) => frames.length > 60));
  const [first, second] = rig.slaves.toSorted((a, b) => b.recordings.length - a.recordings.length);
  assert.ok(first && second);
  rig.drain(first.nodeId);
  await sleep(500);
  assert.equal(second.recordings.length, 0, "not to a slave that would have to begin anew");
  rig.copies("live/math", [
    { node_id: first.nodeId, role: "origin" },
    { node_id: second.nodeId, in_sync: true },
  ]);
  assert.equal((await publisher.exited).code, 0);
  const [before] = first.recordings;
  const [after] = second.recordings;
  assert.ok(before && after);
  await eventually("both hear of the end", () => before.ended !== undefined && after.ended !== undefined);
  assert.equal(before.ended, "unpublished");
  assertStartsPlayable(after);
  assert.equal(after.grant?.handoverFrom, first.nodeId);
  assert.equal(after.grant.epoch, 2);
  assertSame([...media(before.frames), ...media(after.frames)], media(lesson.reference));
  assert.ok(after.frames.find(({ role }) => role === "frame")?.keyframe, "it begins with the keyframe");
  assert.equal(rig.gateway.failovers, 0);
});

test("a wrong key, no key and an unknown class are refused before publishing begins", async () => {
  await using rig = await startGatewayRig({ slaves: 1 });
  for (const [name, key, sentence] of [
    ["math", "wrong", /The stream key is wrong/],
    ["math", "", /The stream key is wrong/],
    ["nothing", "s3cret+key", /There is no class nothing/],
  ] as const) {
    const { code, stderr } = await rig.publish(name, { key }).exited;
    assert.notEqual(code, 0);
    assert.match(stderr, sentence);
  }
  assert.equal(rig.slaves[0]?.asked.length, 0);
  assert.deepEqual(rig.gateway.relays(), []);
});

test("a second publisher is refused while the first one sends, and may take over when it is silent", async () => {
  await using rig = await startGatewayRig({ slaves: 1 });
  const first = rig.publish("math");
  await eventually("the first is carried", () => (rig.slaves[0]?.recordings[0]?.frames.length ?? 0) > 10);
  assert.notEqual((await rig.publish("math").exited).code, 0);
  assert.ok(await isRunning(first));
  process.kill(first.pid, "SIGSTOP");
  await sleep(2_500);
  const third = rig.publish("math");
  await eventually("the third is carried", () => (rig.slaves[0]?.recordings[1]?.frames.length ?? 0) > 10);
  assert.equal(rig.slaves[0]?.recordings[1]?.grant?.epoch, 2);
  process.kill(first.pid, "SIGCONT");
  await first.exited;
  assert.ok(await isRunning(third));
});

test("who publishes straight to a slave is not pushed aside; when that stream stands still, it is", async () => {
  await using rig = await startGatewayRig({ slaves: 2 });
  let msn = 1;
  const live = () => rig.copies("live/math", [{ node_id: "slave-2", role: "origin", epoch: 5, msn: (msn += 1) }]);
  live();
  const timer = setInterval(live, 300);
  try {
    assert.notEqual((await rig.publish("math").exited).code, 0);
  } finally {
    clearInterval(timer);
  }
  rig.publish("math");
  await eventually("it is carried by the slave that has the stream", () => rig.slaves[1]?.recordings[0]?.grant?.epoch === 6);
});

test("without any slave the publisher is kept, and carried from a keyframe on when one comes", async () => {
  await using rig = await startGatewayRig({ slaves: 0 });
  const publisher = rig.publish("math");
  await sleep(1_500);
  assert.ok(await isRunning(publisher));
  assert.equal(rig.gateway.relays()[0]?.state, "waiting_for_node");
  const slave = await rig.addSlave("slave-late");
  await eventually("the new slave carries it", () => (slave.recordings[0]?.frames.length ?? 0) > 60);
  const frames = slave.recordings[0]?.frames ?? [];
  assert.equal(frames.find(({ type, role }) => type === 9 && role === "frame")?.keyframe, true);
  assert.ok(await isRunning(publisher));
});

test("after PUBLISH_WAIT without a slave the publisher is disconnected", async () => {
  await using rig = await startGatewayRig({ slaves: 0, publishWaitMs: 800 });
  const publisher = rig.publish("math");
  assert.notEqual((await publisher.exited).code, 0);
  await eventually("the relay is over", () => rig.gateway.relays().length === 0);
});

test("a slave that knows of a newer origin is asked again as a newer one still", async () => {
  await using rig = await startGatewayRig({ slaves: 1 });
  const [slave] = rig.slaves;
  assert.ok(slave);
  slave.knownEpoch = 2;
  const publisher = rig.publish("math");
  await eventually("it is carried", () => (slave.recordings[0]?.frames.length ?? 0) > 10);
  assert.deepEqual(
    slave.asked.map((grant) => grant?.epoch),
    [1, 2, 3],
  );
  assert.ok(await isRunning(publisher));
});

test("a slave that refuses for a reason of its own is left alone at once; the master is told", async () => {
  await using rig = await startGatewayRig({ slaves: 2 });
  const [first, second] = rig.slaves;
  assert.ok(first && second);
  Object.assign(first, { knownEpoch: 1_000, refusalCode: "unavailable" });
  rig.copies("live/math", [{ node_id: first.nodeId, role: "origin", state: "waiting", epoch: 4 }]);
  await eventually("the gateway knows who had it", () => rig.reports.length > 2);
  rig.publish("math");
  await eventually("the other one carries it", () => (second.recordings[0]?.frames.length ?? 0) > 10);
  assert.equal(first.asked.length, 1);
  await eventually("the master knows", () => rig.reports.some((report) => report.failed_nodes?.includes(first.nodeId)));
});

test("epochs are those that the master gives; a failover takes the next one when the master is slow to answer", async () => {
  await using rig = await startGatewayRig({ slaves: 2 });
  rig.view = { ...rig.view, epochs: [{ path: "live/math", epoch: 40 }] };
  rig.publish("math");
  await eventually("it is carried", () => recordingsOf(rig, "live/math").some(({ frames }) => frames.length > 10));
  assert.ok(
    rig.reports.some(({ claims, relays }) => claims?.includes("live/math") && relays.length === 0),
    "asked before it is let in",
  );
  rig.view = { ...rig.view, epochs: [{ path: "live/math", epoch: 50 }] };
  const first = rig.slaves.find(({ recordings }) => recordings.length > 0);
  const other = rig.slaves.find((slave) => slave !== first);
  first?.signal("SIGKILL");
  await eventually("the other one carries it", () => (other?.recordings[0]?.frames.length ?? 0) > 10);
  const third = await rig.addSlave("slave-3");
  rig.reports.length = 0;
  await eventually("the gateway knows the third", () => rig.reports.length > 3);
  rig.masterHangs = true;
  other?.signal("SIGKILL");
  await eventually("the third one carries it", () => (third.recordings[0]?.frames.length ?? 0) > 10);
  assert.deepEqual(
    rig.slaves.flatMap(({ asked }) => asked.map((grant) => grant?.epoch)),
    [40, 50, 51],
  );
});

test("who comes while another door has just let somebody in is refused before publishing begins", async () => {
  await using rig = await startGatewayRig({ slaves: 1 });
  rig.view = { ...rig.view, epochs: [{ path: "live/math", held_by: "slave-7" }] };
  const { code, stderr } = await rig.publish("math").exited;
  assert.notEqual(code, 0);
  assert.match(stderr, /Somebody publishes this class already/);
  assert.equal(rig.slaves[0]?.asked.length, 0);
});

test("a deleted class and a rotated key end the publisher", async () => {
  await using rig = await startGatewayRig({ slaves: 1 });
  const publisher = rig.publish("math");
  const other = rig.publish("music");
  await eventually("both are carried", () => (rig.slaves[0]?.recordings.length ?? 0) === 2);
  rig.view = { ...rig.view, class_grants: { version: "2", classes: [{ name: "music", stream_key_hash: "another" }] } };
  assert.notEqual((await publisher.exited).code, 0);
  assert.notEqual((await other.exited).code, 0);
  await eventually("the slave hears of the ends", () => rig.slaves[0]?.recordings.every(({ ended }) => ended === "unpublished") ?? false);
});

test("a closed class ends its publisher, and who comes is told why", async () => {
  await using rig = await startGatewayRig({ slaves: 1 });
  const publisher = rig.publish("math");
  await eventually("it is carried", () => (rig.slaves[0]?.recordings.length ?? 0) === 1);
  const classes = (rig.view.class_grants?.classes ?? []).map((grant) => (grant.name === "math" ? { ...grant, closed: true } : grant));
  rig.view = { ...rig.view, class_grants: { version: "2", classes } };
  assert.notEqual((await publisher.exited).code, 0);
  const { code, stderr } = await rig.publish("math").exited;
  assert.notEqual(code, 0);
  assert.match(stderr, /This class is closed/);
});

test("an origin that has won elsewhere is not fought: the publisher is disconnected", async () => {
  await using rig = await startGatewayRig({ slaves: 2 });
  const publisher = rig.publish("math");
  await eventually("it is carried", () => recordingsOf(rig, "live/math").some(({ frames }) => frames.length > 10));
  const [carrier, other] = rig.slaves.toSorted((a, b) => b.recordings.length - a.recordings.length);
  rig.copies("live/math", [{ node_id: other?.nodeId ?? "", role: "origin", epoch: 7 }]);
  await sleep(300);
  // As the slave's fence does when it hears of it.
  await carrier?.stop();
  assert.notEqual((await publisher.exited).code, 0);
  assert.equal(other?.recordings.length, 0);
});
