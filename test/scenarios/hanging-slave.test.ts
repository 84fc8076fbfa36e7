// A slave that is stopped (SIGSTOP) and goes on: offline exactly at the deadline, back without a hand.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, test } from "node:test";
import type { NodesView } from "../../src/shared/protocol/nodes.ts";
import { startCluster } from "../support/cluster.ts";
import { clusterSecret } from "../support/master-environment.ts";
import { eventually } from "../support/eventually.ts";
import { startAirclass } from "../support/processes.ts";
import { testPort } from "../support/test-port.ts";

const cases = [
  { name: "OFFLINE_AFTER=6", offlineAfterS: 6, heartbeatS: 1, stoppedS: 8 },
  { name: "the defaults, stopped for 40 s", offlineAfterS: 30, heartbeatS: 5, stoppedS: 40 },
];

describe("a slave that hangs is suspect, then offline at the deadline, and comes back by itself", { concurrency: true }, () => {
  for (const { name, offlineAfterS, heartbeatS, stoppedS } of cases) {
    test(name, { timeout: 120_000 }, async () => {
      const cluster = await startCluster({ slaves: 0, master: { OFFLINE_AFTER: String(offlineAfterS) } });
      const folder = mkdtempSync(join(tmpdir(), "airclass-hang-"));
      const slave = startAirclass(["slave"], {
        CLUSTER_SECRET: clusterSecret,
        BIND_HOST: "127.0.0.1",
        MASTER_URL: cluster.masterUrl,
        NODE_ID: "hanging",
        DATA_DIR: folder,
        API_PORT: "0",
        HLS_PORT: "0",
        RTMP_PORT: String(await testPort()),
        HEARTBEAT_INTERVAL: String(heartbeatS),
      });
      const node = async () =>
        ((await (await cluster.fetch("/cluster/nodes")).json()) as NodesView).nodes.find(({ node_id: id }) => id === "hanging");
      try {
        await cluster.createClass("math");
        await eventually("it is healthy", async () => (await node())?.status === "healthy");
        slave.signal("SIGSTOP");
        const stoppedMs = performance.now();
        // A heartbeat may have been on its way when the process was stopped.
        await sleep(200);
        const last = Date.parse((await node())?.last_heartbeat ?? "");
        const statuses: string[] = [];
        let silentMs = 0;
        while (statuses.at(-1) !== "offline" && silentMs < offlineAfterS * 1_000 + 10_000) {
          const status = (await node())?.status ?? "gone";
          silentMs = Date.now() - last;
          if (status !== statuses.at(-1)) statuses.push(status);
          await sleep(20);
        }
        assert.deepEqual(statuses, ["healthy", "suspect", "offline"]);
        assert.ok(silentMs >= offlineAfterS * 1_000 - 50, `offline after ${silentMs} ms`);
        // Never earlier; how much later we see it depends on how busy this machine is.
        assert.ok(silentMs < offlineAfterS * 1_000 + 5_000, `offline after ${silentMs} ms`);
        await assert.rejects(cluster.token({ user_id: "kim", path: "live/math" }), /no_node/);
        await sleep(Math.max(0, stoppedS * 1_000 - (performance.now() - stoppedMs)));
        slave.signal("SIGCONT");
        await eventually("it is back", async () => (await node())?.status === "healthy");
        assert.equal((await cluster.token({ user_id: "kim", path: "live/math" })).node_id, "hanging");
      } finally {
        await slave.stop();
        await cluster.stop();
        rmSync(folder, { recursive: true });
      }
    });
  }
});
