// airclass loadtest as the school's IT person runs it: a process of its own against a cluster that is on the air.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { LoadReport } from "../../src/capacity/load-report.ts";
import { startCluster } from "../support/cluster.ts";
import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { adminToken, clusterSecret } from "../support/master-environment.ts";
import { runAirclass, startAirclass } from "../support/processes.ts";
import { testPort } from "../support/test-port.ts";

const env = { ADMIN_TOKEN: adminToken };
const heartbeat = { HEARTBEAT_INTERVAL: "1" };

describe("airclass loadtest", () => {
  let cluster: Cluster;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "airclass-loadtest-"));
    cluster = await startCluster({ slaves: 2, slave: heartbeat });
    await cluster.createClass("empty");
    await cluster.createClass("coded", { open: false });
    await cluster.publish(await cluster.createClass("math"));
  });
  after(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const reportOf = (file: string): LoadReport => JSON.parse(readFileSync(file, "utf8")) as LoadReport;
  const viewersOf = async (nodeIds: readonly string[]): Promise<number> => {
    const { nodes } = (await (await cluster.fetch("/cluster/nodes")).json()) as {
      nodes: { node_id: string; current_connections: number }[];
    };
    return nodes.filter(({ node_id: id }) => nodeIds.includes(id)).reduce((sum, node) => sum + node.current_connections, 0);
  };

  describe("while every slave runs", { concurrency: 3 }, () => {
    test("20 viewers join, play without an error, are counted, and are in the report", async () => {
      const json = join(folder, "report.json");
      const numbers = ["--viewers", "20", "--ramp", "1", "--duration", "5", "--max-stalled-percent", "100"];
      const played = await runAirclass(["loadtest", `${cluster.masterUrl}/watch/math`, ...numbers, "--report", json], env);
      assert.equal(played.code, 0, played.stderr + played.stdout);
      assert.match(played.stdout, /20 of 20 played/);
      assert.match(played.stdout, /errors +none/);
      assert.match(played.stderr, /^\d+ s of 6: \d+ of 20 have had a picture/m);
      const report = reportOf(json);
      assert.deepEqual([report.class, report.ended_early, report.asked.viewers, report.ok], ["math", false, 20, true]);
      assert.deepEqual([report.viewers.come, report.viewers.played, report.viewers.moves], [20, 20, 0]);
      assert.deepEqual(report.errors, { total: 0, kinds: {} });
      assert.equal(report.join_ms.n, 20);
      assert.ok(report.join_ms.p50 > 0 && report.delay_ms.p50 > 300 && report.delay_ms.p50 < 60_000, JSON.stringify(report.delay_ms));
      // Three parts a second for each, and a playlist for each part.
      assert.ok(report.requests.part.count > 20 * 5, JSON.stringify(report.requests));
      assert.ok(report.requests.playlist.count > 20 * 5 && report.requests.init.count === 20);
      assert.equal(report.viewer_list.length, 20);
      assert.ok(report.timeline.length >= 5);
      const { nodes } = report;
      assert.deepEqual(
        nodes.map(({ node_id: id }) => id),
        ["slave-1", "slave-2"],
      );
      assert.equal(
        nodes.reduce((sum, node) => sum + node.viewers_at_end, 0),
        20,
      );
      assert.equal(
        nodes.reduce((sum, node) => sum + node.bytes, 0),
        bytesOf(report),
      );
      assert.ok(
        nodes.every((node) => node.requests > 0 && (node.peak_viewers ?? 0) >= 5),
        JSON.stringify(nodes),
      );
    });

    test("what cannot be tested is said in one sentence", async () => {
      const table: [string[], number, RegExp][] = [
        [[`${cluster.masterUrl}/watch/nope`, "--viewers", "2"], 1, /There is no class nope/],
        [
          [`${cluster.masterUrl}/watch/math`, "--viewers", "2", "--report", join(folder, "nowhere/report.json")],
          1,
          /cannot be written to .* \(ENOENT\)/,
        ],
        [[`${cluster.masterUrl}/watch/empty`, "--viewers", "2"], 1, /cannot be watched now .*start its stream first/],
        [[`${cluster.masterUrl}/watch/coded`, "--viewers", "2"], 1, /--join-code/],
        [[`${cluster.masterUrl}/watch/coded`, "--viewers", "2", "--join-code", "AAAAAA"], 1, /The join code is not that/],
        [
          [`${cluster.masterUrl}/watch/math`, "--viewers", "2", "--admin-token", "not the token of this cluster"],
          1,
          /does not accept this admin token/,
        ],
      ];
      const results = await Promise.all(table.map(([args]) => runAirclass(["loadtest", ...args], env)));
      for (const [index, { code, stderr, stdout }] of results.entries()) {
        const [args = [], expected, sentence] = table[index] ?? [];
        assert.equal(code, expected, `${args.join(" ")}: ${stderr}${stdout}`);
        assert.match(stderr, sentence ?? /^$/);
        assert.equal(stderr.trim().split("\n").length, 1, stderr);
        assert.ok(!stderr.includes("not the token of"), stderr);
      }
    });

    test("a master whose tokens lead elsewhere is not followed there; nor is a redirect", async () => {
      let victims = 0;
      const victim = await listen(createServer((_request, response) => void ((victims += 1), response.end("#EXTM3U"))));
      const load = { status: "healthy", current_connections: 0, cpu_usage: 0, memory_usage: 0, bandwidth_mbps: null };
      const node = { node_id: "slave-1", node_name: "one", hls_url: "http://127.0.0.1:9", max_connections: 1, ...load };
      const grant = { token: "t", token_type: "Bearer", expires_in: 60, node_id: "slave-1" };
      let hlsUrl = `http://127.0.0.1:${victim.port}/live/math/index.m3u8?jwt=t`;
      const liar = await listen(
        createServer((request, response) => {
          response.setHeader("content-type", "application/json");
          if (request.url === "/cluster/nodes") response.end(JSON.stringify({ nodes: [node] }));
          else if (request.url === "/api/token") response.end(JSON.stringify({ ...grant, hls_url: hlsUrl }));
          else response.writeHead(302, { location: `http://127.0.0.1:${victim.port}/` }).end();
        }),
      );
      const attempt = () => runAirclass(["loadtest", `http://127.0.0.1:${liar.port}/watch/math`, "--viewers", "1", "--duration", "1"], env);
      try {
        const elsewhere = await attempt();
        assert.equal(elsewhere.code, 1);
        assert.match(elsewhere.stderr, /leads to 127\.0\.0\.1:\d+, which is neither the master's host nor that of a node/);
        hlsUrl = `http://127.0.0.1:${liar.port}/live/math/index.m3u8?jwt=t`;
        const redirected = await attempt();
        assert.equal(redirected.code, 1);
        assert.match(redirected.stderr, /cannot be watched now/);
        assert.equal(victims, 0);
      } finally {
        victim.server.close();
        liar.server.close();
      }
    });
  });

  test("a slave that is killed: its viewers go on at the others; Ctrl-C ends the test with a report", async () => {
    const slave = startAirclass(["slave"], {
      CLUSTER_SECRET: clusterSecret,
      MASTER_URL: cluster.masterUrl,
      BIND_HOST: "127.0.0.1",
      NODE_ID: "slave-3",
      DATA_DIR: join(folder, "slave-3"),
      LOG_LEVEL: "error",
      API_PORT: "0",
      HLS_PORT: String(await testPort()),
      RTMP_PORT: "0",
      ...heartbeat,
    });
    const html = join(folder, "drill.html");
    const arguments_ = ["--viewers", "12", "--ramp", "0", "--duration", "120", "--report", html, "--max-stalled-percent", "100"];
    let said = "";
    try {
      await eventually(
        "the third slave is there",
        async () => ((await (await cluster.fetch("/cluster/nodes")).json()) as { healthy_nodes: number }).healthy_nodes === 3,
      );
      const drill = startAirclass(["loadtest", `${cluster.masterUrl}/watch/math/`, ...arguments_], env);
      try {
        await eventually("some of them watch there", async () => (await viewersOf(["slave-3"])) >= 3);
        slave.signal("SIGKILL");
        await eventually("they have moved", () => Number(/(\d+) changes of node/.exec(drill.output.stderr)?.[1]) >= 3);
        drill.signal("SIGINT");
        assert.equal((await drill.exited).code, 0, drill.output.stderr + drill.output.stdout);
        said = drill.output.stdout;
      } finally {
        await drill.stop();
      }
    } finally {
      await slave.stop();
    }
    assert.match(said, /\(ended early\)/);
    assert.ok(Number(/12 of 12 played, (\d+) changed node/.exec(said)?.[1]) >= 3, said);
    assert.match(said, /slave-3: 0 viewers at the end/);
    assert.match(said, /errors +\d+: (playlist|part|init) /);
    const page = readFileSync(html, "utf8");
    assert.match(page, /^<!doctype html>/i);
    assert.doesNotMatch(page, /(src|href)=/, "nothing from outside");
    assert.match(page, /slave-3/);
  });
});

async function listen(server: Server): Promise<{ server: Server; port: number }> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

function bytesOf({ requests }: LoadReport): number {
  return Object.values(requests).reduce((sum, { bytes }) => sum + bytes, 0);
}
