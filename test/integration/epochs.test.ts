// Teachers who start one class in the same moment through several doors, and gateways that change slaves: one origin for each
// epoch, and one teacher who is let in. Real masters, slaves and ffmpeg.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import type { ClassWithKey } from "../../src/shared/protocol/classes.ts";
import { startCluster } from "../support/cluster.ts";
import { adminToken } from "../support/master-environment.ts";
import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { startPublisher } from "../support/publisher.ts";

interface Seen {
  readonly node: string;
  readonly epoch: number;
}

/** Asks every slave again and again, until the returned function is called, who says that it is the origin. */
function watchOrigins(cluster: Cluster, path: string): () => Promise<readonly (readonly Seen[])[]> {
  const rounds: Seen[][] = [];
  const stopping = new AbortController();
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      const round = await Promise.all(
        cluster.slaves.map(async ({ nodeId, apiUrl }) => {
          const { streams } = (await (
            await fetch(`${apiUrl}/api/streams`, { headers: { authorization: `Bearer ${adminToken}` } })
          ).json()) as {
            streams: { path: string; role: string; epoch: number }[];
          };
          return streams.filter((stream) => stream.path === path && stream.role === "origin").map(({ epoch }) => ({ node: nodeId, epoch }));
        }),
      );
      rounds.push(round.flat());
      await sleep(50);
    }
  })();
  return async () => {
    stopping.abort();
    await watching;
    return rounds;
  };
}

describe("teachers race for a class", () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ slaves: 2, gateway: true, slave: { HEARTBEAT_INTERVAL: "1" } });
  });
  after(() => cluster.stop());

  const doors: Record<string, (lesson: ClassWithKey) => readonly string[]> = {
    "two slaves": (lesson) =>
      cluster.slaves.map(({ rtmpPort }) => `rtmp://127.0.0.1:${rtmpPort}/live/${lesson.name}?key=${lesson.stream_key}`),
    "the gateway and a slave": (lesson) => [
      cluster.gatewayUrl(lesson),
      `rtmp://127.0.0.1:${cluster.slaves[1]?.rtmpPort}/live/${lesson.name}?key=${lesson.stream_key}`,
    ],
  };
  for (const [index, [what, urlsOf]] of Object.entries(doors).entries()) {
    test(`through ${what}: one is let in, the other refused before it sends, and there is one origin at any time`, async () => {
      const lesson = await cluster.createClass(`raced-${index}`);
      // A slave that has to ask for the class first comes too late for a race: a heartbeat tells it.
      await sleep(1_200);
      const stopWatching = watchOrigins(cluster, lesson.path);
      const publishers = urlsOf(lesson).map((url) => startPublisher(url));
      try {
        const refused = await Promise.race(publishers.map(async (publisher) => ({ publisher, exit: await publisher.exited })));
        assert.match(refused.exit.stderr, /Somebody publishes this class already/);
        const winner = publishers.find((publisher) => publisher !== refused.publisher);
        await eventually("the other one can be watched", async () => {
          const { hls_url: url } = await cluster.token({ user_id: "test", path: lesson.path });
          return (await fetch(url)).ok;
        });
        await sleep(1_500);
        assert.equal(await Promise.race([winner?.exited, sleep(0, "running")]), "running");
      } finally {
        await Promise.all(publishers.map((publisher) => publisher.stop()));
        const rounds = await stopWatching();
        const origins = rounds.filter((round) => round.length > 0);
        assert.ok(origins.length > 10, `${origins.length} looks at an origin`);
        const combinations = new Set(origins.map((round) => round.map(({ node, epoch }) => `${node} ${epoch}`).join(" and ")));
        assert.equal(combinations.size, 1, [...combinations].join("; "));
        assert.equal(origins[0]?.[0]?.epoch, 1);
      }
    });
  }
});
