// A real gateway between real ffmpeg and, as slaves, real RTMP servers in processes of their own that record what they
// get and can be killed or stopped. The master's view is a value that a test changes.
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGateway } from "../../src/gateway/gateway.ts";
import type { Gateway } from "../../src/gateway/gateway.ts";
import { createCloser } from "../../src/shared/kernel/closer.ts";
import { systemClock } from "../../src/shared/kernel/clock.ts";
import { createLogger } from "../../src/shared/logging/logger.ts";
import type { LogLevel } from "../../src/shared/logging/logger.ts";
import { runProgram } from "../../src/shared/process/run-program.ts";
import type { GatewayReport, GatewayStreamCopy, GatewayView } from "../../src/shared/protocol/gateway-messages.ts";
import { createRtmpWorkerHost } from "../../src/shared/rtmp/rtmp-worker-host.ts";
import type { StreamMetadata } from "../../src/shared/rtmp/link-frame.ts";
import { readFlvPacket } from "../../src/shared/rtmp/flv.ts";
import { writeRelayRefusal } from "../../src/shared/protocol/relay-refusal.ts";
import { deriveClusterKeys } from "../../src/shared/tokens/cluster-keys.ts";
import { hashSecret } from "../../src/shared/tokens/random-secrets.ts";
import { readRelayCredential } from "../../src/shared/tokens/relay-credential.ts";
import type { RelayGrant } from "../../src/shared/tokens/relay-credential.ts";
import { eventually } from "../support/eventually.ts";
import { publishTarget } from "../support/publish-target.ts";
import { startPublisher, testFfmpeg } from "../support/publisher.ts";
import type { Publisher } from "../support/publisher.ts";

const logger = createLogger((process.env["TEST_LOG_LEVEL"] ?? "silent") as LogLevel, { role: "gateway test" });
const keys = deriveClusterKeys("the cluster secret of the tests");
const streamKey = "s3cret+key";

export interface RecordedFrame {
  readonly type: number;
  readonly timestampMs: number;
  readonly role: string;
  readonly keyframe: boolean;
  readonly hash: string;
}

export interface Recording {
  readonly path: string;
  readonly grant: RelayGrant | undefined;
  readonly frames: RecordedFrame[];
  metadata: StreamMetadata | undefined;
  ended: string | undefined;
}

export interface RecordingSlave {
  readonly nodeId: string;
  readonly port: number;
  readonly pid: number;
  /** One for each publish that was let in. */
  readonly recordings: Recording[];
  /** Every publish that was asked for. */
  readonly asked: (RelayGrant | undefined)[];
  /** Epochs up to this one are refused. */
  knownEpoch: number;
  /** Why it refuses them. */
  refusalCode: string;
  signal(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** Without a gateway in between: anybody may publish. */
async function startRecordingSlave(nodeId: string, { anybody = false } = {}): Promise<RecordingSlave> {
  const recordings: Recording[] = [];
  const asked: (RelayGrant | undefined)[] = [];
  const bySession = new Map<number, Recording>();
  let knownEpoch = 0;
  let refusalCode = "publisher_present";
  const host = createRtmpWorkerHost(
    {
      host: "127.0.0.1",
      port: 0,
      limits: { maxConnections: 20, maxConnectionsPerAddress: 20, publishDeadlineMs: 10_000, idleTimeoutMs: 10_000 },
    },
    {
      logger,
      events: {
        message(message) {
          if (message.kind === "publish") {
            const { path, relay = "", session } = message;
            const grant = readRelayCredential(keys.relay, relay, { nodeId, path }, Date.now());
            asked.push(grant);
            if (!anybody && (!grant || grant.epoch <= knownEpoch)) {
              const code = grant ? refusalCode : "bad_token";
              host.send({ kind: "refuse", session, reason: writeRelayRefusal(code, "It cannot be published here.") });
              return;
            }
            const recording: Recording = { path, grant, frames: [], metadata: undefined, ended: undefined };
            recordings.push(recording);
            bySession.set(session, recording);
            host.send({ kind: "allow", session });
          } else if (message.kind === "media") {
            const { type, timestampMs, payload } = message;
            const packet = readFlvPacket(type, payload);
            const hash = createHash("sha256").update(payload).digest("hex");
            bySession
              .get(message.session)
              ?.frames.push({ type, timestampMs, role: packet?.role ?? "?", keyframe: packet?.keyframe ?? false, hash });
          } else if (message.kind === "metadata") {
            const recording = bySession.get(message.session);
            if (recording) recording.metadata = message.metadata;
          } else if (message.kind === "end") {
            const recording = bySession.get(message.session);
            if (recording) recording.ended = message.why;
          }
        },
        lost() {
          for (const recording of bySession.values()) recording.ended ??= "killed";
          bySession.clear();
        },
      },
    },
  );
  await host.start();
  const { pid } = host;
  if (pid === undefined) throw new Error("the RTMP process did not start");
  return {
    nodeId,
    port: host.port,
    pid,
    recordings,
    asked,
    get knownEpoch() {
      return knownEpoch;
    },
    set knownEpoch(epoch) {
      knownEpoch = epoch;
    },
    get refusalCode() {
      return refusalCode;
    },
    set refusalCode(code) {
      refusalCode = code;
    },
    signal: (signal) => void process.kill(pid, signal),
    async stop() {
      if (host.pid === pid) process.kill(pid, "SIGCONT");
      await host.stop();
    },
  };
}

export interface GatewayRig extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly slaves: RecordingSlave[];
  readonly reports: GatewayReport[];
  /** What the master says from now on. */
  view: GatewayView;
  /** It says nothing any more. */
  masterHangs: boolean;
  addSlave(nodeId: string): Promise<RecordingSlave>;
  /** Says who has the stream. */
  copies(path: string, copies: readonly Partial<GatewayStreamCopy>[]): void;
  drain(nodeId: string): void;
  publish(name: string, options?: { key?: string; args?: readonly string[] }): Publisher;
}

export async function startGatewayRig({ slaves: count = 2, publishWaitMs = 60_000 } = {}): Promise<GatewayRig> {
  const closer = createCloser();
  const slaves: RecordingSlave[] = [];
  const reports: GatewayReport[] = [];
  let view: GatewayView = {
    now_ms: Date.now(),
    settled: true,
    class_grants: {
      version: "1",
      classes: ["math", "music"].map((name) => ({ name, stream_key_hash: hashSecret(streamKey) })),
    },
    nodes: [],
    streams: [],
  };
  const gateway = createGateway(
    { bindHost: "127.0.0.1", rtmpPort: "any", publishWaitMs, gatewayId: "gateway-1", relayKey: keys.relay, viewIntervalMs: 50 },
    {
      logger,
      clock: systemClock,
      async exchange(report) {
        reports.push(report);
        if (rig.masterHangs) await new Promise(() => {});
        return { ...view, now_ms: Date.now() };
      },
    },
  );

  const rig: GatewayRig = {
    gateway,
    slaves,
    reports,
    masterHangs: false,
    get view() {
      return view;
    },
    set view(next) {
      view = next;
    },
    async addSlave(nodeId) {
      const slave = await startRecordingSlave(nodeId);
      closer.add(nodeId, () => slave.stop());
      slaves.push(slave);
      const node = publishTarget(nodeId, { host: "127.0.0.1", rtmp_port: slave.port });
      view = { ...view, nodes: [...view.nodes, node] };
      return slave;
    },
    copies(path, copies) {
      const whole = copies.map((copy) => ({
        node_id: "slave-1",
        role: "replica" as const,
        state: "live" as const,
        epoch: 1,
        msn: 1,
        part: 0,
        lag_s: 0,
        in_sync: true,
        ...copy,
      }));
      view = { ...view, streams: [...view.streams.filter((stream) => stream.path !== path), { path, copies: whole }] };
    },
    drain(nodeId) {
      view = {
        ...view,
        nodes: view.nodes.map((node) => (node.node_id === nodeId ? { ...node, draining: true, publishable: false } : node)),
      };
    },
    publish(name, { key = streamKey, args = [] } = {}) {
      const publisher = startPublisher(`rtmp://127.0.0.1:${gateway.rtmpPort}/live/${name}?key=${key}`, args);
      closer.add("publisher", () => publisher.stop());
      return publisher;
    },
    [Symbol.asyncDispose]: () => closer.close(),
  };
  await closer.orClose(async () => {
    for (let index = 1; index <= count; index += 1) await rig.addSlave(`slave-${index}`);
    closer.add("gateway", () => gateway.stop());
    await gateway.start();
  });
  return rig;
}

export interface Lesson extends AsyncDisposable {
  /** ffmpeg's arguments for sending it in real time, unchanged. */
  readonly args: readonly string[];
  /** What a server gets of it. */
  readonly reference: readonly RecordedFrame[];
}

/** A recorded lesson that ffmpeg sends the same each time; keyframes every second. */
export async function makeLesson({ seconds = 8, video = true } = {}): Promise<Lesson> {
  const folder = await mkdtemp(join(tmpdir(), "airclass-lesson-"));
  const file = join(folder, "lesson.flv");
  const picture = ["-f", "lavfi", "-i", `testsrc2=size=320x180:rate=25:duration=${seconds}`];
  const encode = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "2", "-g", "25"];
  const tone = ["-f", "lavfi", "-i", `sine=frequency=440:sample_rate=48000:duration=${seconds}`, "-c:a", "aac", "-b:a", "64k"];
  const { code, stderr } = await runProgram(
    testFfmpeg,
    ["-v", "error", "-y", ...(video ? [...picture, ...tone.slice(0, 4), ...encode, ...tone.slice(4)] : tone), "-f", "flv", file],
    { timeoutMs: 60_000, maxOutputBytes: 10_000 },
  );
  if (code !== 0) throw new Error(`the lesson could not be made: ${stderr}`);
  const args = ["-re", "-i", file, "-c", "copy"];
  const recorder = await startRecordingSlave("recorder", { anybody: true });
  try {
    // As fast as it goes.
    const { code: sent, stderr: complaint } = await startPublisher(`rtmp://127.0.0.1:${recorder.port}/live/math`, args.slice(1)).exited;
    if (sent !== 0) throw new Error(`the lesson could not be sent: ${complaint}`);
    await eventually("the recorder has it all", () => recorder.recordings[0]?.ended !== undefined);
    const reference = recorder.recordings[0]?.frames ?? [];
    return { args, reference, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
  } finally {
    await recorder.stop();
  }
}
