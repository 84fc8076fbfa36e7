// A slave's media port without the rest of the slave: the real server, handler, gates and log on a real socket; what is
// wanted from other nodes is the test's to say.
import { randomUUID } from "node:crypto";
import type { TestContext } from "node:test";
import { pino } from "pino";
import { systemClock } from "../../src/shared/kernel/clock.ts";
import type { ClusterOrders } from "../../src/shared/protocol/cluster-messages.ts";
import { createTrustedProxies } from "../../src/shared/net/trusted-proxies.ts";
import type { TokenClaims } from "../../src/shared/protocol/viewer-token.ts";
import { deriveClusterKeys } from "../../src/shared/tokens/cluster-keys.ts";
import { signMediaCredential } from "../../src/shared/tokens/media-credential.ts";
import type { MediaGrant } from "../../src/shared/tokens/media-credential.ts";
import { generateSigningKey, sealKeySet } from "../../src/shared/tokens/signing-keys.ts";
import { signToken } from "../../src/shared/tokens/viewer-token.ts";
import type { Copies } from "../../src/slave/api/media-handler.ts";
import { createMediaPort } from "../../src/slave/api/media-port.ts";
import { unobserved } from "../../src/slave/api/response-observer.ts";
import { createViewers } from "../../src/slave/api/viewers.ts";
import { createLiveStreams } from "../../src/slave/live/live-streams.ts";
import type { LiveStream } from "../../src/slave/live/live-stream.ts";
import { createClusterKnowledge } from "../../src/slave/presence/cluster-knowledge.ts";

const clusterKeys = deriveClusterKeys("the cluster secret of the tests");
const partUs = 333_333;

export async function startMediaPort(
  t: TestContext,
  options: { orders?: Partial<ClusterOrders>; maxConnections?: number; proxies?: readonly string[] } = {},
) {
  const nodeId = "slave-1";
  const { key } = generateSigningKey();
  const knowledge = createClusterKnowledge(clusterKeys.sealing);
  const key_set = await sealKeySet([key], clusterKeys.sealing);
  const apply = (more: Partial<ClusterOrders>) =>
    knowledge.apply(
      { now_ms: Date.now(), overload_policy: "distribute", draining: false, key_set, ...more },
      systemClock.wallMs(),
      systemClock.monotonicMs(),
    );
  await apply(options.orders ?? {});
  const maxConnections = options.maxConnections ?? 100;
  const streams = createLiveStreams({ maxStreams: 10, now: () => performance.now() });
  const viewers = createViewers(10_000);
  const followedBy: [path: string, epoch: number][] = [];
  const copies = {
    want: (() => Promise.resolve()) as Copies["want"],
    copyOf: (() => undefined) as Copies["copyOf"],
    followedBy: (...call: (typeof followedBy)[number]) => void followedBy.push(call),
  };
  const port = createMediaPort(
    { nodeId, host: "127.0.0.1", port: 0, tls: undefined, maxConnections, segmentDurationS: 2, corsOrigins: undefined },
    {
      streams,
      copies: {
        want: (path, timeoutMs) => copies.want(path, timeoutMs),
        copyOf: (path) => copies.copyOf(path),
        followedBy: copies.followedBy,
      },
      knowledge,
      viewers,
      mediaKey: clusterKeys.media,
      proxies: createTrustedProxies(options.proxies),
      observer: unobserved,
      playerReported: () => undefined,
      clock: systemClock,
      logger: pino({ level: "silent" }),
    },
  );
  t.after(async () => {
    streams.close();
    await port.stop(0);
  });
  const url = `http://127.0.0.1:${await port.start()}`;

  const token = (claims: Partial<TokenClaims> = {}): string => {
    const iat = Math.floor(Date.now() / 1_000);
    const usual = { user_type: "student", user_id: "kim", action: "read", path: "live/math", node_id: nodeId } as const;
    return signToken(key, { ...usual, jti: randomUUID(), iat, exp: iat + 3_600, ...claims });
  };
  const credential = (grant: Partial<MediaGrant> = {}): string =>
    signMediaCredential(clusterKeys.media, { follower: "slave-2", holder: nodeId, path: "live/math", epoch: 1, ...grant }, Date.now());
  return {
    url,
    streams,
    viewers,
    playersOf: (path: string) => port.playersOf(path),
    knowledge,
    apply,
    copies,
    followedBy,
    token,
    credential,
  };
}

/** A stream with whole segments of six parts, and one more with a few parts that is still open. */
export function fillStream(stream: LiveStream, { segments = 3, openParts = 2, firstMsn = 0, fill = "x", targetDurationS = 2 } = {}): void {
  const { writer } = stream;
  writer.setRenditions(["source"]);
  writer.setTiming({ targetDurationS, partTargetUs: 340_000 });
  writer.setState("live");
  const source = writer.writer("source");
  source.describe({ codecs: "avc1.64001f", width: 1280, height: 720, frameRate: 30, nominalBitrate: undefined });
  source.addInit({ id: source.nextInitId, bytes: Buffer.from("init") });
  const initId = source.nextInitId - 1;
  for (let index = 0; index <= segments; index += 1) {
    const msn = source.nextMsn ?? firstMsn;
    const programDateTimeMs = Date.UTC(2026, 0, 1) + msn * 2_000;
    source.beginSegment({ msn, initId, programDateTimeMs, discontinuity: false, discontinuitySequence: 0 });
    addParts(stream, index < segments ? 6 : openParts, fill);
    if (index < segments) source.endSegment();
  }
}

export function addParts(stream: LiveStream, count: number, fill = "x"): void {
  for (let part = 0; part < count; part += 1)
    stream.writer.writer("source").appendPart({ durationUs: partUs, independent: part === 0, bytes: Buffer.alloc(100, fill) });
}
