// Time from a publisher's first RTMP byte to the first part that a viewer holds.
import { setTimeout as sleep } from "node:timers/promises";
import type { ClassWithKey } from "../../../src/shared/protocol/classes.ts";
import type { BenchCluster } from "./bench-cluster.ts";
import { startFirstByteTap } from "./first-byte-tap.ts";

/** How often the playlist is asked for while there is none: the error of the result. */
const pollMs = 5;
const timeoutMs = 15_000;

/** @param lesson known to the slave for a while, nothing published yet. Milliseconds. @throws when no part comes within 15 s. */
export async function timeFirstPart(cluster: BenchCluster, lesson: ClassWithKey): Promise<number> {
  const { hls_url } = await cluster.token(lesson.name, "first-part");
  const playlistUrl = new URL("source/stream.m3u8", hls_url);
  playlistUrl.search = new URL(hls_url).search;
  const tap = await startFirstByteTap(cluster.rtmpPort);
  const publisher = cluster.publish(lesson, tap.port);
  try {
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline) {
      const response = await fetch(playlistUrl);
      const text = await response.text();
      const part = response.ok ? /#EXT-X-PART:[^\n]*URI="([^"]+)"/.exec(text)?.[1] : undefined;
      if (part !== undefined) {
        await (await fetch(new URL(part, playlistUrl))).arrayBuffer();
        return performance.now() - (tap.firstByteMs ?? Number.NaN);
      }
      await sleep(pollMs);
    }
    throw new Error(`no part of ${lesson.name} within ${timeoutMs} ms`);
  } finally {
    await publisher.stop(2_000);
    tap.stop();
  }
}
