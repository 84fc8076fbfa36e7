// The WebRTC door of a slave, put together: sessions of viewers, streams that are fetched for them, and the sweep that looks after both.
import type { KeyObject } from "node:crypto";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import { createStreamPulls } from "./stream-pulls.ts";
import type { RtspOrigin, StreamPulls } from "./stream-pulls.ts";
import type { WebrtcServer } from "./webrtc-server.ts";
import { createWhepSessions } from "./whep-sessions.ts";
import type { EndedWhy, WhepSessions, WhepSessionsDeps } from "./whep-sessions.ts";

export interface Whep {
  readonly sessions: WhepSessions;
  readonly pulls: Pick<StreamPulls, "count" | "release">;
  start(): void;
  /** Sessions are left to the media server. */
  stop(): Promise<void>;
}

export interface WhepDeps {
  readonly server: WebrtcServer;
  readonly mediaPathOf: (path: string) => string;
  readonly isOrigin: (path: string) => boolean;
  readonly originOf: (path: string) => RtspOrigin | undefined;
  readonly mediaKey: KeyObject;
  readonly seen: WhepSessionsDeps["seen"];
  readonly knowledge: WhepSessionsDeps["knowledge"];
  readonly ended: (why: EndedWhy) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface WhepConfig {
  readonly nodeId: string;
  /** Viewers that the node takes; a viewer may have two sessions for a moment. */
  readonly maxConnections: number;
}

/** A token that is called back, or a path whose origin has moved, waits for this at the longest. */
const sweepEveryMs = 1_000;

export function createWhep({ nodeId, maxConnections }: WhepConfig, deps: WhepDeps): Whep {
  const { server, mediaPathOf, clock, logger, knowledge } = deps;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;

  const pulls: StreamPulls = createStreamPulls({
    nodeId,
    server,
    mediaPathOf,
    isOrigin: deps.isOrigin,
    originOf: deps.originOf,
    watchersOf: (path) => sessions.countOf(path),
    mediaKey: deps.mediaKey,
    clusterTimeMs: () => knowledge.clusterTimeMs(clock.wallMs()),
    nowMs: () => clock.monotonicMs(),
    logger,
  });
  const sessions: WhepSessions = createWhepSessions({
    server,
    pulls,
    mediaPathOf,
    seen: deps.seen,
    knowledge,
    maxSessions: maxConnections * 2,
    ended: deps.ended,
    clock,
    logger,
  });

  async function sweep(): Promise<void> {
    await pulls.sweep();
    await sessions.sweep();
    if (!stopped) timer = setTimeout(() => void sweep(), sweepEveryMs);
  }

  return {
    sessions,
    pulls,
    start: () => void sweep(),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await pulls.stop();
    },
  };
}
