// The rules that the conformance checker knows: one line each, with the section it comes from.
// "RFC" is draft-pantos-hls-rfc8216bis; "product" rules are AIRClass's own promises (see docs) or the Fetch standard.

export type RuleLevel = "must" | "should" | "product";

export interface Rule {
  /** Section of RFC 8216bis, or where else the rule comes from. */
  readonly section: string;
  readonly level: RuleLevel;
  /** True when one snapshot of the playlist cannot show it: it needs a stream that goes on while the checker looks. */
  readonly live: boolean;
  readonly summary: string;
}

const must = (section: string, summary: string, live = false): Rule => ({ section, level: "must", live, summary });
const should = (section: string, summary: string, live = false): Rule => ({ section, level: "should", live, summary });
const product = (section: string, summary: string, live = false): Rule => ({ section, level: "product", live, summary });

export const rules = {
  "basic-format": must("4.1, 4.4.1.1", "UTF-8 without BOM or control characters, #EXTM3U first"),
  "attribute-list": must("4.2", "attribute lists are well-formed, typed, with the required attributes and none twice"),
  "tag-mix": must("4.4.3, 4.4.6", "a playlist is either multivariant or media, never both"),
  "tag-once": must("4.4.3", "media playlist tags appear at most once"),
  "tag-order": must("4.4.3.2, 4.4.3.3, 4.4.4.9", "sequence tags come before segments; a segment's tags before its first part"),
  version: must("4.4.1.2, 8", "EXT-X-VERSION is there and high enough for the tags that are used"),

  "mv-variant": must("4.4.6.2", "every variant has a URI line and BANDWIDTH, and names groups that exist"),
  "mv-codecs": should("4.4.6.2", "every variant has CODECS"),
  "renditions-agree": must("6.2.4", "all renditions have the same target duration and server control"),

  "target-duration": must("4.4.3.1", "TARGETDURATION is a whole number ≥ 1, no rounded EXTINF is longer"),
  "extinf-required": must("4.4.4.1", "every segment has an EXTINF"),
  "playlist-type": must("6.2.2", "a live playlist has no EXT-X-PLAYLIST-TYPE"),
  "playlist-length": must("6.2.2", "what is left after removals is at least 3 target durations long"),
  "map-present": must("3.1.2, 4.4.4.5", "fMP4 segments have an EXT-X-MAP"),
  "program-date-time": must("4.4.4.6, B.1", "every segment has an EXT-X-PROGRAM-DATE-TIME"),
  "program-date-consistent": must("6.2.1", "program dates fit the durations; overlaps after a discontinuity stay below a second"),
  "part-inf": must("4.4.3.7", "parts need EXT-X-PART-INF with PART-TARGET"),
  "part-max": must("4.4.4.9", "no part is longer than PART-TARGET"),
  "part-min": must("4.4.4.9", "parts last at least 85 % of PART-TARGET, but independent ones, gaps and the last of a segment"),
  "part-sum": product("3.2", "a segment's parts add up to its EXTINF"),
  "part-window": should("6.2.2", "parts leave the playlist beyond 3 target durations from its end"),
  "part-hold-back": must("4.4.3.8", "PART-HOLD-BACK ≥ 2 × PART-TARGET"),
  "part-hold-back-3": should("4.4.3.8", "PART-HOLD-BACK ≥ 3 × PART-TARGET"),
  "hold-back": must("4.4.3.8", "HOLD-BACK ≥ 3 × target duration"),
  "can-skip-until": must("4.4.3.8", "CAN-SKIP-UNTIL ≥ 6 × target duration"),
  "can-block-reload": must("B.1", "a low-latency playlist offers blocking reload"),
  "preload-hint": product("4.4.5.3, 6.2.6", "a live low-latency playlist hints its next part, once; an ended one hints nothing"),
  "skip-tag": must("4.4.5.2", "EXT-X-SKIP at most once, only where CAN-SKIP-UNTIL offers it and where it was asked for"),
  "report-present": must("B.1", "each playlist reports on the other renditions"),

  "target-constant": must("6.2.1", "TARGETDURATION and PART-TARGET never change", true),
  "msn-forward": must("6.2.2", "EXT-X-MEDIA-SEQUENCE never goes back", true),
  "segment-stable": must("6.2.1, 6.2.2", "a segment keeps its number, URI, duration, date and init section while others leave", true),
  "discontinuity-sequence": must("6.2.2", "discontinuity sequence numbers never go back and stay those of their segments", true),
  "part-stable": must("6.2.1", "a part keeps its place, URI and duration", true),
  "playlist-forward": must("6.2.1", "a later response never ends earlier than one before", true),
  "hint-kept": must("4.4.5.3", "the hinted part appears next, unless its segment ended before it", true),
  "hint-planned": should("6.2.6", "hints foresee where segments end: few are given up", true),
  "update-interval": must("6.2.1", "a new segment comes within 1.5 target durations", true),

  "blocking-part": must("6.2.5.2", "_HLS_msn with _HLS_part answers when that part is in the playlist, not before", true),
  "blocking-segment": must("6.2.5.2", "_HLS_msn alone answers when that segment is complete", true),
  "part-overflow": must("6.2.5.2", "a part index beyond a finished segment means part 0 of the next", true),
  "old-msn": must("6.2.5.2", "an old _HLS_msn gets the whole playlist at once"),
  "part-without-msn": must("6.2.5.2", "_HLS_part without _HLS_msn gets 400"),
  "msn-too-far": should("6.2.5.2", "an _HLS_msn more than 2 ahead gets 400 at once"),
  "delta-update": must("6.2.5.1", "_HLS_skip=YES gives the same playlist, older segments replaced by EXT-X-SKIP"),
  "report-true": must("4.4.5.4", "rendition reports tell where the other renditions really are", true),
  "hint-resource": must("6.2.6", "the hinted URI can be asked for at once and gives the bytes of the part that appears", true),

  "segment-available": must("6.2.1", "a listed segment or init section can be fetched"),
  "part-available": must("6.2.1", "a listed part can be fetched"),
  immutable: product("3", "a URI always gives the same bytes", true),
  "parts-concat": must("3.2", "the parts of a segment, one after the other, are the segment byte for byte"),
  "removed-available": must("6.2.2", "a removed segment can be fetched for its availability duration", true),
  decodes: must("3", "init section and segment decode without an error"),
  "independent-part": must("4.4.4.9", "a part marked INDEPENDENT=YES starts with a keyframe"),
  timeline: must("4.4.4.3, 6.2.1", "timestamps go on from segment to segment unless EXT-X-DISCONTINUITY says so"),

  "content-type": must("4, 3.1", "playlists and media carry their content types"),
  cors: product("Fetch", "every status, errors too, lets other origins read it"),
  "cache-control": product("RFC 9111", "every 200 says how long it may be cached"),
  "not-found": should("6.2.6", "an unknown resource gets 404"),
  "token-carried": product("DESIGN", "the token of the playlist URL is in every URI that it lists"),
  "token-needed": product("DESIGN", "playlist, init, part and segment refuse a request without the token (401)"),
} as const satisfies Record<string, Rule>;

export type RuleId = keyof typeof rules;
export const ruleIds = Object.keys(rules) as RuleId[];
