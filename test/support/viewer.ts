// A student's player without a picture: plays LL-HLS part by part, asks the master for another node as the real one does,
// and notes what it saw. Cheap, so that hundreds fit beside a cluster; knows nothing of the product's own code.
import { createHash } from "node:crypto";
import type { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { TokenResponse } from "../../src/shared/protocol/viewer-token.ts";
import type { MediaPlaylist, Segment } from "../conformance/playlist.ts";
import { httpCall } from "./http-call.ts";
import type { HttpAnswer } from "./http-call.ts";
import { createPlayClock } from "./play-clock.ts";
import type { ViewingLog } from "./viewing-log.ts";

export interface ViewerConfig {
  readonly name: string;
  readonly className: string;
  readonly masterUrl: string;
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

/** No new part for this long: the player asks for another node. */
const patienceMs = 1_500;
const againAfterMs = 250;
/** A node that failed is not asked for again within this. */
const avoidMs = 10_000;
const adviceHeader = "airclass-advice";
const partsAtStart = 3;

class Failure extends Error {
  /** True when the node itself seems to be gone or useless: go elsewhere at once. */
  readonly leave: boolean;
  constructor(message: string, leave: boolean) {
    super(message);
    this.leave = leave;
  }
}

export function startViewer({ name, className, masterUrl, agent, log, parse }: ViewerConfig): Viewer {
  const clock = createPlayClock();
  const stopping = new AbortController();
  const { signal } = stopping;
  const failed = new Map<string, number>();
  let failures: string[] = [];
  let grant: TokenResponse | undefined;
  let mediaUrl: URL | undefined;
  let last = { msn: -1, part: -1 };
  let [moves, parts, progressMs] = [0, 0, performance.now()];

  const note = (text: string): void => {
    failures = [...failures, text].slice(-50);
  };

  function get(url: URL, token: string, timeoutMs: number): Promise<HttpAnswer> {
    return httpCall({ method: "GET", url, agent, headers: { authorization: `Bearer ${token}` }, timeoutMs, signal });
  }

  /** Another node than those that failed, where there is one. False when the master could not help. */
  async function askMaster(avoid: string | undefined): Promise<boolean> {
    const nowMs = performance.now();
    if (avoid !== undefined) failed.set(avoid, nowMs);
    const exclude = [...failed].filter(([, atMs]) => nowMs - atMs < avoidMs).map(([nodeId]) => nodeId);
    const body = grant ? { exclude } : { user_id: name, class: className, exclude };
    const url = new URL(grant ? "/api/token/refresh" : "/api/token", masterUrl);
    try {
      const headers = { "content-type": "application/json", ...(grant ? { authorization: `Bearer ${grant.token}` } : {}) };
      const answer = await httpCall({
        method: "POST",
        url,
        agent,
        headers,
        body: Buffer.from(JSON.stringify(body)),
        timeoutMs: patienceMs,
        signal,
      });
      if (answer.status !== 200) throw new Error(`${url.pathname}: ${answer.status} ${answer.body.toString().slice(0, 200)}`);
      const next = JSON.parse(answer.body.toString()) as TokenResponse;
      log.issued(next.node_id, next.token);
      if (grant && next.node_id !== grant.node_id) moves += 1;
      if (next.node_id !== grant?.node_id) mediaUrl = undefined;
      grant = next;
      return true;
    } catch (error) {
      if (!signal.aborted) note((error as Error).message);
      return false;
    }
  }

  async function read(url: URL, token: string, timeoutMs = patienceMs): Promise<HttpAnswer> {
    let answer: HttpAnswer;
    try {
      answer = await get(url, token, timeoutMs);
    } catch (error) {
      throw new Failure(`${url.host}${url.pathname}: ${(error as Error).message}`, true);
    }
    const { status } = answer;
    if (status !== 200) throw new Failure(`${url.host}${url.pathname}: ${status}`, status === 401 || status === 403);
    return answer;
  }

  async function play({ node_id: nodeId, token, hls_url: hlsUrl }: TokenResponse): Promise<void> {
    if (!mediaUrl) {
      const url = new URL(hlsUrl);
      url.searchParams.delete("jwt");
      const multivariant = (await read(url, token, patienceMs + 2_000)).body.toString();
      const variant = multivariant.split("\n").find((line) => line !== "" && !line.startsWith("#"));
      if (variant === undefined) throw new Failure("a multivariant playlist without a variant", false);
      mediaUrl = new URL(variant, url);
      await take(await read(mediaUrl, token), nodeId, token, mediaUrl);
      return;
    }
    const url = new URL(mediaUrl);
    url.searchParams.set("_HLS_msn", String(Math.max(0, last.msn)));
    url.searchParams.set("_HLS_part", String(last.part + 1));
    await take(await read(url, token), nodeId, token, mediaUrl);
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
      clock.arrived(progressMs, durationMs);
    }
    if (answer.headers[adviceHeader] === "move") await askMaster(nodeId);
  }

  function newMedia({ segments }: MediaPlaylist): NewMedia[] {
    const listed = segments.filter(({ gap }) => !gap).flatMap(mediaOf);
    if (last.msn === -1) return listed.slice(-partsAtStart);
    return listed.filter(({ segment: { msn }, part }) => msn > last.msn || (msn === last.msn && part > last.part));
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      if (!grant) {
        if (!(await askMaster(undefined))) await pause();
        continue;
      }
      const { node_id: nodeId } = grant;
      try {
        await play(grant);
        if (performance.now() - progressMs < patienceMs) continue;
        throw new Failure(`nothing new from ${nodeId}`, true);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Failure)) throw error;
        note(error.message);
        const patient = !error.leave && performance.now() - progressMs < patienceMs;
        if (!patient) {
          await askMaster(nodeId);
          if (grant.node_id === nodeId) mediaUrl = undefined;
        }
        await pause();
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
