// Notes when each part of a stream can be had at one node, by blocking playlist reload as a player does it.
import { parsePlaylist } from "../../conformance/playlist.ts";
import type { MediaPlaylist } from "../../conformance/playlist.ts";

export interface PartObserver {
  /** Monotonic ms by `<msn>.<part>`. */
  readonly seenAtMs: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** @param hlsUrl of a token, with it. @throws when the stream cannot be read there. */
export async function observeParts(hlsUrl: string): Promise<PartObserver> {
  const seenAtMs = new Map<string, number>();
  const stopping = new AbortController();
  const { signal } = stopping;
  const multivariant = await (await fetch(hlsUrl, { signal })).text();
  const variant = multivariant.split("\n").find((line) => line !== "" && !line.startsWith("#"));
  if (variant === undefined) throw new Error(`no variant in ${multivariant}`);
  const playlistUrl = new URL(variant, hlsUrl);

  async function read(query: Record<string, string>): Promise<MediaPlaylist> {
    const url = new URL(playlistUrl);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const response = await fetch(url, { signal });
    const text = await response.text();
    const atMs = performance.now();
    const playlist = response.ok ? parsePlaylist(text) : undefined;
    if (playlist?.kind !== "media") throw new Error(`${url.pathname}: ${response.status}`);
    for (const { msn, parts } of playlist.segments) {
      for (const index of parts.keys()) if (!seenAtMs.has(`${msn}.${index}`)) seenAtMs.set(`${msn}.${index}`, atMs);
    }
    return playlist;
  }

  async function run(): Promise<void> {
    let playlist = await read({});
    while (!signal.aborted) {
      const last = playlist.segments.at(-1);
      const open = last !== undefined && last.uri === undefined;
      const [msn, part] = open ? [last.msn, last.parts.length] : [(last?.msn ?? 0) + 1, 0];
      playlist = await read({ _HLS_msn: String(msn), _HLS_part: String(part) });
    }
  }

  const done = run().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  return {
    seenAtMs,
    async stop() {
      stopping.abort();
      await done;
    },
  };
}
