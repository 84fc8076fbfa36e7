// Who may publish, asked with real RTMP publishers of a real cluster.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import type { ClassWithKey } from "../../src/shared/protocol/classes.ts";
import { startCluster } from "../support/cluster.ts";
import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { readMediaPlaylist } from "../support/playlist-reader.ts";
import { startPublisher, testFfmpeg } from "../support/publisher.ts";
import type { Publisher } from "../support/publisher.ts";
import { runProgram } from "../../src/shared/process/run-program.ts";

const small = "-re -f lavfi -i testsrc=size=160x90:rate=15 -c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -g 15".split(
  " ",
);

describe("publishing", () => {
  let cluster: Cluster;
  const publishers: Publisher[] = [];

  before(async () => {
    // An hour between heartbeats: what the slave learns here it learns by asking.
    cluster = await startCluster({ slaves: 2, slave: { HEARTBEAT_INTERVAL: "300" } });
  });
  after(async () => {
    await Promise.all(publishers.map((publisher) => publisher.stop()));
    await cluster?.stop();
  });

  function publish(name: string, slave = 0): Publisher {
    const publisher = startPublisher(`rtmp://127.0.0.1:${cluster.slaves[slave]?.rtmpPort}/live/${name}`, small);
    publishers.push(publisher);
    return publisher;
  }

  const urlOf = (name: string) => tokenUrl(name, 0);
  async function tokenUrl(name: string, slave: number): Promise<string> {
    const exclude = cluster.slaves.filter((_, other) => other !== slave).map(({ nodeId }) => nodeId);
    return (await cluster.token({ user_id: "kim", path: `live/${name}`, exclude })).hls_url;
  }

  async function accepted(publisher: Publisher, name: string, slave = 0): Promise<void> {
    const url = await tokenUrl(name, slave);
    await Promise.race([
      eventually(`${name} can be watched`, async () => (await fetch(url)).ok),
      publisher.exited.then(({ stderr }) => assert.fail(`refused: ${stderr}`)),
    ]);
  }

  /** Refused before it could send media: ffmpeg ends by itself, and nobody can watch. */
  async function refused(publisher: Publisher, what: string): Promise<void> {
    const ended = await Promise.race([publisher.exited, sleep(15_000, undefined, { ref: false }).then(() => undefined)]);
    assert.ok(ended, `${what}: still publishing`);
    assert.notEqual(ended.code, 0, what);
  }

  test("no key, a wrong key, no such class, a hostile name: refused, and nothing can be watched", async () => {
    const lesson = await cluster.createClass("refusals");
    const attempts = {
      "no key": "refusals",
      "an empty key": "refusals?key=",
      "a wrong key": "refusals?key=wrong",
      "the key of nothing": `unknown?key=${lesson.stream_key}`,
      "another case": `Refusals?key=${lesson.stream_key}`,
      "a flag": `--help?key=${lesson.stream_key}`,
      "a path": `../refusals?key=${lesson.stream_key}`,
      SQL: `refusals'--?key=${lesson.stream_key}`,
      "a token that is none": "refusals?jwt=x.y.z",
    };
    await Promise.all(Object.entries(attempts).map(([what, name]) => refused(publish(name), what)));
    const response = await fetch(await urlOf("refusals"));
    assert.ok([404, 503].includes(response.status), String(response.status));
  });

  test("a class made a moment ago is known at once; wrong keys meanwhile do not keep the right one out", async () => {
    const lesson = await cluster.createClass("fresh");
    await accepted(publish(`fresh?key=${lesson.stream_key}`), "fresh");
    const before = await readMediaPlaylist(await urlOf("fresh"));
    await refused(publish("fresh?key=wrong"), "a wrong key for a stream that runs");
    await eventually("the running publisher goes on", async () => {
      const { playlist } = await readMediaPlaylist(await urlOf("fresh"));
      assert.ok(playlist.segments.every(({ discontinuity }) => !discontinuity));
      return playlist.segments.length > before.playlist.segments.length;
    });
  });

  test("a rotated key: the old one is refused, the new one accepted", async () => {
    const lesson = await cluster.createClass("rotated");
    await accepted(publish(`rotated?key=${lesson.stream_key}`), "rotated");
    const rotated = (await (await cluster.fetch("/api/classes/rotated/rotate-key", { method: "POST" })).json()) as ClassWithKey;
    assert.notEqual(rotated.stream_key, lesson.stream_key);
    publish(`rotated?key=${rotated.stream_key}`);
    await eventually("who comes with the new key takes over", async () => {
      const { playlist } = await readMediaPlaylist(await urlOf("rotated"));
      return playlist.segments.some(({ discontinuity }) => discontinuity);
    });
    await refused(publish(`rotated?key=${lesson.stream_key}`), "the old key");
  });

  test("a token to publish is good for its node and path, and a viewer's is not", async () => {
    await cluster.createClass("by-token");
    await cluster.createClass("another");
    const exclude = ["slave-2"];
    const { token } = await cluster.token({ user_id: "t", user_type: "teacher", action: "publish", path: "live/by-token", exclude });
    const { token: reading } = await cluster.token({ user_id: "t", path: "live/by-token", exclude });
    await Promise.all([
      refused(publish(`by-token?jwt=${token}`, 1), "on another node"),
      refused(publish(`another?jwt=${token}`), "for another path"),
      refused(publish(`by-token?jwt=${reading}`), "a viewer's token"),
    ]);
    await accepted(publish(`by-token?jwt=${token}`), "by-token");
  });

  test("RTMP gives no picture to anybody, key and token or not", async () => {
    const lesson = await cluster.createClass("no-play");
    await accepted(publish(`no-play?key=${lesson.stream_key}`), "no-play");
    const { token } = await cluster.token({ user_id: "kim", path: "live/no-play", exclude: ["slave-2"] });
    for (const query of ["", `?key=${lesson.stream_key}`, `?jwt=${token}`]) {
      const url = `rtmp://127.0.0.1:${cluster.slaves[0]?.rtmpPort}/live/no-play${query}`;
      const args = ["-hide_banner", "-v", "error", "-nostdin", "-i", url, "-frames:v", "1", "-f", "null", "-"];
      const { code, signal } = await runProgram(testFfmpeg, args, { timeoutMs: 10_000, maxOutputBytes: 4_096 });
      assert.ok(code !== 0 || signal !== undefined, `played with ${query}`);
    }
    assert.equal((await fetch(await urlOf("no-play"))).status, 200);
  });
});

test("a closed class ends who publishes, with the next heartbeat, and tells who comes why; opened again it goes on", async () => {
  const cluster = await startCluster({ slave: { HEARTBEAT_INTERVAL: "0.5" } });
  const publish = (key: string) => startPublisher(`rtmp://127.0.0.1:${cluster.slaves[0]?.rtmpPort}/live/math?key=${key}`, small);
  const close = async (closed: boolean) => {
    const init = { method: "PATCH", body: JSON.stringify({ closed }), headers: { "content-type": "application/json" } };
    assert.equal((await cluster.fetch("/api/classes/math", init)).status, 200);
  };
  let late: Publisher | undefined;
  try {
    const lesson = await cluster.createClass("math");
    const first = await cluster.publish(lesson, { args: small });
    await close(true);
    const inTime = sleep(20_000, undefined, { ref: false }).then(() => assert.fail("still publishing"));
    await Promise.race([first.exited, inTime]);
    const refused = await publish(lesson.stream_key).exited;
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /This class is closed/);
    await close(false);
    // The slave asks the master before it refuses.
    late = publish(lesson.stream_key);
    await eventually("it can be watched again", async () => {
      const { hls_url: url } = await cluster.token({ user_id: "kim", path: lesson.path });
      return (await fetch(url)).ok;
    });
  } finally {
    await late?.stop();
    await cluster.stop();
  }
});

test("a rotated key and a deleted class end who publishes, with the next heartbeat; others go on", async () => {
  const cluster = await startCluster({ slave: { HEARTBEAT_INTERVAL: "0.5" } });
  try {
    const [rotated, deleted, other] = await Promise.all(["rotated", "deleted", "other"].map((name) => cluster.createClass(name)));
    assert.ok(rotated && deleted && other);
    const [first, second, third] = await Promise.all([rotated, deleted, other].map((lesson) => cluster.publish(lesson, { args: small })));
    assert.ok(first && second && third);
    const { hls_url: url } = await cluster.token({ user_id: "kim", path: deleted.path });
    assert.equal((await fetch(url)).status, 200);
    await cluster.fetch("/api/classes/rotated/rotate-key", { method: "POST" });
    await cluster.fetch("/api/classes/deleted", { method: "DELETE" });
    let running = true;
    void third.exited.then(() => (running = false));
    const inTime = sleep(20_000, undefined, { ref: false }).then(() => assert.fail("still publishing"));
    await Promise.race([Promise.all([first.exited, second.exited]), inTime]);
    await eventually("nobody can watch the deleted class", async () => (await fetch(url)).status === 401);
    assert.ok(running);
  } finally {
    await cluster.stop();
  }
});
