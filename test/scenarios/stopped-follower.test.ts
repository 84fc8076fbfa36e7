// A follower that stops reading: it costs the origin nothing, and begins afresh at the live edge when it goes on after its
// upstream's window has passed.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../support/eventually.ts";
import { startTopology } from "../support/topology.ts";
import type { Topology } from "../support/topology.ts";

/** The window is ten segments of a second. */
const stoppedMs = 14_000;
/** Media of that time is 7 MB; a log holds some 15 s of it. */
const mostGrowthBytes = 60 * 1024 * 1024;
const picture =
  "-re -f lavfi -i testsrc2=size=640x360:rate=30 -c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -b:v 4M -minrate 4M -maxrate 4M -bufsize 1M -g 30";

let topology: Topology;
before(async () => {
  topology = await startTopology({ kind: "processes", slaves: 2, slave: { SEGMENT_DURATION: "1", PART_DURATION: "0.2" } });
});
after(() => topology.stop());

async function residentBytes(pid: number | undefined): Promise<number> {
  const [, kilobytes = "0"] = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

test("a follower that stands still neither slows the origin nor fills its memory, and comes back at the live edge", async (t) => {
  const [origin, follower] = topology.slaves;
  assert.ok(origin && follower);
  const lesson = await topology.createClass("steady");
  topology.teach(lesson, { slave: origin, picture: picture.split(" ") });
  const held = async (slave: typeof origin) => (await topology.heldBy(slave)).find(({ path }) => path === lesson.path);
  await eventually("the copy is in sync", async () => (await topology.replicas(lesson.path)).filter(({ in_sync }) => in_sync).length === 2);
  // The log has its full size by then, and Node its heap.
  await eventually("the window is full", async () => ((await held(origin))?.msn ?? 0) - ((await firstMsn()) ?? 0) >= 9);
  async function firstMsn(): Promise<number | undefined> {
    const { hls_url } = await topology.token({ user_id: "kim", path: lesson.path, exclude: [follower?.nodeId ?? ""] });
    const text = await (await fetch(new URL(`source/stream.m3u8?${hls_url.split("?")[1] ?? ""}`, hls_url))).text();
    const [, msn] = /#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text) ?? [];
    return msn === undefined ? undefined : Number(msn);
  }

  const before = { bytes: await residentBytes(origin.pid), msn: (await held(origin))?.msn ?? 0, copy: (await held(follower))?.msn ?? 0 };
  await follower.pause();
  await sleep(stoppedMs);
  const grownBytes = (await residentBytes(origin.pid)) - before.bytes;
  const advanced = ((await held(origin))?.msn ?? 0) - before.msn;
  t.diagnostic(`the origin grew by ${(grownBytes / 1024 / 1024).toFixed(1)} MiB and went on by ${advanced} segments`);
  assert.ok(grownBytes < mostGrowthBytes, `the origin grew by ${grownBytes} bytes`);
  assert.ok(advanced >= 10, `the origin went on by ${advanced} segments in ${stoppedMs} ms`);

  follower.resume();
  await eventually("the follower is at the live edge again", async () => {
    const [own, copy] = [await held(origin), await held(follower)];
    return copy?.role === "replica" && copy.lag_parts === 0 && copy.msn > before.copy + 10 && (own?.msn ?? Infinity) - copy.msn <= 1;
  });
});
