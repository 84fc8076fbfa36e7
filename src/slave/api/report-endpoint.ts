// POST /live/<name>/report: reads and checks what a player tells. Whether it may tell anything is decided before.
import { Compile } from "typebox/compile";
import { createRateLimiter } from "../../shared/net/rate-limiter.ts";
import { PlayerReport } from "../../shared/protocol/player-messages.ts";
import { maxReportBytes } from "../../shared/protocol/report-limits.ts";
import { createCredibleReports } from "./credible-reports.ts";
import type { MediaResponder } from "./media-response.ts";
import { readBody, refuseUnread } from "./request-body.ts";
import type { Asked } from "./response-observer.ts";

export interface ReportEndpointDeps {
  readonly respond: Pick<MediaResponder, "problem" | "done" | "nowMs">;
  readonly add: (path: string, report: PlayerReport) => void;
}

/** @param viewer jti of its token. @param nowMs monotonic. */
export type ReportEndpoint = (asked: Asked, path: string, viewer: string, nowMs: number) => void;

/** Per viewer: a player reports every few seconds at most, and once more when it leaves. */
const rate = { burst: 6, perSecond: 0.5 };

const schema = Compile(PlayerReport);

export function createReportEndpoint({ respond, add }: ReportEndpointDeps): ReportEndpoint {
  const limiter = createRateLimiter(rate);
  const credible = createCredibleReports();

  function finish(asked: Asked, path: string, viewer: string, nowMs: number, body: Buffer): void {
    const report = parse(body);
    if (report === undefined) return respond.problem(asked, "malformed_request", "the report must be JSON");
    if (!schema.Check(report))
      return respond.problem(asked, "invalid_input", "a report is {join_ms?, delay_ms?, stalls, stalled_ms, window_ms}, in bounds");
    add(path, credible.of(viewer, report, nowMs));
    respond.done(asked);
  }

  return (asked, path, viewer, nowMs) => {
    const waitS = limiter.take(viewer, nowMs);
    if (waitS > 0) refuseUnread(asked, () => respond.problem(asked, "too_many_requests", undefined, Math.ceil(waitS)));
    else readBody(asked, maxReportBytes, respond, (body) => finish(asked, path, viewer, nowMs, body));
  };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch {
    return undefined; // A stranger's bytes; the caller says what is wrong with them.
  }
}
