// Slaves without engine and master, for tests of replication: real logs, real packager, real media port and real followers,
// whose gate takes media credentials only. Media is made as fast as the test asks for it.
import { createSecretKey } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TestContext } from "node:test";
import { createFollowerGate } from "../../src/slave/api/follower-gate.ts";
import { createMediaHandler } from "../../src/slave/api/media-handler.ts";
import { createMediaResponder } from "../../src/slave/api/media-response.ts";
import { createMediaServer } from "../../src/slave/api/media-server.ts";
import { createLiveStreams } from "../../src/slave/live/live-streams.ts";
import type { LiveStream } from "../../src/slave/live/live-stream.ts";
import { createPackagingSink } from "../../src/slave/live/packaging-sink.ts";
import { createReplication } from "../../src/slave/replication/create-replication.ts";
import type { ReplicationConfig } from "../../src/slave/replication/create-replication.ts";
import { createLogger } from "../../src/shared/logging/logger.ts";
import { createTrustedProxies } from "../../src/shared/net/trusted-proxies.ts";
import type { LogLevel } from "../../src/shared/logging/logger.ts";
import { systemClock } from "../../src/shared/kernel/clock.ts";
import type { OriginClaim } from "../../src/shared/protocol/epochs.ts";
import { audioFrames, interleaved, syntheticFragment, syntheticInit, videoFrames } from "../support/synthetic-fmp4.ts";

export const path = "live/math";
const mediaKey = createSecretKey(Buffer.alloc(32, 7));
const logger = createLogger((process.env["TEST_LOG_LEVEL"] as LogLevel | undefined) ?? "silent", {});

export interface TestNode {
  readonly nodeId: string;
  readonly streams: ReturnType<typeof createLiveStreams>;
  readonly replication: ReturnType<typeof createReplication>;
  readonly stream: LiveStream;
  readonly port: number;
  readonly mediaUrl: string;
  /** Origins that replication has told of. */
  readonly origins: OriginClaim[];
  /** Requests that its media port was asked, with the epoch that came along. */
  readonly requests: { readonly url: string }[];
  refreshes: number;
  /** What the master answers to an extra heartbeat. */
  onRefresh: (() => void) | undefined;
  viewers: number;
  isOrigin: boolean;
  /** What is to happen before a request is answered; true: it is not answered at all. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Follow these nodes: the first as the master's order, the second as the head of the directory. */
  follow(order: TestNode | undefined, head?: TestNode, epoch?: number): void;
  /** The media port only; again with `listen`. */
  closePort(): Promise<void>;
  listen(): Promise<void>;
  stop(): Promise<void>;
}

export async function startNode(t: TestContext, nodeId: string, config: Partial<ReplicationConfig> = {}): Promise<TestNode> {
  const streams = createLiveStreams({ maxStreams: 10, now: () => performance.now() });
  let server: ReturnType<typeof createMediaServer> | undefined;
  let port = 0;
  const replication = createReplication(
    { nodeId, ...config },
    {
      streams,
      mediaKey,
      clusterTimeMs: () => Date.now(),
      clock: systemClock,
      logger,
      refresh: async () => {
        node.refreshes += 1;
        node.onRefresh?.();
      },
      masterUrl: () => "http://127.0.0.1:1",
      viewersOf: () => node.viewers,
      isOrigin: () => node.isOrigin,
      onOrigin: (_path, origin) => void node.origins.push(origin),
    },
  );
  const followers = createFollowerGate(nodeId, mediaKey);
  const handle = createMediaHandler({
    nodeId,
    gate: {
      check: (token, wanted) => followers.check(token ?? "", wanted, Date.now()) ?? { ok: false, code: "token_invalid" },
    },
    streams,
    copies: {
      want: (wanted, timeoutMs) => replication.want(wanted, timeoutMs),
      copyOf: (wanted) => replication.copyOf(wanted),
      followedBy: (wanted, epoch) => replication.heardOf(wanted, epoch),
    },
    isToMove: () => false,
    clientOf: (request) => createTrustedProxies().clientOf(request),
    report: () => {},
    respond: createMediaResponder(undefined),
    logger,
  });

  const node: TestNode = {
    nodeId,
    streams,
    replication,
    get stream() {
      const stream = streams.get(path);
      if (!stream) throw new Error(`${nodeId} has no stream`);
      return stream;
    },
    get port() {
      return port;
    },
    get mediaUrl() {
      return `http://127.0.0.1:${port}`;
    },
    origins: [],
    requests: [],
    refreshes: 0,
    onRefresh: undefined,
    viewers: 0,
    isOrigin: false,
    intercept: undefined,
    follow(order, head = order, epoch = 1) {
      const entry = (of: TestNode) => ({ path, node_id: of.nodeId, epoch, media_url: of.mediaUrl });
      replication.directed({
        streams: head ? [{ ...entry(head), role: "origin" }] : [],
        follow: order ? [entry(order)] : [],
      });
    },
    async closePort() {
      await server?.stop(0);
      server = undefined;
    },
    async listen() {
      server = createMediaServer({
        host: "127.0.0.1",
        port,
        tls: undefined,
        maxConnections: 100,
        stalledReaderMs: 20_000,
        handle(request, response) {
          node.requests.push({ url: request.url ?? "" });
          if (node.intercept?.(request, response)) return "follower";
          return handle(request, response);
        },
      });
      port = await server.start();
    },
    async stop() {
      await replication.stop();
      await node.closePort();
      streams.close();
    },
  };
  await node.listen();
  t.after(() => node.stop());
  return node;
}

export interface TestPublisher {
  /** So much more media at once. */
  push(seconds: number): void;
  /** Paced as a teacher's; resolves after so much. */
  play(seconds: number): Promise<void>;
  leave(): void;
}

/** A teacher at this node: a second per segment, a fifth per part. A node with a copy becomes the origin of the next epoch. */
export function publish(node: TestNode, { size = 100, renditions = ["source", "360p"] } = {}): TestPublisher {
  if (!node.isOrigin) {
    node.replication.stopFollowing(path);
    node.isOrigin = true;
    const stream = node.streams.get(path);
    stream?.level();
    stream?.promote(node.replication.highestEpoch(path) + 1);
    node.replication.announce(path);
  }
  const sink = createPackagingSink({
    streams: node.streams,
    options: { segmentDurationS: 1, partDurationS: 0.2 },
    logger,
  });
  const init = syntheticInit({ video: true, audio: true });
  sink.started(path, { renditions, epochWallMs: Date.now(), skipUntilMs: 0 });
  for (const name of renditions) sink.init(path, name, { bytes: Buffer.concat([init, Buffer.from(free(size))]) });
  let atS = 0;

  function frames(fromS: number, toS: number) {
    return interleaved(videoFrames({ fps: 30, fromS, toS, gop: 30, bytes: size }), audioFrames(fromS, toS));
  }

  return {
    push(seconds) {
      for (const frame of frames(atS, atS + seconds)) {
        for (const name of renditions)
          sink.fragment(path, name, { bytes: syntheticFragment({ ...frame, bytes: (frame.bytes ?? 20) + name.length }) });
      }
      atS += seconds;
    },
    async play(seconds) {
      const startedMs = performance.now();
      const fromS = atS;
      atS += seconds;
      for (const frame of frames(fromS, atS)) {
        const dueMs = startedMs + (frame.dtsS - fromS) * 1_000;
        const restMs = dueMs - performance.now();
        if (restMs > 1) await new Promise((resolve) => setTimeout(resolve, restMs));
        for (const name of renditions) sink.fragment(path, name, { bytes: syntheticFragment(frame) });
      }
    },
    leave() {
      sink.ended(path, "unpublished");
    },
  };
}

/** A box that tells init segments of different publishers apart. */
function free(size: number): number[] {
  return [0, 0, 0, 12, ...Buffer.from("free"), 0, 0, size >> 8, size & 255];
}
