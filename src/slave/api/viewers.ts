// Who watches: one viewer per token (jti) seen lately. Time is an argument; bounded.
import type { TokenClaims } from "../../shared/protocol/viewer-token.ts";

/** What is kept of a viewer's token. */
export type ViewerClaims = Pick<TokenClaims, "jti" | "path" | "iat" | "exp" | "user_id" | "user_type">;

interface Viewer {
  /** Of the token seen last: a renewed one has another end. */
  claims: ViewerClaims;
  readonly firstSeenMs: number;
  lastSeenMs: number;
}

export interface Viewers {
  /** Notes a request of a token. The claims are kept as they are, so they must not change. */
  seen(claims: ViewerClaims, nowMs: number): void;
  has(jti: string): boolean;
  /** When the first request of a viewer came; undefined when it is none. Who was away for longer than the window begins anew. */
  firstSeenMs(jti: string): number | undefined;
  /** Viewers within the window. */
  count(nowMs: number): number;
  /** Viewers whose last request is at most this old, a second more or less: who has gone is missed sooner than in `count`. */
  countRecent(nowMs: number, withinMs: number): number;
  /** Viewers of one stream within the window. */
  countOf(path: string, nowMs: number): number;
  /** Viewers of one stream within the window, in no order that means anything. */
  listOf(path: string, nowMs: number): { readonly claims: ViewerClaims; readonly firstSeenMs: number }[];
  /** Viewers by stream path. */
  countByPath(nowMs: number): ReadonlyMap<string, number>;
  /** Those of them who watch as teachers. */
  teachersByPath(nowMs: number): ReadonlyMap<string, number>;
  /** Tokens first seen whose report is not acknowledged yet; give the result back to `acknowledge`. */
  activated(): readonly string[];
  acknowledge(reported: readonly string[]): void;
}

/** More activations between two heartbeats than this are reported in the next ones; the message has a bound. */
const maxActivated = 20_000;

/** @param windowMs how long after its last request a token still counts: max(3 × segment duration, 10 s). */
export function createViewers(windowMs: number): Viewers {
  // Oldest first: a seen viewer moves to the end, so that expiry looks only at those that have expired.
  const viewers = new Map<string, Viewer>();
  const unreported = new Set<string>();
  const counts = new Map<string, number>();
  const teachers = new Map<string, number>();

  function changeCount({ path, user_type: userType }: ViewerClaims, by: number): void {
    for (const each of userType === "teacher" ? [counts, teachers] : [counts]) {
      const count = (each.get(path) ?? 0) + by;
      if (count > 0) each.set(path, count);
      else each.delete(path);
    }
  }

  function expire(nowMs: number): void {
    for (const [jti, viewer] of viewers) {
      if (nowMs - viewer.lastSeenMs <= windowMs) return;
      viewers.delete(jti);
      changeCount(viewer.claims, -1);
    }
  }

  return {
    seen(claims, nowMs) {
      const { jti } = claims;
      const known = viewers.get(jti);
      if (known) {
        known.claims = claims;
        // Moving costs two map operations; once a second is precise enough for a window of seconds.
        if (nowMs - known.lastSeenMs < 1_000) return;
        viewers.delete(jti);
        known.lastSeenMs = nowMs;
        viewers.set(jti, known);
        return;
      }
      viewers.set(jti, { claims, firstSeenMs: nowMs, lastSeenMs: nowMs });
      changeCount(claims, 1);
      unreported.add(jti);
      expire(nowMs);
    },
    has: (jti) => viewers.has(jti),
    firstSeenMs: (jti) => viewers.get(jti)?.firstSeenMs,
    count(nowMs) {
      expire(nowMs);
      return viewers.size;
    },
    countRecent(nowMs, withinMs) {
      let recent = viewers.size;
      for (const { lastSeenMs } of viewers.values()) {
        if (nowMs - lastSeenMs <= withinMs) break;
        recent -= 1;
      }
      return recent;
    },
    countOf(path, nowMs) {
      expire(nowMs);
      return counts.get(path) ?? 0;
    },
    listOf(path, nowMs) {
      expire(nowMs);
      return [...viewers.values()].filter(({ claims }) => claims.path === path);
    },
    countByPath(nowMs) {
      expire(nowMs);
      return new Map(counts);
    },
    teachersByPath(nowMs) {
      expire(nowMs);
      return new Map(teachers);
    },
    activated: () => [...unreported].slice(0, maxActivated),
    acknowledge(reported) {
      for (const jti of reported) unreported.delete(jti);
    },
  };
}
