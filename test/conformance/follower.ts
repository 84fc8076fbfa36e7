// Follows one media playlist as a low-latency player does, blocking reload after blocking reload, and checks each answer.
import { shortUrl, withQuery, type Client } from "./client.ts";
import { createMediaLedger } from "./media-ledger.ts";
import { parsePlaylist, type MediaPlaylist } from "./playlist.ts";
import { checkMediaPlaylist } from "./playlist-rules.ts";
import type { Report } from "./report.ts";
import { checkTokenCarried } from "./token-rules.ts";
import { checkDelta, checkUpdate, contains, containsSegment, lastPosition, nextPosition, type Position } from "./update-rules.ts";

export interface FollowerOptions {
  readonly url: string;
  readonly otherRenditions: number;
  readonly maxProbes: number;
}

export interface Follower {
  readonly url: string;
  latest(): MediaPlaylist | undefined;
  /** Follows until `isOver`. `others` are the followers of the other renditions. */
  run(isOver: () => boolean, others: readonly Follower[]): Promise<void>;
}

export function createFollower(report: Report, client: Client, { url, otherRenditions, maxProbes }: FollowerOptions): Follower {
  const name = shortUrl(url);
  const ledger = createMediaLedger(report, client, { url, maxProbes });
  let latest: MediaPlaylist | undefined;
  let [segmentsSeen, hintsGivenUp] = [0, 0];
  let [lastSegmentAtMs, lastCompleteMsn, longestGapMs] = [Number.NaN, -1, 0];

  /** Fetches and checks a playlist; undefined when the answer is not a usable one. */
  async function load(query: Readonly<Record<string, string | number>>): Promise<MediaPlaylist | undefined> {
    const target = withQuery(url, query);
    const answer = await client.get(target, "playlist", 60_000);
    if (answer.status !== 200) {
      report.observe(`status ${answer.status} for ${shortUrl(target)}`);
      return undefined;
    }
    const playlist = parsePlaylist(answer.body.toString("utf8"));
    if (playlist.kind === "multivariant") {
      report.check("tag-mix", false, "a multivariant playlist where a media playlist belongs", name);
      return undefined;
    }
    checkMediaPlaylist(report, playlist, { url: shortUrl(target), askedSkip: "_HLS_skip" in query, otherRenditions });
    checkTokenCarried(report, playlist, url);
    return playlist;
  }

  function accept(playlist: MediaPlaylist): void {
    if (latest && checkUpdate(report, latest, playlist, name) === "given_up") hintsGivenUp += 1;
    checkInterval(playlist);
    latest = playlist;
    ledger.take(playlist);
  }

  function checkInterval({ segments, targetDurationS = 0 }: MediaPlaylist): void {
    const msn = segments.findLast(({ uri }) => uri !== undefined)?.msn ?? -1;
    if (msn <= lastCompleteMsn) return;
    const nowMs = performance.now();
    const gapMs = nowMs - lastSegmentAtMs;
    segmentsSeen += 1;
    if (!Number.isNaN(gapMs)) {
      longestGapMs = Math.max(longestGapMs, gapMs);
      // Half a second of grace for the network and a busy machine.
      report.check("update-interval", gapMs <= 1500 * targetDurationS + 500, `${(gapMs / 1000).toFixed(1)} s without a new segment`, name);
    }
    [lastSegmentAtMs, lastCompleteMsn] = [nowMs, msn];
  }

  async function reload(current: MediaPlaylist): Promise<boolean> {
    const lowLatency = current.partTargetS !== undefined && current.control.get("CAN-BLOCK-RELOAD") === "YES";
    if (!lowLatency) {
      await new Promise((resolve) => setTimeout(resolve, 500 * (current.targetDurationS ?? 2)));
      const playlist = await load({});
      if (playlist) accept(playlist);
      return playlist !== undefined;
    }
    const asked = nextPosition(current);
    const playlist = await load({ _HLS_msn: asked.msn, _HLS_part: asked.part });
    if (!playlist) return false;
    // The asked part may turn out to be beyond the end of its segment: then it means part 0 of the next (6.2.5.2).
    report.check(
      "blocking-part",
      playlist.ended || contains(playlist, asked),
      () => `asked for part ${text(asked)}, the answer ends with ${text(lastPosition(playlist))}`,
      name,
    );
    accept(playlist);
    return true;
  }

  /** Delta update and rendition reports against what the full playlists say right afterwards. */
  async function compare(others: readonly Follower[]): Promise<void> {
    if (latest?.control.has("CAN-SKIP-UNTIL") === true) {
      const delta = await load({ _HLS_skip: "YES" });
      const full = await load({});
      if (delta && full) {
        checkDelta(report, delta, full, name);
        accept(full);
      }
    }
    for (const other of others) await compareReport(other);
  }

  async function compareReport(other: Follower): Promise<void> {
    const [seen, own] = [other.latest(), await load({})];
    if (!seen || !own) return;
    const told = own.reports.find(({ uri }) => new URL(uri, url).pathname === new URL(other.url).pathname);
    if (!told) {
      report.check("report-true", false, `no report on ${shortUrl(other.url)}`, name);
      return;
    }
    const ownEnd = lastPosition(own);
    const position: Position = { msn: told.lastMsn ?? ownEnd?.msn ?? -1, part: told.lastPart ?? ownEnd?.part ?? -1 };
    const before = lastPosition(seen);
    const behind = before !== undefined && (before.msn > position.msn || (before.msn === position.msn && before.part > position.part));
    report.check("report-true", !behind, `reports ${text(position)} of ${shortUrl(other.url)}, which was at ${text(before)} already`, name);
    const answer = await client.get(other.url, "playlist");
    const now = parsePlaylist(answer.body.toString("utf8"));
    if (now.kind === "media")
      report.check("report-true", contains(now, position), `reports ${text(position)} of ${shortUrl(other.url)}, which is not there`, name);
  }

  async function waitForSegment(current: MediaPlaylist): Promise<void> {
    const last = current.segments.at(-1);
    const msn = last === undefined ? current.mediaSequence : last.uri === undefined ? last.msn : last.msn + 1;
    const playlist = await load({ _HLS_msn: msn });
    if (playlist)
      report.check(
        "blocking-segment",
        containsSegment(playlist, msn),
        `asked for segment ${msn}, the answer does not have it complete`,
        name,
      );
  }

  return {
    url,
    latest: () => latest,
    async run(isOver, others) {
      const first = await load({});
      if (!first) {
        report.observe(`cannot be followed: ${name}`);
        return;
      }
      accept(first);
      const segmentWait = first.control.get("CAN-BLOCK-RELOAD") === "YES" && !first.ended ? waitForSegment(first) : undefined;
      for (let turn = 0; turn < 2 || !isOver(); turn += 1) {
        const current = latest ?? first;
        if (current.ended) break;
        const hint = current.hints.find(({ type }) => type === "PART");
        if (hint && turn % 3 === 0) ledger.takeHint(hint.uri);
        const moved = await reload(current);
        if (!moved) await new Promise((resolve) => setTimeout(resolve, 250));
        if (turn % 6 === 1) await compare(others);
      }
      await segmentWait;
      // The cadence of a new stream, or of a teacher who came back, has to be learned: a few are fair.
      const few = Math.max(3, segmentsSeen / 4);
      report.check(
        "hint-planned",
        hintsGivenUp <= few,
        `${hintsGivenUp} hints were given up at the ends of ${segmentsSeen} segments`,
        name,
      );
      await ledger.finish();
      report.observe(`longest wait for a segment: ${(longestGapMs / 1000).toFixed(2)} s at ${name}`);
    },
  };
}

const text = (position: Position | undefined): string => (position ? `${position.msn}.${position.part}` : "nothing");
