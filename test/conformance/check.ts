// Checks any HLS URL against RFC 8216bis while it streams. Imports nothing of the product.
import { createClient, shortUrl } from "./client.ts";
import { checkDelivery } from "./delivery-rules.ts";
import { createFollower } from "./follower.ts";
import { parsePlaylist, type MediaPlaylist } from "./playlist.ts";
import { checkMultivariant } from "./playlist-rules.ts";
import { createReport, type ConformanceResult, type Report } from "./report.ts";
import type { RuleId } from "./rules.ts";
import { checkTokenCarried, checkTokenNeeded } from "./token-rules.ts";

export interface CheckOptions {
  /** How long to follow the stream, in seconds. Rules marked `live` need a few segments' time. */
  readonly durationS: number;
  readonly fetch?: typeof fetch;
  /** Rules that this stream is known not to keep, for example `update-interval` while its teacher is away. */
  readonly ignore?: readonly RuleId[];
  /** Segments, and parts, per rendition that ffprobe looks at; default 4. */
  readonly maxProbes?: number;
  /** Ends as soon as this rule is seen broken: for who wants to know only that. */
  readonly untilViolated?: RuleId;
}

/** Never throws for what the server does: everything wrong is a violation. */
export async function checkHls(url: string, options: CheckOptions): Promise<ConformanceResult> {
  const report = createReport(options.ignore);
  const client = createClient(report, options.fetch ?? fetch);
  const answer = await client.get(url, "playlist");
  if (!report.check("segment-available", answer.status === 200, `the playlist gets ${answer.status}`, shortUrl(url)))
    return report.result();
  const playlist = parsePlaylist(answer.body.toString("utf8"));
  const urls = [url];
  if (playlist.kind === "multivariant") {
    checkMultivariant(report, playlist, shortUrl(url));
    checkTokenCarried(report, playlist, url);
    const uris = [...playlist.variants.map(({ uri }) => uri), ...playlist.media.flatMap((media) => media.get("URI") ?? [])];
    urls.splice(0, 1, ...new Set(uris.map((uri) => new URL(uri, url).href)));
  }
  const followers = urls.map((each) =>
    createFollower(report, client, { url: each, otherRenditions: urls.length - 1, maxProbes: options.maxProbes ?? 4 }),
  );
  const { durationS, untilViolated } = options;
  const endMs = performance.now() + durationS * 1000;
  const isEnough = () => untilViolated !== undefined && report.violates(untilViolated);
  const isOver = () => performance.now() >= endMs || isEnough();
  const runs = followers.map((follower) =>
    follower.run(
      isOver,
      followers.filter((other) => other !== follower),
    ),
  );
  // A stream that has just begun has no finished segment yet, which some of the edges need.
  while (!isOver() && !followers.every((follower) => hasFinishedSegment(follower.latest()))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const each of urls) if (!isEnough()) await checkEdges(report, each, client);
  await Promise.all(runs);
  checkRenditions(
    report,
    followers.flatMap((follower) => follower.latest() ?? []),
    shortUrl(url),
  );
  return report.result();
}

const hasFinishedSegment = (playlist: MediaPlaylist | undefined): boolean =>
  playlist?.segments.some(({ uri, parts }) => uri !== undefined && parts.length > 0) ?? false;

async function checkEdges(report: Report, url: string, client: ReturnType<typeof createClient>): Promise<void> {
  const answer = await client.get(url, "playlist");
  const playlist = parsePlaylist(answer.body.toString("utf8"));
  if (answer.status !== 200 || playlist.kind !== "media") return;
  await checkDelivery(report, client, playlist, url);
  await checkTokenNeeded(report, client, playlist, url);
}

/** All media playlists of a presentation have the same target duration and the same server control (6.2.4). */
function checkRenditions(report: Report, playlists: readonly MediaPlaylist[], url: string): void {
  const [first, ...others] = playlists;
  if (!first) return;
  const control = (playlist: MediaPlaylist): string =>
    [...playlist.control]
      .map(([name, value]) => `${name}=${value}`)
      .toSorted()
      .join(",");
  for (const other of others) {
    report.check(
      "renditions-agree",
      other.targetDurationS === first.targetDurationS,
      `TARGETDURATION ${first.targetDurationS} and ${other.targetDurationS}`,
      url,
    );
    report.check(
      "renditions-agree",
      control(other) === control(first),
      `EXT-X-SERVER-CONTROL ${control(first)} and ${control(other)}`,
      url,
    );
  }
}
