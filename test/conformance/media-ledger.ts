// Keeps what was downloaded of one rendition and checks the bytes: available, unchanging, decodable, in time.
// Knows playlists only as what to fetch.
import { readStartTimes, readTimescales } from "./boxes.ts";
import { sha256, shortUrl, type Client } from "./client.ts";
import type { MediaPlaylist, Segment } from "./playlist.ts";
import { probe } from "./probe.ts";
import type { Report } from "./report.ts";

export interface MediaLedgerOptions {
  readonly url: string;
  /** How many segments, and how many parts, ffprobe may look at; it costs 0.1 s of CPU each. */
  readonly maxProbes: number;
}

export interface MediaLedger {
  /** Fetches what is new in `playlist`; downloads run in the background. */
  take(playlist: MediaPlaylist): void;
  /** Asks for a hinted resource at once and compares it with the part that appears. */
  takeHint(uri: string): void;
  /** Waits for all downloads and checks what spans segments. */
  finish(): Promise<void>;
}

/** Audio frames do not end where segments do (21 ms at 48 kHz AAC); B-frames move the first decode time. */
const timelineToleranceS = 0.15;

export function createMediaLedger(report: Report, client: Client, { url, maxProbes }: MediaLedgerOptions): MediaLedger {
  const bodies = new Map<string, Promise<Buffer | undefined>>();
  const hashes = new Map<string, string>();
  const background: Promise<void>[] = [];
  const starts = new Map<number, { segment: Segment; init: string; at: ReadonlyMap<number, number> }>();
  const listedParts = new Set<string>();
  const hinted = new Map<string, Promise<{ status: number; hash: string }>>();
  const removed = new Set<number>();
  let known = new Map<number, Segment>();
  const doneSegments = new Set<number>();
  let [segmentProbes, partProbes] = [0, 0];

  const absolute = (uri: string): string => new URL(uri, url).href;
  const run = (work: Promise<void>): void => void background.push(work);

  function fetchOnce(uri: string, rule: "segment-available" | "part-available"): Promise<Buffer | undefined> {
    const target = absolute(uri);
    const existing = bodies.get(target);
    if (existing) return existing;
    const body = client.get(target, "media").then((answer) => {
      const fine = report.check(
        rule,
        answer.status === 200 && answer.body.length > 0,
        `status ${answer.status} for ${shortUrl(uri)}`,
        shortUrl(target),
      );
      if (!fine) return undefined;
      hashes.set(target, sha256(answer.body));
      return answer.body;
    });
    bodies.set(target, body);
    return body;
  }

  async function again(uri: string, rule: "removed-available" | "immutable", what: string): Promise<void> {
    const target = absolute(uri);
    const answer = await client.get(target, "media");
    if (rule === "removed-available")
      report.check(rule, answer.status === 200, `${what} answers ${answer.status} right after it left the playlist`, shortUrl(target));
    const hash = hashes.get(target);
    if (hash !== undefined && answer.status === 200)
      report.check("immutable", sha256(answer.body) === hash, `${what} changed`, shortUrl(target));
  }

  async function tryProbe(rule: "decodes" | "independent-part", name: string, bytes: Buffer): Promise<void> {
    try {
      const { errors, frames, firstVideoIsKey } = await probe(bytes);
      if (rule === "independent-part") {
        report.check(
          rule,
          firstVideoIsKey !== false && frames > 0,
          `${name} is marked independent but does not start with a keyframe`,
          shortUrl(url),
        );
      } else
        report.check(rule, errors === "" && frames > 0, `${name}: ${errors === "" ? "no frame" : errors.slice(0, 200)}`, shortUrl(url));
    } catch (error) {
      report.observe(`ffprobe cannot be run, so nothing was decoded: ${String(error)}`);
    }
  }

  async function takeSegment(segment: Segment): Promise<void> {
    if (segment.uri === undefined || segment.gap) return;
    const name = `segment ${segment.msn}`;
    const [init, body, ...parts] = await Promise.all([
      segment.mapUri === undefined ? undefined : fetchOnce(segment.mapUri, "segment-available"),
      fetchOnce(segment.uri, "segment-available"),
      ...segment.parts.map((part) => fetchOnce(part.uri, "part-available")),
    ]);
    const whole = parts.flatMap((part) => part ?? []);
    if (body && parts.length > 0 && whole.length === parts.length) {
      report.check(
        "parts-concat",
        Buffer.concat(whole).equals(body),
        `${name} is not its ${parts.length} parts one after the other`,
        shortUrl(url),
      );
    }
    if (!init || !body) return;
    starts.set(segment.msn, { segment, init: sha256(init), at: readStartTimes(body, readTimescales(init)) });
    if (segmentProbes++ < maxProbes) await tryProbe("decodes", name, Buffer.concat([init, body]));
    // The later parts first: a keyframe at the start of a segment is the usual case, elsewhere a wrong flag is likelier.
    for (const [index, part] of [...segment.parts.entries()].toReversed()) {
      const bytes = parts[index];
      if (part.independent && bytes && partProbes++ < maxProbes) {
        await tryProbe("independent-part", `part ${segment.msn}.${index}`, Buffer.concat([init, bytes]));
      }
    }
    if (segment.msn % 3 === 0) await again(segment.uri, "immutable", name);
  }

  async function takePart(uri: string): Promise<void> {
    const body = await fetchOnce(uri, "part-available");
    const early = await hinted.get(absolute(uri));
    if (!early || !body) return;
    report.check(
      "hint-resource",
      early.status === 200,
      `the hint for ${shortUrl(uri)} got ${early.status}, yet the part appeared`,
      shortUrl(url),
    );
    if (early.status === 200)
      report.check("hint-resource", early.hash === sha256(body), `${shortUrl(uri)} had other bytes when it was a hint`, shortUrl(url));
  }

  return {
    take(playlist) {
      // Of what was there before the checker came, the newest few are enough.
      const firstTime = known.size === 0;
      const fresh = firstTime ? playlist.segments.slice(-4) : playlist.segments;
      for (const segment of fresh) {
        for (const part of segment.parts) {
          if (part.gap || listedParts.has(part.uri)) continue;
          listedParts.add(part.uri);
          run(takePart(part.uri));
        }
        if (segment.uri === undefined || doneSegments.has(segment.msn) || (!firstTime && known.get(segment.msn)?.uri !== undefined))
          continue;
        doneSegments.add(segment.msn);
        run(takeSegment(segment));
      }
      const now = new Map(playlist.segments.map((segment) => [segment.msn, segment]));
      for (const segment of known.values()) {
        if (segment.uri === undefined) continue;
        const current = now.get(segment.msn);
        const oldPart = segment.parts[0];
        if (!current && segment.msn < playlist.mediaSequence && !removed.has(segment.msn)) {
          removed.add(segment.msn);
          run(again(segment.uri, "removed-available", `segment ${segment.msn}`));
        } else if (current?.parts.length === 0 && oldPart) run(again(oldPart.uri, "removed-available", `part ${segment.msn}.0`));
      }
      known = now;
    },
    takeHint(uri) {
      const target = absolute(uri);
      if (hinted.has(target)) return;
      const work = client.get(target, "media").then((answer) => ({ status: answer.status, hash: sha256(answer.body) }));
      hinted.set(target, work);
      run(work.then(() => undefined));
    },
    async finish() {
      for (let done = 0; done < background.length; done += 1) await background[done];
      for (const [msn, { segment, init, at }] of starts) {
        const before = starts.get(msn - 1);
        if (before) checkTimeline(report, before, { segment, init, at }, url);
      }
    },
  };
}

type Start = { readonly segment: Segment; readonly init: string; readonly at: ReadonlyMap<number, number> };

function checkTimeline(report: Report, before: Start, after: Start, url: string): void {
  const offsets = [...after.at].flatMap(([track, startS]) => {
    const beforeS = before.at.get(track);
    return beforeS === undefined ? [] : [startS - beforeS - (before.segment.durationS ?? 0)];
  });
  const { msn, discontinuity } = after.segment;
  const continuous = offsets.length > 0 && offsets.every((offset) => Math.abs(offset) <= timelineToleranceS);
  const text = offsets.map((offset) => offset.toFixed(3)).join(", ");
  if (discontinuity) {
    if (continuous && before.init === after.init)
      report.observe(`segment ${msn} has EXT-X-DISCONTINUITY, but neither time nor init section changed`);
    return;
  }
  report.check(
    "timeline",
    continuous,
    `timestamps of segment ${msn} are off by ${text} s, and no EXT-X-DISCONTINUITY says so`,
    shortUrl(url),
  );
  report.check(
    "timeline",
    before.init === after.init,
    `segment ${msn} has another init section without EXT-X-DISCONTINUITY`,
    shortUrl(url),
  );
}
