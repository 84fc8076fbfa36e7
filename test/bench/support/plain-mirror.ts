// Copies what a slave serves to files: the same segments, and a live playlist without low latency, for another server.
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TokenResponse } from "../../../src/shared/protocol/viewer-token.ts";

const pollMs = 200;
/** Files kept after they left the playlist. */
const keptSegments = 30;
const lowLatencyTags = /^#EXT-X-(?:PART|PART-INF|PRELOAD-HINT|SERVER-CONTROL|RENDITION-REPORT|SKIP)\b/;

export interface PlainMirror {
  /** Resolves when the playlist is there. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

/** The playlist as a server without low latency would write it: whole segments only. */
function plainPlaylist(text: string): string {
  const lines = text.split("\n").filter((line) => line !== "" && !lowLatencyTags.test(line));
  // What follows the last whole segment belongs to the one that still grows.
  const end = lines.findLastIndex((line) => !line.startsWith("#"));
  return `${lines.slice(0, end + 1).join("\n")}\n`;
}

/** @param folder ends up with `stream.m3u8`, init and segments. */
export function startPlainMirror({ token, hls_url }: TokenResponse, folder: string): PlainMirror {
  const base = hls_url.slice(0, hls_url.indexOf("index.m3u8"));
  const headers = { authorization: `Bearer ${token}` };
  const kept: string[] = [];
  const stopping = new AbortController();
  let became: (() => void) | undefined;
  let failed: ((error: unknown) => void) | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    [became, failed] = [resolve, reject];
  });

  async function get(name: string): Promise<Buffer> {
    const response = await fetch(new URL(name, `${base}source/`), { headers });
    if (!response.ok) throw new Error(`${name}: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }

  /** Readers never see half a file. */
  async function put(name: string, content: Buffer | string): Promise<void> {
    await writeFile(join(folder, `.${name}`), content);
    await rename(join(folder, `.${name}`), join(folder, name));
  }

  async function copyOnce(): Promise<void> {
    const playlist = plainPlaylist((await get("stream.m3u8")).toString());
    const names = [...playlist.matchAll(/URI="([^"]+)"/g)].map((match) => match[1] ?? "");
    for (const line of playlist.split("\n")) if (line !== "" && !line.startsWith("#")) names.push(line);
    for (const name of names) {
      if (kept.includes(name)) continue;
      await put(name, await get(name));
      kept.push(name);
    }
    await put("stream.m3u8", playlist);
    while (kept.length > keptSegments) {
      const old = kept.find((name) => name.startsWith("seg-")) ?? "";
      kept.splice(kept.indexOf(old), 1);
      await rm(join(folder, old), { force: true });
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await copyOnce();
      became?.();
      await sleep(pollMs);
    }
  }

  const ended = run().catch((error: unknown) => failed?.(error));
  return {
    ready,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
