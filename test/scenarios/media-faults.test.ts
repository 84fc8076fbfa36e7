// What goes wrong between teacher and student while a class runs: ffmpeg dies or hangs, the teacher leaves and comes
// back. Students' playlists go on.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, test } from "node:test";
import type { ClassWithKey } from "../../src/shared/protocol/classes.ts";
import type { MediaPlaylist } from "../conformance/playlist.ts";
import { startCluster } from "../support/cluster.ts";
import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { readMediaPlaylist, withQuery } from "../support/playlist-reader.ts";
import { descendantsOf } from "../support/processes.ts";

const picture = (size: string) =>
  [
    `-re -f lavfi -i testsrc2=size=${size}:rate=30 -re -f lavfi -i sine=frequency=440:sample_rate=48000`,
    "-c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -b:v 300k -g 30 -c:a aac -b:a 64k",
  ].flatMap((part) => part.split(" "));

/** Reads a playlist again and again, and keeps every segment that was ever listed. */
function follow(url: string) {
  const segments = new Map<number, MediaPlaylist["segments"][number]>();
  const problems: string[] = [];
  let lastMsn = -1;
  const stopping = new AbortController();
  const done = (async () => {
    while (!stopping.signal.aborted) {
      try {
        const { playlist } = await readMediaPlaylist(url);
        const last = playlist.segments.at(-1)?.msn ?? -1;
        if (last < lastMsn) problems.push(`MSN ${last} after ${lastMsn}`);
        lastMsn = last;
        for (const segment of playlist.segments) if (segment.uri !== undefined) segments.set(segment.msn, segment);
      } catch (error) {
        problems.push((error as Error).message);
      }
      await sleep(250);
    }
  })();
  return {
    segments,
    problems,
    newest: () => Math.max(-1, ...segments.keys()),
    discontinuities: () => [...segments.values()].filter(({ discontinuity }) => discontinuity).length,
    assertNoneMissed() {
      const msns = [...segments.keys()].toSorted((a, b) => a - b);
      assert.deepEqual(
        msns,
        Array.from(msns, (_, index) => (msns[0] ?? 0) + index),
      );
    },
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

/** All ffmpegs of the first test have been told apart: what starts from here on is not taken for one of them. */
const victimsKnown = Promise.withResolvers<void>();

/** Starts a teacher, and finds the ffmpeg that the slave starts for it. */
async function publishAndFind(cluster: Cluster, lesson: ClassWithKey): Promise<number> {
  const before = new Set((await descendantsOf(process.pid)).map(({ pid }) => pid));
  const teacher = await cluster.publish(lesson, { args: picture("320x180") });
  const isNew = ({ pid, command }: { pid: number; command: string }) => !before.has(pid) && pid !== teacher.pid && /ffmpeg/.test(command);
  const victim = (await descendantsOf(process.pid)).find(isNew);
  assert.ok(victim, "the slave's ffmpeg");
  return victim.pid;
}

// Side by side: both mostly wait for media.
describe("while a class runs", { concurrency: true }, () => {
  test("ffmpeg of one stream is killed, of another stopped: at most one discontinuity, playlists go on; the third notices nothing", async () => {
    const cluster = await startCluster({ slave: { HEARTBEAT_INTERVAL: "1" } });
    try {
      const lessons = {
        killed: await cluster.createClass("killed"),
        stopped: await cluster.createClass("stopped"),
        other: await cluster.createClass("other"),
      };
      const killed = await publishAndFind(cluster, lessons.killed);
      const stopped = await publishAndFind(cluster, lessons.stopped);
      await cluster.publish(lessons.other, { args: picture("320x180") });
      victimsKnown.resolve();
      const watch = async ({ path }: ClassWithKey) => follow((await cluster.token({ user_id: "kim", path })).hls_url);
      const hurt = [await watch(lessons.killed), await watch(lessons.stopped)];
      const other = await watch(lessons.other);
      const all = [...hurt, other];
      await eventually("all run", () => all.every((view) => view.newest() >= 1));
      const msns = all.map((view) => view.newest());
      process.kill(killed, "SIGKILL");
      process.kill(stopped, "SIGSTOP");
      await eventually("they go on", () => hurt.every((view, index) => view.newest() >= (msns[index] ?? 0) + 4), 40_000);
      await Promise.all(all.map((view) => view.stop()));
      assert.deepEqual(
        all.map(({ problems }) => problems),
        [[], [], []],
      );
      for (const view of hurt) assert.ok(view.discontinuities() <= 1, `${view.discontinuities()} discontinuities`);
      assert.equal(other.discontinuities(), 0);
      assert.ok(other.newest() >= (msns[2] ?? 0) + 3);
      for (const view of all) view.assertNoneMissed();
    } finally {
      victimsKnown.resolve();
      await cluster.stop();
    }
  });

  test("the teacher leaves and returns with another size: the same playlist, one discontinuity, numbers go on", async () => {
    const cluster = await startCluster({ slave: { HEARTBEAT_INTERVAL: "1" } });
    try {
      const lesson = await cluster.createClass("math");
      await victimsKnown.promise;
      const first = await cluster.publish(lesson, { args: picture("320x180") });
      const { hls_url: url } = await cluster.token({ user_id: "kim", path: lesson.path });
      const view = follow(url);
      await eventually("two segments", () => view.newest() >= 1);
      const { url: mediaUrl, playlist } = await readMediaPlaylist(url);
      const blocked = fetch(withQuery(mediaUrl, { _HLS_msn: (playlist.segments.at(-1)?.msn ?? 0) + 1 }));
      await first.stop();
      assert.equal((await blocked).status, 200, "who waited for the next segment gets the playlist as it stands");
      await eventually("the stream waits", async () => {
        const { streams } = (await (await cluster.fetch("/cluster/streams")).json()) as { streams: { path: string; state: string }[] };
        return streams.length === 1 && streams.every(({ state }) => state === "waiting");
      });
      const waiting = readMediaPlaylist(mediaUrl);
      assert.deepEqual((await waiting).playlist.hints, [], "nothing is promised while nobody publishes");
      await sleep(3_000);
      const msn = view.newest();
      await cluster.publish(lesson, { args: picture("640x360") });
      await eventually("it goes on", () => view.newest() >= msn + 3);
      await view.stop();
      assert.deepEqual(view.problems, []);
      assert.equal(view.discontinuities(), 1);
      view.assertNoneMissed();
      const inits = new Set([...view.segments.values()].map(({ mapUri }) => mapUri));
      assert.equal(inits.size, 2);
    } finally {
      await cluster.stop();
    }
  });
});
