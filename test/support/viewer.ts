// A student's player without a picture: plays LL-HLS part by part, asks the master for another node as the real one does,
// and notes what it saw. Cheap, so that hundreds fit beside a cluster; knows nothing of the product's own code.
import { createHash } from "node:crypto";
import type { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { TokenResponse } from "../../src/shared/protocol/viewer-token.ts";
import type { MediaPlaylist, Segment } from "../conformance/playlist.ts";
import { httpCall, NoAnswer } from "./http-call.ts";
import type { HttpAnswer } from "./http-call.ts";
import { createPlayClock } from "./play-clock.ts";
import type { ViewingLog } from "./viewing-log.ts";

export interface ViewerConfig {
  readonly name: string;
  readonly className: string;
  readonly masterUrl: string;
  /** Nodes that it is not to join on. */
  readonly avoid: readonly string[];
  readonly agent: Agent;
  readonly log: ViewingLog;
  /** Playlists of other viewers of the same node are mostly the same text. */
  readonly parse: (text: string) => MediaPlaylist | undefined;
}

export interface Viewer {
  readonly name: string;
  /** Undefined until it has joined. */
  readonly nodeId: string | undefined;
  /** How often it went on at another node. */
  readonly moves: number;
  /** Parts that it has, whole segments counting as one. */
  readonly parts: number;
  /** Why it asked for another node or tried again, newest last; at most 50. */
  readonly failures: readonly string[];
  longestFreezeMs(): number;
  longestGapMs(): number;
  /** Forgets freezes, moves and failures so far. */
  restart(): void;
  stop(): Promise<void>;
}

/** Nothing came for this long: the node is asked whether it is there at all. */
const silentMs = 1_200;
const probeMs = 1_000;
/** The node answers and has nothing new: after this, and as much again for some, another one is looked at. */
const dryMs = 3_000;
/** A slave holds a viewer's first request while it fetches the stream. */
const firstAnswerMs = 4_000;
const againAfterMs = 250;
const maxAskEveryMs = 8_000;
/** A node that failed is not asked for again within this, unless it serves. */
const avoidMs = 30_000;
const adviceHeader = "airclass-advice";
const partsAtStart = 3;

/** The node does not serve: `gone` when it does not answer at all, or not to this viewer. */
class Failure extends Error {
  readonly gone: boolean;
  constructor(message: string, gone: boolean) {
    super(message);
    this.gone = gone;
  }
}

export function startViewer({ name, className, masterUrl, avoid, agent, log, parse }: ViewerConfig): Viewer {
  const clock = createPlayClock();
  const stopping = new AbortController();
  const { signal } = stopping;
  const failed = new Map<string, number>();
  let failures: string[] = [];
  let grant: TokenResponse | undefined;
  let mediaUrl: URL | undefined;
  let last = { msn: -1, part: -1 };
  let [moves, parts, progressMs] = [0, 0, performance.now()];
  let [asked, askAgainMs] = [0, 0];
  const patienceMs = dryMs * (1 + Math.random());

  const note = (text: string): void => {
    failures = [...failures, text].slice(-50);
  };

  function get(url: URL, token: string, timeoutMs: number): Promise<HttpAnswer> {
    return httpCall({ method: "GET", url, agent, headers: { authorization: `Bearer ${token}` }, timeoutMs, signal });
  }

  const excluded = (): string[] => {
    const nowMs = performance.now();
    return [...failed].filter(([, atMs]) => nowMs - atMs < avoidMs).map(([nodeId]) => nodeId);
  };

  /** A token for another node than `exclude`, or undefined when the master cannot help. */
  async function askMaster(exclude: readonly string[]): Promise<TokenResponse | undefined> {
    const url = new URL(grant ? "/api/token/refresh" : "/api/token", masterUrl);
    const authorization: Record<string, string> = grant ? { authorization: `Bearer ${grant.token}` } : {};
    const headers = { "content-type": "application/json", ...authorization };
    const body = Buffer.from(JSON.stringify(grant ? { exclude } : { user_id: name, class: className, exclude }));
    try {
      const answer = await httpCall({ method: "POST", url, agent, headers, body, timeoutMs: probeMs * 2, signal });
      const text = answer.body.toString();
      if (answer.status !== 200) {
        // Better a node that failed than none.
        if (text.includes('"no_node"')) failed.clear();
        throw new Error(`${url.pathname}: ${answer.status} ${text.slice(0, 200)}`);
      }
      const next = JSON.parse(text) as TokenResponse;
      log.issued(next.node_id, next.token);
      return next;
    } catch (error) {
      if (!signal.aborted) note((error as Error).message);
      return undefined;
    }
  }

  function adopt(next: TokenResponse): void {
    if (grant && next.node_id !== grant.node_id) moves += 1;
    if (next.node_id !== grant?.node_id) mediaUrl = undefined;
    grant = next;
  }

  /** Not more often than is good for a master whose slave has just died. */
  async function goElsewhere(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs < askAgainMs) return;
    askAgainMs = nowMs + Math.min(maxAskEveryMs, 500 * 2 ** asked) * (0.5 + Math.random() / 2);
    asked += 1;
    const next = await askMaster(grant ? excluded() : avoid);
    if (next) adopt(next);
  }

  /** Goes to another node if that one has more. */
  async function lookElsewhere({ node_id: nodeId }: TokenResponse): Promise<void> {
    progressMs = performance.now();
    const candidate = await askMaster([...new Set([...excluded(), nodeId])]);
    if (!candidate || candidate.node_id === nodeId) return;
    try {
      const url = await mediaUrlOf(candidate);
      const newest = parse((await read(url, candidate.token)).body.toString())?.segments.at(-1);
      if (newest && (newest.msn > last.msn || (newest.msn === last.msn && newest.parts.length - 1 > last.part))) adopt(candidate);
    } catch (error) {
      // The present node is no worse for it.
      note((error as Error).message);
    }
  }

  async function read(url: URL, token: string, timeoutMs = probeMs): Promise<HttpAnswer> {
    let answer: HttpAnswer;
    try {
      answer = await get(url, token, timeoutMs);
    } catch (error) {
      throw new Failure(`${url.host}${url.pathname}: ${(error as Error).message}`, true);
    }
    const { status } = answer;
    // 502 and 504 come from a proxy whose node is gone.
    if (status !== 200) throw new Failure(`${url.host}${url.pathname}: ${status}`, [401, 403, 502, 504].includes(status));
    return answer;
  }

  async function mediaUrlOf({ hls_url: hlsUrl, token }: TokenResponse): Promise<URL> {
    const url = new URL(hlsUrl);
    url.searchParams.delete("jwt");
    const multivariant = (await read(url, token, firstAnswerMs)).body.toString();
    const variant = multivariant.split("\n").find((line) => line !== "" && !line.startsWith("#"));
    if (variant === undefined) throw new Failure("a multivariant playlist without a variant", false);
    return new URL(variant, url);
  }

  async function play(current: TokenResponse): Promise<void> {
    const { node_id: nodeId, token } = current;
    const base = (mediaUrl ??= await mediaUrlOf(current));
    const url = new URL(base);
    if (last.msn >= 0) {
      url.searchParams.set("_HLS_msn", String(last.msn));
      url.searchParams.set("_HLS_part", String(last.part + 1));
    }
    let answer: HttpAnswer;
    try {
      answer = await get(url, token, silentMs);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw new Failure(`${url.host}${url.pathname}: ${(error as Error).message}`, true);
      // Silent: is it there at all? A playlist as it stands comes at once.
      await take(await read(base, token), nodeId, token, base);
      return;
    }
    // What it cannot say in a moment (400: too far ahead), it says without being asked for more.
    await take(answer.status === 200 ? answer : await read(base, token), nodeId, token, base);
  }

  async function take(answer: HttpAnswer, nodeId: string, token: string, base: URL): Promise<void> {
    const playlist = parse(answer.body.toString());
    if (!playlist) throw new Failure(`${base.pathname}: no media playlist`, false);
    log.announced(name, nodeId, playlist);
    for (const { segment, part, uri, durationMs } of newMedia(playlist)) {
      const media = await read(new URL(uri, base), token);
      const sha256 = createHash("sha256").update(media.body).digest("hex");
      log.received(nodeId, { discontinuity: segment.discontinuitySequence, msn: segment.msn, part }, sha256);
      last = { msn: segment.msn, part: part === wholeSegment ? segment.parts.length : part };
      parts += 1;
      progressMs = performance.now();
      asked = 0;
      failed.delete(nodeId);
      clock.arrived(progressMs, durationMs);
    }
    if (answer.headers[adviceHeader] !== "move") return;
    const next = await askMaster([...new Set([...excluded(), nodeId])]);
    if (next) adopt(next);
  }

  function newMedia({ segments }: MediaPlaylist): NewMedia[] {
    const listed = segments.filter(({ gap }) => !gap).flatMap(mediaOf);
    if (last.msn === -1) return listed.slice(-partsAtStart);
    return listed.filter(({ segment: { msn }, part }) => msn > last.msn || (msn === last.msn && part > last.part));
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      if (!grant) {
        await goElsewhere();
        if (!grant) await pause();
        continue;
      }
      const current = grant;
      try {
        const before = parts;
        await play(current);
        if (performance.now() - progressMs > patienceMs) await lookElsewhere(current);
        // An answer without news (the teacher is away, say) is no reason to ask as fast as we can.
        if (parts === before && grant === current) await pause();
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Failure)) throw error;
        note(error.message);
        if (error.gone) {
          failed.set(current.node_id, performance.now());
          await goElsewhere();
        } else if (performance.now() - progressMs > patienceMs) await lookElsewhere(current);
        if (grant === current) await pause();
      }
    }
  }
  const pause = (): Promise<unknown> => sleep(againAfterMs, undefined, { signal }).catch(() => undefined); // Stopped: the loop sees it.
  const done = run();

  return {
    name,
    get nodeId() {
      return grant?.node_id;
    },
    get moves() {
      return moves;
    },
    get parts() {
      return parts;
    },
    get failures() {
      return failures;
    },
    longestFreezeMs: () => clock.longestFreezeMs(performance.now()),
    longestGapMs: () => clock.longestGapMs(performance.now()),
    restart() {
      clock.restart(performance.now());
      moves = 0;
      failures = [];
    },
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

interface NewMedia {
  readonly segment: Segment;
  readonly part: number;
  readonly uri: string;
  readonly durationMs: number;
}

/** Number of a segment whose parts are not listed any more. */
const wholeSegment = -1;

function mediaOf(segment: Segment): NewMedia[] {
  if (segment.parts.length === 0)
    return segment.uri === undefined
      ? []
      : [{ segment, part: wholeSegment, uri: segment.uri, durationMs: (segment.durationS ?? 0) * 1_000 }];
  return segment.parts
    .map(({ uri, durationS, gap }, part) => ({ segment, part, uri, durationMs: durationS * 1_000, gap }))
    .filter(({ gap }) => !gap);
}
