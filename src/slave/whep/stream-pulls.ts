// Streams whose origin is another node: the media server beside us fetches them from the one beside the origin by RTSP, while somebody
// watches here, with a credential of this node. Follows the origin when it moves, and lets go when nobody watches.
import type { KeyObject } from "node:crypto";
import type { Logger } from "../../shared/logging/logger.ts";
import { mediaCredentialLifetimeS, signMediaCredential } from "../../shared/tokens/media-credential.ts";
import { isSameRun } from "./webrtc-server.ts";
import type { RunningWebrtc, WebrtcServer } from "./webrtc-server.ts";

/** Where a stream can be fetched from. */
export interface RtspOrigin {
  readonly nodeId: string;
  readonly epoch: number;
  /** `rtsp://host:port`. */
  readonly rtspUrl: string;
}

export interface StreamPulls {
  /** Sees to it that the media server has the stream, or knows where to fetch it. False: nobody is known who has it. */
  ready(server: RunningWebrtc, path: string): Promise<boolean>;
  /** Streams that are fetched, or could be at once. */
  readonly count: number;
  /** This node is to be the origin of the stream: the media server must take its publisher. Resolves when it does. */
  release(path: string): Promise<void>;
  /** To be called about every second, one call at a time. */
  sweep(): Promise<void>;
  /** Lets go of all; the media server may outlive this slave. */
  stop(): Promise<void>;
}

export interface StreamPullsDeps {
  readonly nodeId: string;
  readonly server: WebrtcServer;
  readonly mediaPathOf: (path: string) => string;
  /** True while this node is the stream's origin. */
  readonly isOrigin: (path: string) => boolean;
  /** Undefined while none is known that serves RTSP. */
  readonly originOf: (path: string) => RtspOrigin | undefined;
  readonly watchersOf: (path: string) => number;
  readonly mediaKey: KeyObject;
  /** The cluster's wall clock. */
  readonly clusterTimeMs: () => number;
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly logger: Pick<Logger, "info" | "warn">;
}

interface Pull {
  readonly server: RunningWebrtc;
  readonly origin: RtspOrigin;
  /** Monotonic ms: of its credential. */
  readonly madeAtMs: number;
  neededAtMs: number;
}

/** Followed for so long after the last one who watched: somebody who reloads the page finds it running. */
const keptMs = 20_000;
/** Half of a credential's life: what the media server connects with later must still be good. */
const freshMs = mediaCredentialLifetimeS * 500;
const maxPulls = 200;

/** The media server connects when the first one reads, and leaves when the last one has gone. */
const onDemand = {
  sourceOnDemand: true,
  sourceOnDemandStartTimeout: "8s",
  sourceOnDemandCloseAfter: "5s",
  // One connection, which a school's firewalls know, and nothing lost.
  rtspTransport: "tcp",
} as const;

export function createStreamPulls(deps: StreamPullsDeps): StreamPulls {
  const { nodeId, mediaPathOf, isOrigin, originOf, nowMs, logger } = deps;
  const pulls = new Map<string, Pull>();
  const busy = new Map<string, Promise<unknown>>();

  /** One change of a path at a time. */
  async function alone<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
    const before = busy.get(path);
    const mine = (async () => {
      // Its own caller hears of what became of the one before.
      await Promise.allSettled([before]);
      return work();
    })();
    busy.set(path, mine);
    try {
      return await mine;
    } finally {
      if (busy.get(path) === mine) busy.delete(path);
    }
  }

  async function point(server: RunningWebrtc, path: string, origin: RtspOrigin): Promise<void> {
    const { epoch, rtspUrl } = origin;
    const credential = signMediaCredential(deps.mediaKey, { follower: nodeId, holder: origin.nodeId, path, epoch }, deps.clusterTimeMs());
    const source = new URL(`${rtspUrl}/${mediaPathOf(path)}`);
    [source.username, source.password] = [nodeId, credential];
    const pull = { server, origin, madeAtMs: nowMs(), neededAtMs: nowMs() };
    await server.api.setPath(mediaPathOf(path), { source: source.href, ...onDemand });
    pulls.set(path, pull);
    logger.info({ stream: path, from: origin.nodeId, epoch }, "fetched for WebRTC while somebody watches");
  }

  async function letGo(path: string): Promise<void> {
    const pull = pulls.get(path);
    if (!pull) return;
    pulls.delete(path);
    if (!isSameRun(pull.server, deps.server.running)) return;
    try {
      await pull.server.api.removePath(mediaPathOf(path));
    } catch (error) {
      logger.warn({ stream: path, err: error }, "a stream that is fetched for WebRTC could not be let go");
    }
  }

  async function isGood({ server, origin, madeAtMs }: Pull, running: RunningWebrtc, path: string, wanted: RtspOrigin): Promise<boolean> {
    if (!isSameRun(server, running) || !isSame(origin, wanted)) return false;
    if (!(await running.api.hasPath(mediaPathOf(path)))) return false;
    if (nowMs() - madeAtMs < freshMs) return true;
    // An older credential is good as long as its connection lives.
    return (await running.api.path(mediaPathOf(path)))?.available === true;
  }

  async function makeReady(running: RunningWebrtc, path: string): Promise<boolean> {
    if (isOrigin(path)) {
      await letGo(path);
      return true;
    }
    const origin = originOf(path);
    if (!origin || origin.nodeId === nodeId) return false;
    const pull = pulls.get(path);
    if (pull && (await isGood(pull, running, path, origin))) pull.neededAtMs = nowMs();
    else if (!pull && pulls.size >= maxPulls) return false;
    else await point(running, path, origin);
    return true;
  }

  async function look(path: string, pull: Pull): Promise<void> {
    const running = deps.server.running;
    if (!running || !isSameRun(pull.server, running)) return void pulls.delete(path);
    if (deps.watchersOf(path) > 0) pull.neededAtMs = nowMs();
    if (isOrigin(path) || nowMs() - pull.neededAtMs > keptMs) return letGo(path);
    const origin = originOf(path);
    // While no origin is known, the one before is as good as any: it may be back.
    if (origin && origin.nodeId !== nodeId && !isSame(pull.origin, origin)) await point(running, path, origin);
  }

  return {
    async ready(server, path) {
      try {
        return await alone(path, () => makeReady(server, path));
      } catch (error) {
        logger.warn({ stream: path, err: error }, "the media server does not take a stream for WebRTC");
        return false;
      }
    },
    get count() {
      return pulls.size;
    },
    release: (path) => alone(path, () => letGo(path)),
    async sweep() {
      for (const [path, pull] of pulls) {
        try {
          await alone(path, () => look(path, pull));
        } catch (error) {
          // The next sweep finds it as it is, and tries again.
          logger.warn({ stream: path, err: error }, "the media server does not take a stream's new origin");
        }
      }
    },
    async stop() {
      await Promise.all([...pulls.keys()].map((path) => alone(path, () => letGo(path))));
    },
  };
}

const isSame = (a: RtspOrigin, b: RtspOrigin): boolean => a.nodeId === b.nodeId && a.epoch === b.epoch && a.rtspUrl === b.rtspUrl;
