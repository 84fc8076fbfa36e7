// What a running cluster exposes is the catalogue, on each role: nothing more and nothing less, with bounded labels, and gone
// with what it was about.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { labelMeanings, metricCatalogue, metricDefinition } from "../../src/shared/metrics/catalogue.ts";
import type { MetricName, MetricRole } from "../../src/shared/metrics/catalogue.ts";
import type { ClassWithKey } from "../../src/shared/protocol/classes.ts";
import { problemTypes } from "../../src/shared/protocol/problems.ts";
import { runProgram } from "../../src/shared/process/run-program.ts";
import { startCluster } from "../support/cluster.ts";
import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { promtoolCheck, scrape, valueOf } from "../support/prometheus-text.ts";
import type { Scrape } from "../support/prometheus-text.ts";
import { startPublisher } from "../support/publisher.ts";
import type { Publisher } from "../support/publisher.ts";

const userId = "pupil.who.is.nobodys.business";
const hasPromtool = await runProgram("promtool", ["--version"], { timeoutMs: 5_000, maxOutputBytes: 1_000 }).then(
  ({ code }) => code === 0,
  () => false,
);

describe("metrics of a cluster with a running stream", () => {
  let cluster: Cluster;
  let lesson: ClassWithKey;
  let publisher: Publisher;

  const master = () => scrape(cluster.masterUrl);
  const slaves = () => Promise.all(cluster.slaves.map(({ apiUrl }) => scrape(apiUrl)));

  before(async () => {
    cluster = await startCluster({ slaves: 2, gateway: true, slave: { HEARTBEAT_INTERVAL: "0.5" } });
    lesson = await cluster.createClass("physics");
    publisher = startPublisher(cluster.gatewayUrl(lesson));
    await eventually("the class can be watched", async () => {
      const { hls_url: url } = await cluster.token({ user_id: userId, path: lesson.path });
      return (await fetch(url)).ok;
    });
    await eventually("both slaves have it", async () => {
      return valueOf(await master(), "airclass_stream_in_sync_copies", { path: lesson.path }) === 2;
    });
  });
  after(async () => {
    await publisher?.stop();
    await cluster?.stop();
  });

  test("each metric of the catalogue is there, on the roles that it names, and none else", async () => {
    for (const [role, scrapeAll] of [
      ["master", async () => [await master()]],
      ["slave", slaves],
    ] as const) {
      const expected = namesOf(role);
      for (const one of await scrapeAll()) {
        const exposed = [...one.families.keys()].filter((name) => name.startsWith("airclass_"));
        assert.deepEqual(exposed.toSorted(), expected.toSorted(), role);
        checkFamilies(one);
        for (const name of ["process_cpu_seconds_total", "nodejs_heap_size_used_bytes"]) assert.ok(one.families.has(name), name);
      }
      // A keyframe interval needs two keyframes; nothing else waits for an event, so that its first one is an increase.
      await eventually(`each metric of the ${role} has a series`, async () => {
        const series = new Set((await scrapeAll()).flatMap((one) => one.series.map(({ family }) => family)));
        assert.deepEqual(
          expected.filter((name) => !series.has(name)),
          [],
        );
        return true;
      });
    }
  });

  test("promtool finds nothing wrong", { skip: hasPromtool ? false : "promtool (Debian: prometheus) is not installed" }, async () => {
    for (const { text } of [await master(), ...(await slaves())]) {
      const { code, complaints } = await promtoolCheck(text);
      assert.ok(code === 0 || code === 3, complaints.join("\n"));
      // What prom-client calls its own is not ours to name.
      assert.deepEqual(
        complaints.filter((line) => !/^(nodejs|process)_/.test(line)),
        [],
      );
    }
  });

  test("the figures are those of the cluster", async () => {
    await eventually("the master's figures are right", async () => {
      const one = await master();
      return (
        valueOf(one, "airclass_nodes", { state: "healthy" }) === 2 &&
        valueOf(one, "airclass_node_up") === 2 &&
        valueOf(one, "airclass_classes") === 1 &&
        valueOf(one, "airclass_live_streams") === 1 &&
        valueOf(one, "airclass_stream_wanted_copies", { path: lesson.path }) === 2 &&
        valueOf(one, "airclass_gateway_publishers", { state: "relaying" }) === 1 &&
        (valueOf(one, "airclass_tokens_issued_total", { action: "read", kind: "new" }) ?? 0) >= 1 &&
        (valueOf(one, "airclass_reservations_total", { result: "claimed" }) ?? 0) >= 1
      );
    });
  });

  test("a teacher whom the gateway refuses is counted", async () => {
    const refused = startPublisher(cluster.gatewayUrl({ ...lesson, stream_key: "not-the-key" }));
    await refused.exited;
    await eventually("it is said", async () => valueOf(await master(), "airclass_publishers_refused_total", { reason: "wrong_key" }) === 1);
  });

  test("nothing that strangers choose becomes a label", async () => {
    const before = [await master(), ...(await slaves())].map(({ series }) => series.length);
    const { token, hls_url: url } = await cluster.token({ user_id: userId, path: lesson.path });
    const closed = await cluster.createClass("closed", { open: false });
    const attacks = Array.from({ length: 60 }, (_, index) => index);
    const post = (path: string, body: object) =>
      fetch(`${cluster.masterUrl}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    for (const index of attacks) {
      const name = `invented-${index}`;
      const answers = await Promise.all([
        post("/api/token", { user_id: name, class: name }),
        post("/api/token", { user_id: name, class: closed.name, join_code: name }),
        post("/api/token/refresh", {}),
        fetch(`${cluster.masterUrl}/${name}?jwt=${token}`),
        ...cluster.slaves.flatMap(({ apiUrl, hlsUrl }) => [
          fetch(`${apiUrl}/${name}`),
          fetch(`${hlsUrl}/live/${name}/index.m3u8?jwt=${token}`),
          fetch(`${hlsUrl}/live/${name}/${name}/0.m4s?jwt=${name}`),
          fetch(`${hlsUrl}/live/${name}/report?jwt=${token}`, { method: "POST", body: "{}" }),
        ]),
      ]);
      await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    }
    await (await fetch(url)).arrayBuffer();
    await eventually("the refusals are counted", async () => {
      const one = await master();
      return (
        valueOf(one, "airclass_tokens_refused_total", { reason: "no_such_class" }) === attacks.length &&
        valueOf(one, "airclass_tokens_refused_total", { reason: "join_code_wrong" }) === attacks.length &&
        valueOf(one, "airclass_tokens_refused_total", { reason: "token_missing" }) === attacks.length
      );
    });
    const scrapes = [await master(), ...(await slaves())];
    const nodeIds = cluster.slaves.map(({ nodeId }) => nodeId);
    for (const one of scrapes) checkLabelValues(one, { path: [lesson.path], node_id: nodeIds, version: ["test"], state: nodeStates });
    for (const [index, { text, series }] of scrapes.entries()) {
      for (const secret of [userId, "invented", "eyJ", lesson.stream_key, closed.join_code, "127.0.0.1"]) {
        assert.ok(!text.includes(secret), secret);
      }
      const more = series.length - (before[index] ?? 0);
      // Some statuses and reasons are new; none of them is one per attack.
      assert.ok(more < attacks.length / 2, `${more} more series`);
    }
  });

  test("series of a slave that has left are gone", async () => {
    const [, second] = cluster.slaves;
    assert.ok(second && (await master()).text.includes(`"${second.nodeId}"`));
    await second.stop();
    await eventually("nothing names it", async () => !(await master()).text.includes(`"${second.nodeId}"`));
  });
});

function namesOf(role: MetricRole): MetricName[] {
  return (Object.keys(metricCatalogue) as MetricName[]).filter((name) => metricDefinition(name).roles.includes(role));
}

/** Of nodes, as `GET /cluster/nodes` says them. */
const nodeStates = ["registering", "healthy", "warning", "critical", "draining", "drained", "suspect", "offline"];

/** Each value is one that docs/metrics.md names, a code of the table of errors, an HTTP status, or among `known`. */
function checkLabelValues({ series }: Scrape, known: Readonly<Record<string, readonly string[]>>): void {
  for (const { family, labels } of series) {
    if (!family.startsWith("airclass_")) continue;
    for (const [name, value] of Object.entries(labels)) {
      const isKnown =
        known[name]?.includes(value) === true ||
        labelMeanings[name]?.includes(`\`${value}\``) === true ||
        (name === "reason" && value in problemTypes) ||
        (name === "code" && /^[1-5]\d\d$/.test(value)) ||
        name === "le";
      assert.ok(isKnown, `${family}{${name}="${value}"}`);
    }
  }
}

/** Types, words and labels are the catalogue's. */
function checkFamilies({ families, series }: Scrape): void {
  for (const { name, type, help } of families.values()) {
    if (!name.startsWith("airclass_")) continue;
    const defined = metricDefinition(name as MetricName);
    assert.deepEqual({ type, help }, { type: defined.type, help: defined.help }, name);
  }
  for (const { family, labels, value } of series) {
    if (!family.startsWith("airclass_")) continue;
    const { labels: declared = [] } = metricDefinition(family as MetricName);
    assert.deepEqual(
      Object.keys(labels)
        .filter((name) => name !== "le")
        .toSorted(),
      [...declared].toSorted(),
      family,
    );
    assert.ok(Number.isFinite(value), `${family} is ${value}`);
  }
}
