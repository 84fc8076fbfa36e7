// Delivery directives at their edges (RFC 8216bis section 6.2.5.2): what a well-behaved player never asks for.
import { shortUrl, withQuery, type Client } from "./client.ts";
import { parsePlaylist, type MediaPlaylist } from "./playlist.ts";
import type { Report } from "./report.ts";

/** Asks a playlist of a running low-latency stream wrongly, too early and too late. `playlist` is what it said a moment ago. */
export async function checkDelivery(report: Report, client: Client, playlist: MediaPlaylist, url: string): Promise<void> {
  const name = shortUrl(url);
  const missing = new URL(url);
  missing.pathname = missing.pathname.replace(/[^/]*$/, "no-such-resource.mp4");
  const notFound = await client.get(missing.href, "probe");
  report.check("not-found", notFound.status === 404, `an unknown resource gets ${notFound.status}`, shortUrl(missing.href));
  if (playlist.ended || playlist.control.get("CAN-BLOCK-RELOAD") !== "YES") return;

  const last = playlist.segments.at(-1);
  const targetMs = 1000 * (playlist.targetDurationS ?? 1);
  const lone = await client.get(withQuery(url, { _HLS_part: 0 }), "probe");
  report.check("part-without-msn", lone.status === 400, `_HLS_part without _HLS_msn gets ${lone.status}`, name);
  const far = await client.get(withQuery(url, { _HLS_msn: (last?.msn ?? 0) + 10, _HLS_part: 0 }), "probe", 4 * targetMs + 2000);
  report.check("msn-too-far", far.status === 400, `_HLS_msn ten ahead gets ${far.status}`, name);
  for (const msn of new Set([0, playlist.mediaSequence])) {
    const old = await client.get(withQuery(url, { _HLS_msn: msn, _HLS_part: 0 }), "playlist", 4 * targetMs + 2000);
    const text = `_HLS_msn=${msn}, which is old, gets ${old.status} after ${old.elapsedMs.toFixed(0)} ms`;
    report.check("old-msn", old.status === 200 && old.elapsedMs < targetMs, text, name);
  }
  const complete = playlist.segments.findLast(({ uri, parts }) => uri !== undefined && parts.length > 0);
  if (!complete || playlist.partTargetS === undefined) return;
  const query = { _HLS_msn: complete.msn, _HLS_part: complete.parts.length };
  const answer = await client.get(withQuery(url, query), "playlist", 4 * targetMs + 2000);
  const told = parsePlaylist(answer.body.toString("utf8"));
  const moved = told.kind === "media" && told.segments.some(({ msn }) => msn > complete.msn);
  report.check(
    "part-overflow",
    answer.status === 200 && moved,
    `part ${complete.msn}.${complete.parts.length}, one beyond the end, gets ${answer.status}${moved ? "" : " without the next segment"}`,
    name,
  );
}
