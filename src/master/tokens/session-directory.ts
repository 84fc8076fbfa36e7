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
}

export interface SessionDirectory {
  /** A second call for the same jti (a refresh) keeps when it was first seen. */
  put(session: NewSession): void;
  activated(nodeId: string, jtis: readonly string[], nowMs: number): void;
  get(jti: string, nowMs: number): Session | undefined;
  readonly size: number;
}

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

  return {
    put(session) {
      const activatedAtMs = sessions.get(session.jti)?.activatedAtMs;
      sessions.delete(session.jti);
      sessions.set(session.jti, { ...session, activatedAtMs });
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
    get(jti, nowMs) {
      forget(nowMs / 1000);
      return sessions.get(jti);
    },
    get size() {
      return sessions.size;
    },
  };
}
