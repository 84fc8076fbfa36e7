// What all simulated viewers of one stream saw, kept small: which bytes each node gave for each part, which numbers it
// announced, and what contradicts the rules of the log. Pure; knows no HTTP.
import type { MediaPlaylist } from "../conformance/playlist.ts";

export interface ViewingLog {
  /** A viewer was given this playlist; `viewer` tells whose, since answers to different viewers may overtake each other. */
  announced(viewer: string, nodeId: string, playlist: MediaPlaylist): void;
  received(nodeId: string, part: SeenPart, sha256: string): void;
  /** A token was issued for this node. */
  issued(nodeId: string, token: string): void;
  readonly problems: readonly string[];
  /** The newest discontinuity number that anybody saw; -1 before the first playlist. */
  readonly discontinuities: number;
  /** How many different ones were seen. */
  readonly timelines: number;
  readonly newestMsn: number;
  /** Different parts that were received. */
  readonly parts: number;
  /** Nodes that gave out a part of this segment or of a later one. */
  nodesSince(msn: number): ReadonlySet<string>;
  /** The newest tokens of each node, at most a few. */
  tokens(): readonly { readonly nodeId: string; readonly token: string }[];
}

export interface SeenPart {
  /** Counts the origins (and the returns of teachers) before it, so it tells epochs apart. */
  readonly discontinuity: number;
  readonly msn: number;
  readonly part: number;
}

const maxProblems = 50;
const tokensPerNode = 8;

export function createViewingLog(path: string): ViewingLog {
  const bytes = new Map<string, Map<string, Set<string>>>();
  const newest = new Map<string, number>();
  const discontinuityOf = new Map<number, number>();
  const nodesByMsn = new Map<number, Set<string>>();
  const tokens = new Map<string, string[]>();
  const problems = new Set<string>();
  const timelines = new Set<number>();
  let [discontinuities, newestMsn] = [-1, -1];

  const bad = (text: string): void => {
    if (problems.size < maxProblems) problems.add(`${path}: ${text}`);
  };

  return {
    get problems() {
      return [...problems];
    },
    get discontinuities() {
      return discontinuities;
    },
    get timelines() {
      return timelines.size;
    },
    get newestMsn() {
      return newestMsn;
    },
    get parts() {
      return bytes.size;
    },
    announced(viewer, nodeId, { segments, mediaSequence }) {
      const last = segments.at(-1);
      if (!last) return;
      const key = `${viewer} ${nodeId}`;
      const before = newest.get(key) ?? -1;
      if (last.msn < before) bad(`${nodeId} announced MSN ${last.msn} after ${before}`);
      newest.set(key, last.msn);
      newestMsn = Math.max(newestMsn, last.msn);
      for (const { msn, discontinuitySequence } of segments) {
        const known = discontinuityOf.get(msn);
        if (known !== undefined && discontinuitySequence < known)
          bad(
            `${nodeId} says that segment ${msn} has discontinuity ${discontinuitySequence}, ${known} was said before (its window begins at ${mediaSequence})`,
          );
        discontinuityOf.set(msn, Math.max(known ?? 0, discontinuitySequence));
        discontinuities = Math.max(discontinuities, discontinuitySequence);
        timelines.add(discontinuitySequence);
      }
    },
    received(nodeId, { discontinuity, msn, part }, sha256) {
      const key = `${discontinuity}/${msn}.${part}`;
      const versions = bytes.get(key) ?? new Map<string, Set<string>>();
      bytes.set(key, versions);
      versions.set(sha256, (versions.get(sha256) ?? new Set()).add(nodeId));
      nodesByMsn.set(msn, (nodesByMsn.get(msn) ?? new Set()).add(nodeId));
      if (versions.size > 1) {
        const said = [...versions].map(([hash, nodes]) => `${hash.slice(0, 8)} on ${[...nodes].join(", ")}`);
        bad(`part ${msn}.${part} after discontinuity ${discontinuity} has different bytes: ${said.join("; ")}`);
      }
    },
    issued(nodeId, token) {
      tokens.set(nodeId, [...(tokens.get(nodeId) ?? []), token].slice(-tokensPerNode));
    },
    nodesSince(msn) {
      const found = new Set<string>();
      for (const [at, nodes] of nodesByMsn) if (at >= msn) for (const node of nodes) found.add(node);
      return found;
    },
    tokens: () => [...tokens].flatMap(([nodeId, list]) => list.map((token) => ({ nodeId, token }))),
  };
}
