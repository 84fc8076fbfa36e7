// One student's requests for playlists and media: to the node of the moment, repeated and moved like the player's
// (route-loader.ts), counted by kind and node.
import { behindWaitMs, hiccupWaitMs, remedyOf, withheldPlaylistMs } from "../shared/viewing/request-remedy.ts";
import type { SilenceWatch } from "../shared/viewing/silence-watch.ts";
import type { SentTo, StreamRoute } from "../shared/viewing/stream-route.ts";
import { isBlocking } from "../shared/viewing/virtual-url.ts";
import { countError, nodeFigures, recordMs } from "./load-figures.ts";
import type { LoadFigures, RequestKind } from "./load-figures.ts";
import { createViewerConnections } from "./viewer-connections.ts";
import type { Answer, Request } from "./viewer-connections.ts";

export interface Loaded {
  readonly status: number;
  readonly text: string;
  readonly sentTo: SentTo;
}

export interface StudentRequests {
  /** Resolves undefined when all is over: stopped, or not let in any more. */
  load(virtualUrl: string, kind: "playlist" | "media", counted: RequestKind): Promise<Loaded | undefined>;
  readonly bytes: number;
  readonly errors: number;
  close(): void;
}

export interface StudentRequestsDeps {
  readonly route: StreamRoute;
  readonly silence: SilenceWatch;
  readonly signal: AbortSignal;
  readonly pause: (ms: number) => Promise<void>;
  readonly leadsToCluster: (url: string) => Promise<boolean>;
  readonly figures: LoadFigures;
  readonly monotonicMs: () => number;
  readonly random: () => number;
}

export function createStudentRequests(deps: StudentRequestsDeps): StudentRequests {
  const { figures, monotonicMs, pause, random, route, signal } = deps;
  const connections = createViewerConnections();
  const running = new Set<Request>();
  let [bytes, errors] = [0, 0];

  async function send(url: string, kind: "playlist" | "media", began: (request: Request) => void): Promise<Answer> {
    if (!(await deps.leadsToCluster(url))) return { status: 0, reason: "foreign host", text: "", bytes: 0, isAdvised: false };
    const request = connections.get(url, kind === "playlist");
    running.add(request);
    began(request);
    const answer = await request.answer;
    running.delete(request);
    return answer;
  }

  function count(answer: Answer, counted: RequestKind, nodeId: string, tookMs: number): void {
    const node = nodeFigures(figures, nodeId);
    figures.requests[counted] += 1;
    figures.bytes[counted] += answer.bytes;
    bytes += answer.bytes;
    if (node) {
      node.requests += 1;
      node.bytes += answer.bytes;
    }
    if (answer.status === 200) {
      recordMs(figures.times[counted], tookMs);
      if (node && counted === "part") recordMs(node.partMs, tookMs);
      return;
    }
    errors += 1;
    countError(figures, `${counted} ${answer.status === 0 ? (answer.reason ?? "no answer") : answer.status}`);
    if (node) node.errors += 1;
  }

  async function load(virtualUrl: string, kind: "playlist" | "media", counted: RequestKind): Promise<Loaded | undefined> {
    const beganMs = monotonicMs();
    let tries = 0;
    let request: Request | undefined;
    let sentTo: SentTo | undefined;
    const leave = route.enter({ kind, nodeId: () => sentTo?.nodeId, again: () => request?.cancel() });
    try {
      while (!signal.aborted) {
        const target = route.resolve(virtualUrl);
        ({ sentTo } = target);
        const to = target.sentTo;
        const sentMs = monotonicMs();
        const answer = await send(target.url, kind, (sent) => (request = sent));
        sentTo = undefined;
        if (signal.aborted) return undefined;
        // Its node has failed, and the request goes to the next one.
        if (answer.reason === "cancelled") continue;
        count(answer, counted, to.nodeId, monotonicMs() - sentMs);
        if (answer.status === 200) {
          route.answered(to.nodeId, kind, virtualUrl, answer.isAdvised && kind === "playlist");
          return { status: 200, text: answer.text, sentTo: to };
        }
        const failed: Loaded = { status: answer.status, text: "", sentTo: to };
        if (answer.status === 503 && isBlocking(virtualUrl) && monotonicMs() - beganMs < withheldPlaylistMs) {
          await pause(behindWaitMs * (0.5 + random()));
          continue;
        }
        const remedy = remedyOf(answer.status, kind, tries);
        tries += 1;
        if (remedy === "pass") return failed;
        if (remedy === "wait") await pause((answer.status >= 500 ? hiccupWaitMs : behindWaitMs) * (0.5 + random()));
        else if (remedy === "missing") {
          if (route.lastMediaMs() === undefined || !(await deps.silence.lookElsewhere())) return failed;
        } else {
          tries = 0;
          if (!(await route.failed(to, answer.status === 400 ? 0 : answer.status))) return undefined;
        }
      }
      return undefined;
    } finally {
      leave();
    }
  }

  return {
    load,
    get bytes() {
      return bytes;
    },
    get errors() {
      return errors;
    },
    close() {
      for (const request of running) request.cancel();
      connections.close();
    },
  };
}
