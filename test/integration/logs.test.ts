// What a cluster says of itself, as the programs that collect logs read it: a whole life, from real processes.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ClassWithKey } from "../../src/shared/protocol/classes.ts";
import { eventually } from "../support/eventually.ts";
import { adminToken, clusterSecret } from "../support/master-environment.ts";
import { rawConnection } from "../support/raw-http.ts";
import { startTopology } from "../support/topology.ts";
import type { Topology, TopologySlave } from "../support/topology.ts";

interface Line {
  readonly level: string;
  readonly role: string;
  readonly node: string;
  readonly msg: string;
  readonly stream?: string;
  readonly peer?: string;
  readonly from?: string;
  readonly to?: string;
  readonly request?: string;
}

describe("the life of a cluster in its logs", () => {
  let topology: Topology;
  let lesson: ClassWithKey;
  const secrets = [clusterSecret, adminToken];

  const linesOf = (name: string): Line[] =>
    topology
      .logOf(name)
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  const said = (name: string, isMeant: (line: Line) => boolean): Line[] => linesOf(name).filter(isMeant);
  const untilSaid = (name: string, what: string, isMeant: (line: Line) => boolean) =>
    eventually(`${name} has said: ${what}`, () => said(name, isMeant).length > 0);
  const carrier = async (): Promise<TopologySlave> => {
    const { streams } = (await (await topology.fetch("/cluster/streams")).json()) as { streams: { origin: string | null }[] };
    const id = streams[0]?.origin;
    if (id === undefined || id === null) throw new Error("nobody carries the stream");
    return topology.slave(id);
  };
  const inSync = () =>
    eventually("two copies are in sync", async () => {
      const answer = await topology.fetch("/cluster/streams/live/math/replicas");
      return ((await answer.json()) as { in_sync_copies: number }).in_sync_copies === 2;
    });

  before(async () => {
    topology = await startTopology({ kind: "processes", slaves: 2, gatewayAlone: true });
    // Debug lines, too, are to hold no secret.
    for (const { pid } of [topology.master, ...topology.slaves]) process.kill(pid ?? 0, "SIGUSR2");
    lesson = await topology.createClass("math");
    secrets.push(lesson.stream_key, lesson.join_code);
  });
  after(() => topology?.stop());

  test("SIGUSR2 turns debug lines on, and off again, and a line says so", async () => {
    await untilSaid("master", "that it is on", ({ msg }) => msg === "log level is debug now");
    await untilSaid("master", "requests", ({ msg, level }) => msg === "request answered" && level === "debug");
    for (const { nodeId } of topology.slaves) await untilSaid(nodeId, "that it is on", ({ msg }) => msg === "log level is debug now");
    // The RTMP process has no log of its own.
    const [slave] = topology.slaves;
    const junk = await rawConnection(`http://127.0.0.1:${slave?.rtmpPort}`, Buffer.alloc(4_000, 0xff));
    await untilSaid("slave-1", "what the RTMP process saw", ({ msg, level }) => msg.startsWith("RTMP: ") && level === "debug");
    junk.socket.destroy();
    const { pid } = topology.gateway ?? {};
    for (const expected of ["log level is debug now", "log level is info again (LOG_LEVEL)"]) {
      process.kill(pid ?? 0, "SIGUSR2");
      await untilSaid("gateway", expected, ({ msg }) => msg === expected);
    }
  });

  test("publish, follow, watch, move, fail over, stop", async () => {
    const teacher = topology.teach(lesson);
    await inSync();
    const grant = await topology.token({ user_id: "kim", path: lesson.path, join_code: lesson.join_code });
    secrets.push(grant.token);
    await eventually("it can be watched", async () => (await fetch(grant.hls_url)).ok);
    const first = await carrier();
    await topology.fetch(`/cluster/nodes/${first.nodeId}/drain`, { method: "POST" });
    await eventually("it has moved", async () => (await carrier()).nodeId !== first.nodeId);
    await topology.fetch(`/cluster/nodes/${first.nodeId}/undrain`, { method: "POST" });
    await topology.untilWhole();
    await inSync();
    const second = await carrier();
    await second.kill();
    await eventually("the other one carries it again", async () => (await carrier()).nodeId === first.nodeId);
    await untilSaid("gateway", "that it is relayed again", ({ from, to }) => from === "switching" && to === "relaying");
    await teacher.stop();
    await untilSaid(first.nodeId, "that it waits", ({ to }) => to === "waiting");
    await first.terminate();
    await untilSaid("master", "that it left", ({ msg, peer }) => msg === "node left" && peer === first.nodeId);

    const gateway = said("gateway", ({ stream, from }) => stream === lesson.path && from !== undefined);
    assert.deepEqual(
      gateway.map(({ from, to }) => `${from} > ${to}`),
      [
        "waiting_for_node > connecting",
        "connecting > relaying",
        "relaying > handing_over",
        "handing_over > relaying",
        "relaying > switching",
        "switching > relaying",
        "relaying > ended",
      ],
    );
    const origin = (name: string) => said(name, ({ stream, to }) => stream === lesson.path && (to === "origin" || to === "superseded"));
    assert.deepEqual(
      origin(first.nodeId).map(({ to }) => to),
      ["origin", "superseded", "origin"],
    );
    assert.deepEqual(
      origin(second.nodeId).map(({ to }) => to),
      ["origin"],
    );
    const states = (peer: string) => said("master", ({ msg, peer: other }) => msg === "node status changed" && other === peer);
    assert.deepEqual(
      // It may have been empty for a moment, and may be seen to drain itself at its end.
      states(first.nodeId)
        .map(({ to }) => to)
        .filter((to) => to !== "drained")
        .slice(0, 3),
      ["healthy", "draining", "healthy"],
    );
    assert.equal(said("master", ({ msg, stream }) => msg === "class made" && stream === lesson.path).length, 1);
    for (const { nodeId } of topology.slaves) {
      assert.equal(said("master", ({ msg, peer }) => msg === "node joined" && peer === nodeId).length, 1);
      assert.equal(said(nodeId, ({ msg }) => msg === "registered with the master").length, 1);
      assert.equal(said(nodeId, ({ msg }) => msg === "slave is up").length, 1);
    }
    for (const name of ["master", "gateway", ...topology.slaves.map(({ nodeId }) => nodeId)]) {
      const changes = linesOf(name).filter(({ from, to }) => from !== undefined && to !== undefined);
      for (const [index, change] of changes.entries()) {
        const before = changes
          .slice(0, index)
          .findLast(({ stream, peer, msg }) => stream === change.stream && peer === change.peer && msg === change.msg);
        assert.notEqual(`${before?.from} > ${before?.to}`, `${change.from} > ${change.to}`, `twice on ${name}: ${change.msg}`);
      }
    }
  });

  test("every line says who and how grave, names its stream, and holds no secret", () => {
    const levels = new Set(["debug", "info", "warn", "error"]);
    const about = /^(another )?publisher|^ffmpeg (started|is started)|^stream |origin of the stream|a slave (carries|is asked)|^the relay/;
    let lines = 0;
    for (const [name, role] of [
      ["master", "master"],
      ["gateway", "gateway"],
      ["slave-1", "slave"],
      ["slave-2", "slave"],
    ] as const) {
      for (const line of linesOf(name)) {
        lines += 1;
        const shown = JSON.stringify(line);
        assert.equal(line.role, role, shown);
        if (role === "gateway") assert.match(line.node, /^gateway-/, shown);
        else assert.equal(line.node, name, shown);
        assert.ok(levels.has(line.level), shown);
        assert.notEqual(line.level, "error", shown);
        assert.match(line.msg, /^[a-z0-9]|^RTMP/, shown);
        if (about.test(line.msg)) assert.equal(line.stream, lesson.path, shown);
        if (line.msg === "request answered" || line.msg === "class made" || line.msg.startsWith("node is to"))
          assert.match(line.request ?? "", /^[0-9a-f-]{36}$/, shown);
      }
      const text = topology.logOf(name);
      for (const secret of secrets) assert.ok(!text.includes(secret), `a secret in the log of ${name}`);
      // No key of an object twice: what reads logs takes the first, or the last.
      for (const line of text.split("\n")) assert.ok((line.match(/"(node|stream|role)":/g) ?? []).length <= 3, line);
    }
    assert.ok(lines > 100, `${lines} lines`);
  });
});
