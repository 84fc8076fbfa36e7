// Who was sent where: one entry per token from its issue to its end, for GET /cluster/sessions/<jti>. In memory and
// bounded; nothing depends on it, so that a restart or a flood costs only this view.

/** As it is when its token is issued. */
interface NewSession {
  readonly jti: string;
  readonly userId: string;
  readonly userType: "student" | "teacher";
  readonly action: "read" | "publish";
  readonly path: string;
  readonly nodeId: string;
  /** Unix seconds. */
  readonly issuedAtS: number;
  readonly expiresAtS: number;
}

export interface Session extends NewSession {
  /** Unix ms at which the node was known to have seen the viewer. */
  readonly activatedAtMs: number | undefined;
  /** jti of the token with which the viewer went on at another node. */
  readonly movedTo: string | undefined;
  /** This token was given for another one, or another one for it, at another node: also after it was renewed. */
  readonly hasMoved: boolean;
}

export interface SessionDirectory {
  /** A second call for the same jti (a refresh) keeps when it was first seen. */
  put(session: NewSession): void;
  activated(nodeId: string, jtis: readonly string[], nowMs: number): void;
  /** The viewer of one token got another one for another node. */
  moved(fromJti: string, toJti: string): void;
  get(jti: string, nowMs: number): Session | undefined;
  /** Where the viewer of a token is now: its newest session, and how often it moved since. */
  current(jti: string, nowMs: number): { readonly session: Session; readonly moves: number } | undefined;
  /** All that let somebody watch a stream, whoever and wherever it is. */
  viewersOf(path: string, nowMs: number): Session[];
  readonly size: number;
}

const maxMoves = 10_000;

/** @param maxSessions beyond it the oldest are forgotten: 100,000 take about 40 MB. */
export function createSessionDirectory(maxSessions = 100_000): SessionDirectory {
  /** In order of issue, which is the order of expiry. */
  const sessions = new Map<string, Session>();

  function forget(nowS: number): void {
    for (const [jti, session] of sessions) {
      if (session.expiresAtS > nowS && sessions.size <= maxSessions) return;
      sessions.delete(jti);
    }
  }

  function get(jti: string, nowMs: number): Session | undefined {
    forget(nowMs / 1000);
    return sessions.get(jti);
  }

  return {
    put(session) {
      const { activatedAtMs, hasMoved = false } = sessions.get(session.jti) ?? {};
      sessions.delete(session.jti);
      sessions.set(session.jti, { ...session, activatedAtMs, movedTo: undefined, hasMoved });
      forget(session.issuedAtS);
    },
    activated(nodeId, jtis, nowMs) {
      for (const jti of jtis) {
        const session = sessions.get(jti);
        if (session && session.nodeId === nodeId && session.activatedAtMs === undefined) {
          sessions.set(jti, { ...session, activatedAtMs: nowMs });
        }
      }
    },
    moved(fromJti, toJti) {
      const from = sessions.get(fromJti);
      // In its place, so that the order of expiry stays.
      if (from) sessions.set(fromJti, { ...from, movedTo: toJti, hasMoved: true });
      const to = sessions.get(toJti);
      if (to) sessions.set(toJti, { ...to, hasMoved: true });
    },
    get,
    current(jti, nowMs) {
      let session = get(jti, nowMs);
      if (!session) return undefined;
      let moves = 0;
      // Every token is issued after the one that it follows, so this ends; the bound is for a viewer who moves without end.
      for (; session.movedTo !== undefined && moves < maxMoves; moves += 1) {
        const next = sessions.get(session.movedTo);
        if (!next) break;
        session = next;
      }
      return { session, moves };
    },
    viewersOf(path, nowMs) {
      forget(nowMs / 1000);
      return [...sessions.values()].filter((session) => session.path === path && session.action === "read");
    },
    get size() {
      return sessions.size;
    },
  };
}
