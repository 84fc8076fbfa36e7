// Slaves in a container network: nobody elsewhere can connect to them, only to the door before them. Everything goes through
// it: registration, viewers, and the copies that slaves make of each other's streams.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ReplicasView } from "../../src/shared/protocol/cluster-views.ts";
import type { NodesView } from "../../src/shared/protocol/nodes.ts";
import { startCluster } from "../support/cluster.ts";
import type { Cluster } from "../support/cluster.ts";
import { startDoor } from "../support/door.ts";
import type { Door } from "../support/door.ts";
import { eventually } from "../support/eventually.ts";
import { addressesOf } from "../support/playlist-reader.ts";

describe("slaves behind a door", () => {
  let cluster: Cluster;
  let door: Door;
  const json = async <Body>(path: string) => (await (await cluster.fetch(path)).json()) as Body;

  before(async () => {
    cluster = await startCluster({ slaves: 0, master: { TRUSTED_PROXIES: "loopback" } });
    // Where they are said to be, nothing listens: they bind to 127.0.0.1 alone.
    door = await startDoor(cluster.masterUrl, "127.0.0.9");
    const contained = { MASTER_URL: door.url, PUBLIC_HLS_URL: "/n/{node_id}", TRUSTED_PROXIES: "loopback", HEARTBEAT_INTERVAL: "0.5" };
    for (let count = 1; count <= 2; count += 1) {
      const slave = await cluster.addSlave(contained);
      door.route(slave.nodeId, slave.hlsUrl);
    }
    await eventually("both are registered", async () => (await json<NodesView>("/cluster/nodes")).healthy_nodes === 2);
  });
  after(async () => {
    await cluster?.stop();
    await door?.stop();
  });

  test("a student at the door gets an address at the door, and plays from the slave that copies the stream", async () => {
    const lesson = await cluster.createClass("math", { open: true });
    await cluster.publish(lesson, { whenWatchable: false });
    let url = "";
    await eventually("the copy can be watched", async () => {
      const body = JSON.stringify({ user_id: "kim", class: "math", exclude: ["slave-1"] });
      const init = { method: "POST", body, headers: { "content-type": "application/json" } };
      const answer = await fetch(`${door.url}/api/token`, init);
      if (!answer.ok) return false;
      ({ hls_url: url } = (await answer.json()) as { hls_url: string });
      return (await fetch(url)).ok;
    });
    assert.ok(url.startsWith(`${door.url}/n/slave-2/live/math/index.m3u8?jwt=`), url.split("?")[0]);
    await eventually("it has media", async () => (await fetch((await addressesOf(url)).segment)).ok);
  });

  test("the copy was made through the door, since the slave itself cannot be connected to", async () => {
    const replicas = () => json<ReplicasView>("/cluster/streams/live/math/replicas");
    await eventually("it is in sync", async () => (await replicas()).in_sync_copies === 2);
    const byNode = door.requests.filter(({ path, bearer }) => bearer && path.startsWith("/n/slave-1/live/math/source/"));
    assert.ok(byNode.length > 5, `${byNode.length} requests of the follower`);
  });

  test("nodes that the master cannot ask themselves are well all the same", async () => {
    const { nodes } = await json<NodesView>("/cluster/nodes");
    assert.deepEqual(
      nodes.map(({ node_id, host, status }) => [node_id, host, status]),
      [
        ["slave-1", "127.0.0.9", "healthy"],
        ["slave-2", "127.0.0.9", "healthy"],
      ],
    );
  });
});
