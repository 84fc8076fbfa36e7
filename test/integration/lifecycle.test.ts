// Starting, stopping and restarting in every order: nobody needs a hand, and viewers notice nothing.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, test } from "node:test";
import type { NodesView } from "../../src/shared/protocol/nodes.ts";
import { startCluster } from "../support/cluster.ts";
import { adminToken, clusterSecret } from "../support/master-environment.ts";
import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { addressesOf, readMediaPlaylist, withQuery } from "../support/playlist-reader.ts";
import { startPublisher } from "../support/publisher.ts";
import { descendantsOf, startAirclass, stillRunning } from "../support/processes.ts";
import { testPort } from "../support/test-port.ts";

async function statusOf(cluster: Cluster, nodeId: string): Promise<string | undefined> {
  const { nodes } = (await (await cluster.fetch("/cluster/nodes")).json()) as NodesView;
  return nodes.find((node) => node.node_id === nodeId)?.status;
}

describe("the master comes late, and goes", () => {
  test("a slave that was started before its master registers once the master is up", async () => {
    const port = await testPort();
    const folder = mkdtempSync(join(tmpdir(), "airclass-late-"));
    const env = { CLUSTER_SECRET: clusterSecret, BIND_HOST: "127.0.0.1", LOG_LEVEL: "info" };
    const ports = { API_PORT: "0", HLS_PORT: "0", RTMP_PORT: String(await testPort()) };
    const slave = startAirclass(["slave"], {
      ...env,
      ...ports,
      NODE_ID: "early",
      MASTER_URL: `http://127.0.0.1:${port}`,
      DATA_DIR: folder,
    });
    try {
      await eventually("it says that it cannot reach the master", () => slave.output.stdout.includes("trying again for ever"));
      const data = { API_PORT: String(port), RTMP_PORT: "0", DATA_DIR: join(folder, "master"), ADMIN_TOKEN: "the-admin-token-1" };
      const master = startAirclass(["master"], { ...env, ...data });
      await eventually("it is healthy", async () => {
        const response = await fetch(`http://127.0.0.1:${port}/cluster/nodes`, { headers: { authorization: "Bearer the-admin-token-1" } });
        return ((await response.json()) as NodesView).nodes.some(({ node_id: id, status }) => id === "early" && status === "healthy");
      });
      assert.equal((await slave.stop()).code, 0);
      assert.equal((await master.stop()).code, 0);
      assert.doesNotMatch(slave.output.stdout + master.output.stdout, new RegExp(`${clusterSecret}|the-admin-token-1`));
    } finally {
      await slave.stop();
      rmSync(folder, { recursive: true });
    }
  });

  test("a master restarted on its data: the same classes, keys and tokens; no viewer sees an error", async () => {
    const cluster = await startCluster({ slave: { HEARTBEAT_INTERVAL: "1" } });
    try {
      const lesson = await cluster.createClass("math", { title: "Fractions" });
      const teacher = await cluster.publish(lesson, { whenWatchable: false });
      const before = await cluster.token({ user_id: "kim", path: lesson.path });
      await eventually("a segment is there", async () => (await addressesOf(before.hls_url)).segment !== "");

      const viewer = new AbortController();
      const seen: number[] = [];
      const watching = (async () => {
        let { url, playlist } = await readMediaPlaylist(before.hls_url);
        const base = url;
        while (!viewer.signal.aborted) {
          const next = (playlist.segments.findLast(({ uri }) => uri !== undefined)?.msn ?? 0) + 1;
          ({ playlist } = await readMediaPlaylist(withQuery(base, { _HLS_msn: next })));
          const segment = playlist.segments.find(({ msn }) => msn === next);
          assert.equal((await fetch(new URL(segment?.uri ?? "", base))).status, 200);
          seen.push(next);
        }
      })();

      await cluster.stopMaster();
      await eventually("two segments without a master", () => seen.length >= 2);
      const restartedMs = performance.now();
      await cluster.restartMaster();
      await eventually("the slave is back", async () => (await statusOf(cluster, "slave-1")) === "healthy");
      // One heartbeat is promised; the machine that runs the tests may be busy.
      assert.ok(performance.now() - restartedMs < 10_000, `${performance.now() - restartedMs} ms`);
      const inAll = seen.length;
      await eventually("segments go on", () => seen.length > inAll);
      viewer.abort();
      await watching;
      assert.deepEqual(
        seen,
        Array.from(seen, (_, index) => (seen[0] ?? 0) + index),
        "none missed",
      );

      const { classes } = (await (await cluster.fetch("/api/classes")).json()) as { classes: { name: string; title: string }[] };
      assert.deepEqual(
        classes.map(({ name, title }) => [name, title]),
        [["math", "Fractions"]],
      );
      const refreshed = await fetch(`${cluster.masterUrl}/api/token/refresh`, {
        method: "POST",
        headers: { authorization: `Bearer ${before.token}` },
      });
      assert.equal(refreshed.status, 200, "an old token is renewed");
      const after = await cluster.token({ user_id: "lee", path: lesson.path });
      assert.equal((await fetch(after.hls_url)).status, 200);
      await teacher.stop();
      await cluster.publish(lesson);
      await eventually("the stream key is good as before: who comes with it goes on in the same stream", async () => {
        const { playlist } = await readMediaPlaylist(after.hls_url);
        return playlist.segments.some(({ discontinuity }) => discontinuity);
      });
    } finally {
      await cluster.stop();
    }
  });
});

test("SIGTERM: the slave leaves the cluster, answers what is blocked, ends with 0 and its children", async () => {
  const cluster = await startCluster({ slaves: 0 });
  const folder = mkdtempSync(join(tmpdir(), "airclass-term-"));
  const rtmpPort = await testPort();
  const slave = startAirclass(["slave"], {
    CLUSTER_SECRET: clusterSecret,
    BIND_HOST: "127.0.0.1",
    MASTER_URL: cluster.masterUrl,
    NODE_ID: "leaving",
    DATA_DIR: folder,
    API_PORT: "0",
    HLS_PORT: "0",
    RTMP_PORT: String(rtmpPort),
  });
  try {
    await eventually("it is healthy", async () => (await statusOf(cluster, "leaving")) === "healthy");
    const lesson = await cluster.createClass("math");
    const teacher = startPublisher(`rtmp://127.0.0.1:${rtmpPort}/live/math?key=${lesson.stream_key}`);
    const { hls_url: hlsUrl } = await cluster.token({ user_id: "kim", path: lesson.path });
    await eventually("a segment is there", async () => (await addressesOf(hlsUrl)).segment !== "");
    const children = (await descendantsOf(slave.pid)).map(({ pid }) => pid);
    assert.ok(children.length >= 2, "RTMP process and ffmpeg");

    const { url, playlist } = await readMediaPlaylist(hlsUrl);
    const next = (playlist.segments.findLast(({ uri }) => uri !== undefined)?.msn ?? 0) + 1;
    const blocked = fetch(withQuery(url, { _HLS_msn: next }));
    // A player that never stops asking, on connections that it keeps open.
    const poll = async (): Promise<void> => {
      if (await readMediaPlaylist(hlsUrl).then(Boolean, () => false)) return sleep(10).then(poll);
    };
    const poller = poll();
    await sleep(50);
    const askedMs = performance.now();
    slave.signal("SIGTERM");
    await eventually("it has left the cluster", async () => (await statusOf(cluster, "leaving")) === undefined);
    const answer = await blocked;
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), new RegExp(`seg-${next}\\.m4s`));
    const { code } = await slave.exited;
    assert.equal(code, 0, slave.output.stderr);
    const tookMs = performance.now() - askedMs;
    assert.ok(tookMs < 9_000, `${tookMs} ms`);
    await poller;
    assert.deepEqual(await stillRunning(children), []);
    await teacher.exited;
  } finally {
    await slave.stop();
    await cluster.stop();
    rmSync(folder, { recursive: true });
  }
});

test("airclass demo: plays, and Ctrl-C leaves no process", { timeout: 90_000 }, async () => {
  const demo = startAirclass(["demo"]);
  try {
    await eventually("it prints how to play", () => demo.output.stdout.includes("Ctrl-C ends it all"), 40_000);
    const children = await descendantsOf(demo.pid);
    const commands = children.map(({ command }) => command).join("\n");
    assert.ok(children.length >= 6, `master, 2 slaves, their RTMP processes, the teacher, ffmpeg:\n${commands}`);
    const [, url = ""] = /ffplay '([^']+)'/.exec(demo.output.stdout) ?? [];
    await eventually("a segment can be had", async () => (await fetch((await addressesOf(url)).segment)).ok);
    const [, page = ""] = /Watch +(\S+)/.exec(demo.output.stdout) ?? [];
    assert.ok([200, 503].includes((await fetch(page)).status), "503 where the pages have not been built");
    demo.signal("SIGINT");
    const { code } = await demo.exited;
    assert.equal(code, 0, demo.output.stderr);
    assert.deepEqual(await stillRunning(children.map(({ pid }) => pid)), []);
  } finally {
    await demo.stop();
  }
});

test("airclass demo: killed outright, it leaves no process either", { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "airclass-killed-"));
  const demo = startAirclass(["demo"], { TMPDIR: folder });
  try {
    await eventually("it prints how to play", () => demo.output.stdout.includes("Ctrl-C ends it all"), 40_000);
    const children = (await descendantsOf(demo.pid)).map(({ pid }) => pid);
    demo.signal("SIGKILL");
    await eventually("all have ended", async () => (await stillRunning(children)).length === 0, 20_000);
  } finally {
    await demo.stop();
    rmSync(folder, { recursive: true });
  }
});

test("a command whose parent is gone ends, where its parent asked for that", async () => {
  const folder = mkdtempSync(join(tmpdir(), "airclass-orphan-"));
  const master = startAirclass(["master"], {
    CLUSTER_SECRET: clusterSecret,
    BIND_HOST: "127.0.0.1",
    API_PORT: "0",
    RTMP_PORT: "0",
    DATA_DIR: folder,
    ADMIN_TOKEN: adminToken.replaceAll(" ", "-"),
  });
  try {
    await eventually("it is up", () => master.output.stdout.includes("master is ready"));
    master.closeStdin();
    assert.equal((await master.exited).code, 0);
  } finally {
    await master.stop();
    rmSync(folder, { recursive: true });
  }
});
