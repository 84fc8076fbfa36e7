// Reads HLS playlists (RFC 8216bis section 4) for the conformance checker. Written from the specification and
// independent of the product's renderer: it must not import anything from src/.
import { parseAttributes, type Attributes } from "./attributes.ts";
import type { RuleId } from "./rules.ts";

export interface Problem {
  readonly rule: RuleId;
  readonly message: string;
}

export interface Part {
  readonly uri: string;
  readonly durationS: number;
  readonly independent: boolean;
  readonly gap: boolean;
}

export interface Segment {
  readonly msn: number;
  readonly discontinuitySequence: number;
  readonly discontinuity: boolean;
  /** Undefined for the open segment at the live edge, of which only parts exist. */
  readonly uri: string | undefined;
  readonly durationS: number | undefined;
  readonly dateMs: number | undefined;
  readonly mapUri: string | undefined;
  readonly gap: boolean;
  readonly parts: readonly Part[];
}

export interface MediaPlaylist {
  readonly kind: "media";
  readonly version: number | undefined;
  readonly targetDurationS: number | undefined;
  readonly mediaSequence: number;
  readonly discontinuitySequence: number;
  readonly partTargetS: number | undefined;
  readonly control: Attributes;
  readonly playlistType: string | undefined;
  readonly ended: boolean;
  /** Segments replaced by EXT-X-SKIP; undefined without the tag. */
  readonly skipped: number | undefined;
  /** Complete segments, then perhaps the open one. */
  readonly segments: readonly Segment[];
  readonly hints: readonly { readonly type: string; readonly uri: string }[];
  readonly reports: readonly { readonly uri: string; readonly lastMsn: number | undefined; readonly lastPart: number | undefined }[];
  readonly problems: readonly Problem[];
}

export interface MultivariantPlaylist {
  readonly kind: "multivariant";
  readonly variants: readonly { readonly uri: string; readonly attributes: Attributes }[];
  readonly media: readonly Attributes[];
  readonly problems: readonly Problem[];
}

const multivariantTags = new Set([
  "EXT-X-MEDIA",
  "EXT-X-STREAM-INF",
  "EXT-X-I-FRAME-STREAM-INF",
  "EXT-X-SESSION-DATA",
  "EXT-X-SESSION-KEY",
  "EXT-X-CONTENT-STEERING",
]);
const onceTags = new Set([
  "EXT-X-TARGETDURATION",
  "EXT-X-MEDIA-SEQUENCE",
  "EXT-X-DISCONTINUITY-SEQUENCE",
  "EXT-X-ENDLIST",
  "EXT-X-PLAYLIST-TYPE",
  "EXT-X-I-FRAMES-ONLY",
  "EXT-X-PART-INF",
  "EXT-X-SERVER-CONTROL",
  "EXT-X-VERSION",
]);
const segmentTags = new Set([
  "EXTINF",
  "EXT-X-BYTERANGE",
  "EXT-X-DISCONTINUITY",
  "EXT-X-KEY",
  "EXT-X-MAP",
  "EXT-X-PROGRAM-DATE-TIME",
  "EXT-X-GAP",
  "EXT-X-BITRATE",
  "EXT-X-PART",
]);

interface Line {
  readonly tag: string | undefined;
  readonly value: string;
}

function splitLines(text: string, problems: Problem[]): Line[] {
  const bad = (message: string) => problems.push({ rule: "basic-format", message });
  if (text.startsWith("\uFEFF")) bad("starts with a byte order mark");
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/.test(text)) bad("contains a control character");
  if (text.includes("\uFFFD")) bad("is not UTF-8");
  const raw = text.split(/\r?\n/);
  if (raw[0] !== "#EXTM3U") bad(`first line is ${JSON.stringify(raw[0]?.slice(0, 40))}, not #EXTM3U`);
  const lines: Line[] = [];
  for (const line of raw.slice(1)) {
    if (line === "" || (line.startsWith("#") && !line.startsWith("#EXT"))) continue;
    if (line === "#EXTM3U") bad("#EXTM3U appears again");
    if (line !== line.trimEnd()) bad(`white space at the end of ${JSON.stringify(line.slice(0, 60))}`);
    const match = /^#(EXT[A-Z0-9-]*)(?::(.*))?$/.exec(line);
    lines.push(match ? { tag: match[1], value: match[2] ?? "" } : { tag: undefined, value: line });
  }
  return lines;
}

/** Reads either kind of playlist; what is wrong with its syntax is in `problems`, it never throws. */
export function parsePlaylist(text: string): MediaPlaylist | MultivariantPlaylist {
  const problems: Problem[] = [];
  const lines = splitLines(text, problems);
  const tags = lines.flatMap(({ tag }) => (tag ? [tag] : []));
  const isMultivariant = tags.some((tag) => multivariantTags.has(tag));
  const isMedia = tags.some((tag) => segmentTags.has(tag) || (onceTags.has(tag) && tag !== "EXT-X-VERSION"));
  if (isMultivariant && isMedia) problems.push({ rule: "tag-mix", message: "multivariant and media playlist tags together" });
  if (!isMultivariant && !isMedia) problems.push({ rule: "tag-mix", message: "neither a multivariant nor a media playlist" });
  return isMultivariant ? readMultivariant(lines, problems) : readMedia(lines, problems);
}

function readMultivariant(lines: readonly Line[], problems: Problem[]): MultivariantPlaylist {
  const variants: { uri: string; attributes: Attributes }[] = [];
  const media: Attributes[] = [];
  let pending: Attributes | undefined;
  for (const { tag, value } of lines) {
    if (tag === undefined) {
      if (pending) variants.push({ uri: value, attributes: pending });
      else problems.push({ rule: "mv-variant", message: `URI ${value} without EXT-X-STREAM-INF` });
      pending = undefined;
      continue;
    }
    if (pending) problems.push({ rule: "mv-variant", message: `EXT-X-STREAM-INF is followed by ${tag}, not by a URI` });
    pending = undefined;
    if (tag === "EXT-X-STREAM-INF") pending = parseAttributes(tag, value, problems);
    if (tag === "EXT-X-MEDIA") media.push(parseAttributes(tag, value, problems));
  }
  if (pending) problems.push({ rule: "mv-variant", message: "EXT-X-STREAM-INF without a URI" });
  return { kind: "multivariant", variants, media, problems };
}

const isWhole = (value: string): boolean => /^\d{1,20}$/.test(value);

function readMedia(lines: readonly Line[], problems: Problem[]): MediaPlaylist {
  const bad = (rule: RuleId, message: string) => void problems.push({ rule, message });
  const whole = (tag: string, value: string): number | undefined => {
    if (isWhole(value)) return Number(value);
    bad("attribute-list", `${tag} is ${JSON.stringify(value)}, not a whole number`);
    return undefined;
  };
  const seen = new Set<string>();
  const segments: Segment[] = [];
  const hints: { type: string; uri: string }[] = [];
  const reports: { uri: string; lastMsn: number | undefined; lastPart: number | undefined }[] = [];
  let version: number | undefined;
  let targetDurationS: number | undefined;
  let partTargetS: number | undefined;
  let skipped: number | undefined;
  let playlistType: string | undefined;
  let mapUri: string | undefined;
  let control: Attributes = new Map();
  let [mediaSequence, discontinuitySequence, discontinuities, ended] = [0, 0, 0, false];
  let open = newOpen();

  function newOpen() {
    return {
      durationS: undefined as number | undefined,
      dateMs: undefined as number | undefined,
      discontinuity: false,
      gap: false,
      parts: [] as Part[],
    };
  }
  function push(uri: string | undefined) {
    segments.push({
      ...open,
      msn: mediaSequence + (skipped ?? 0) + segments.length,
      discontinuitySequence: discontinuitySequence + discontinuities,
      uri,
      mapUri,
    });
    open = newOpen();
  }

  for (const { tag, value } of lines) {
    if (tag === undefined) {
      if (open.durationS === undefined) bad("extinf-required", `segment ${value} has no EXTINF`);
      push(value);
      continue;
    }
    if (onceTags.has(tag) && seen.has(tag)) bad("tag-once", `${tag} appears twice`);
    const beforeParts = (): void => {
      if (open.parts.length > 0) bad("tag-order", `${tag} comes after the first EXT-X-PART of its segment`);
    };
    seen.add(tag);
    switch (tag) {
      case "EXT-X-VERSION":
        version = whole(tag, value);
        break;
      case "EXT-X-TARGETDURATION":
        targetDurationS = whole(tag, value);
        break;
      case "EXT-X-MEDIA-SEQUENCE":
      case "EXT-X-DISCONTINUITY-SEQUENCE":
        if (segments.length > 0 || open.parts.length > 0 || discontinuities > 0) bad("tag-order", `${tag} comes after a segment`);
        if (tag === "EXT-X-MEDIA-SEQUENCE") mediaSequence = whole(tag, value) ?? 0;
        else discontinuitySequence = whole(tag, value) ?? 0;
        break;
      case "EXT-X-PLAYLIST-TYPE":
        playlistType = value;
        break;
      case "EXT-X-ENDLIST":
        ended = true;
        break;
      case "EXT-X-PART-INF":
        partTargetS = Number(parseAttributes(tag, value, problems).get("PART-TARGET"));
        break;
      case "EXT-X-SERVER-CONTROL":
        control = parseAttributes(tag, value, problems);
        break;
      case "EXT-X-SKIP":
        if (skipped !== undefined) bad("skip-tag", "EXT-X-SKIP appears twice");
        skipped = Number(parseAttributes(tag, value, problems).get("SKIPPED-SEGMENTS"));
        break;
      case "EXTINF": {
        const match = /^(\d+(?:\.\d+)?),/.exec(value);
        if (!match) bad("extinf-required", `EXTINF:${value} is not "<seconds>,[title]"`);
        open.durationS = match ? Number(match[1]) : Number.NaN;
        break;
      }
      case "EXT-X-DISCONTINUITY":
        beforeParts();
        open.discontinuity = true;
        discontinuities += 1;
        break;
      case "EXT-X-PROGRAM-DATE-TIME":
        beforeParts();
        open.dateMs = Date.parse(value);
        if (Number.isNaN(open.dateMs)) bad("program-date-time", `${value} is not a date`);
        break;
      case "EXT-X-MAP":
        beforeParts();
        mapUri = parseAttributes(tag, value, problems).get("URI");
        break;
      case "EXT-X-GAP":
        open.gap = true;
        break;
      case "EXT-X-PART": {
        const attributes = parseAttributes(tag, value, problems);
        open.parts.push({
          uri: attributes.get("URI") ?? "",
          durationS: Number(attributes.get("DURATION")),
          independent: attributes.get("INDEPENDENT") === "YES",
          gap: attributes.get("GAP") === "YES",
        });
        break;
      }
      case "EXT-X-PRELOAD-HINT": {
        const attributes = parseAttributes(tag, value, problems);
        hints.push({ type: attributes.get("TYPE") ?? "", uri: attributes.get("URI") ?? "" });
        break;
      }
      case "EXT-X-RENDITION-REPORT": {
        const attributes = parseAttributes(tag, value, problems);
        const lastMsn = attributes.get("LAST-MSN");
        const lastPart = attributes.get("LAST-PART");
        reports.push({
          uri: attributes.get("URI") ?? "",
          lastMsn: lastMsn === undefined ? undefined : Number(lastMsn),
          lastPart: lastPart === undefined ? undefined : Number(lastPart),
        });
        break;
      }
      default:
        break;
    }
  }
  if (open.parts.length > 0) push(undefined);
  else if (open.durationS !== undefined) bad("extinf-required", "EXTINF without a URI");
  return {
    kind: "media",
    version,
    targetDurationS,
    mediaSequence,
    discontinuitySequence,
    partTargetS,
    control,
    playlistType,
    ended,
    skipped,
    segments,
    hints,
    reports,
    problems,
  };
}
