// The engine with MediaMTX: RTMP comes in by the slave's own door, RTMPS, SRT, RTSP and WebRTC by MediaMTX, and all of it
// through the same slots and the same ffmpeg stage. Joins the parts; the rules are in them.
import { randomSecret, equalSecrets } from "../../../shared/tokens/random-secrets.ts";
import { publishRefusals } from "../../../shared/protocol/publish-refusals.ts";
import type { MediaEngine, PromptPublishGate, PublishRequest } from "../engine.ts";
import { locateFfmpeg } from "../stage/locate-ffmpeg.ts";
import { createPublishSlots } from "../stage/publish-slots.ts";
import type { PublishSlots } from "../stage/publish-slots.ts";
import { createRefusalLog } from "../stage/refusal-log.ts";
import type { Refusal } from "../stage/refusal-log.ts";
import { parseLadder } from "../stage/rendition-ladder.ts";
import { createRtmpIngest } from "../stage/rtmp-ingest.ts";
import type { RtmpIngest } from "../stage/rtmp-ingest.ts";
import { defaultIngestLimits, tickMs } from "../stage/stage-settings.ts";
import type { StageDeps, StageSettings } from "../stage/stage-settings.ts";
import { createAuthHook } from "./auth-hook.ts";
import type { AuthHook } from "./auth-hook.ts";
import { secretOf, topicOf, whipQuestion } from "./auth-rules.ts";
import type { AuthQuestion } from "./auth-rules.ts";
import { locateMediaMtx } from "./locate-mediamtx.ts";
import { isWebrtcPath, streamPathOfMedia } from "./media-paths.ts";
import { attachedHookPath } from "./mediamtx-config.ts";
import type { MediaMtxSettings } from "./mediamtx-config.ts";
import type { MediaMtxHandle } from "./mediamtx-handle.ts";
import { createMediaMtxIngest } from "./mediamtx-ingest.ts";
import type { MediaMtxIngest } from "./mediamtx-ingest.ts";
import { createMediaMtxProcess } from "./mediamtx-process.ts";
import type { MediaMtxLaunch, MediaMtxProcess } from "./mediamtx-process.ts";
import { createPasses } from "./passes.ts";
import { sendStrangersAway } from "./publisher-sessions.ts";
import { createWebRtcCopies } from "./webrtc-copies.ts";
import type { WebRtcCopies } from "./webrtc-copies.ts";

export interface MediaMtxEngineConfig extends StageSettings {
  readonly settings: MediaMtxSettings;
  /** MEDIAMTX_PATH; undefined: `mediamtx` in PATH. */
  readonly mediaMtxPath?: string | undefined;
  /** MEDIAMTX_API: one that runs already; undefined: it is started here. */
  readonly attachTo?: string | undefined;
  /** Where one that runs already asks. */
  readonly hookPort: number;
}

export interface MediaMtxEngineDeps extends StageDeps {
  readonly gate: PromptPublishGate;
  /** Whether another slave may pull this stream (`live/<name>`) with a credential; answers from memory. */
  readonly mayPull: (path: string, credential: string) => boolean;
}

export interface MediaMtxEngine extends MediaEngine {
  readonly mediaMtx: MediaMtxHandle;
  /** Of a MediaMTX that was started here, for tests and diagnosis. */
  readonly mediaMtxPid: number | undefined;
}

const noWhipKey: Refusal = {
  code: "wrong_key",
  reason: "A stream key is needed: send it as bearer token, or as ?key= in the address.",
};
const showsSomething = ({ key, token, relay }: PublishRequest) => key !== undefined || token !== undefined || relay !== undefined;

interface Parts {
  readonly slots: PublishSlots;
  readonly rtmp: RtmpIngest;
  readonly ingest: MediaMtxIngest;
  readonly copies: WebRtcCopies;
  readonly hook: AuthHook;
  readonly server: MediaMtxProcess;
}

/** @throws UserError for a rendition that does not exist. */
export function createMediaMtxEngine(config: MediaMtxEngineConfig, deps: MediaMtxEngineDeps): MediaMtxEngine {
  const { gate, logger, clock, observer } = deps;
  const { settings } = config;
  const renditions = parseLadder(config.renditions);
  const { maxGopBytes, ...limits } = { ...defaultIngestLimits, ...config.limits };
  /** Reads every path and uses the API; known to this process and, as they ask, to MediaMTX. */
  const secret = randomSecret();
  const authorization = `Basic ${Buffer.from(`airclass:${secret}`).toString("base64")}`;
  const passes = createPasses();
  const refusals = createRefusalLog(deps);
  let parts: Parts | undefined;
  let ticker: NodeJS.Timeout | undefined;
  let stopping: Promise<void> | undefined;

  function decide(question: AuthQuestion): boolean {
    if (!parts) return false;
    const topic = topicOf(question);
    if (topic.kind === "publish") return letIn(topic.request, question, parts);
    const shown = secretOf(question);
    const wanted = { action: question.action, media: question.path };
    const isOurs = equalSecrets(shown, secret) || passes.isGood(shown, wanted, clock.monotonicMs());
    if (!isOurs && !(topic.kind === "read" && deps.mayPull(topic.path, topic.credential))) return false;
    const stream = streamPathOfMedia(question.path);
    // Who reads waits until it is there.
    if (question.action === "read" && stream !== undefined && isWebrtcPath(question.path)) parts.copies.wanted(stream);
    return true;
  }

  /** What is known now decides; the rest of the gate's questions are asked when it has come in, and may throw it out again. */
  function letIn(request: PublishRequest, question: AuthQuestion, known: Parts): boolean {
    // MediaMTX asks such a client for its password, and comes again.
    if (!showsSomething(request)) return false;
    if (refusalOf(request, question.protocol, known)) return false;
    known.ingest.admitted(request, question);
    return true;
  }

  /** Counted and logged. */
  function refusalOf(request: PublishRequest, protocol: string, { slots, ingest, server }: Parts): Refusal | undefined {
    const { path, relay } = request;
    const isTaken = relay === undefined && (slots.isTaken(path) || ingest.isExpected(path));
    // One that somebody else runs asks also while it is not used: who came in there would send to nobody, and hold the class.
    const isUsed = config.attachTo === undefined || server.running !== undefined;
    const refusal =
      gate.refusalFromMemory(request) ??
      (isTaken ? publishRefusals.publisherPresent : isUsed && ingest.hasRoom ? undefined : publishRefusals.undecided);
    if (refusal) refusals.tell(request, refusal, protocol);
    return refusal;
  }

  async function start(): Promise<void> {
    const ffmpeg = await locateFfmpeg({ ffmpegPath: config.ffmpegPath });
    logger.info({ ffmpeg: ffmpeg.path, version: ffmpeg.version }, "ffmpeg found");
    const launch = await findLaunch();
    const { segmentDurationS, keyframes } = config;
    const slots = createPublishSlots({ renditions, segmentDurationS, keyframes, maxGopBytes }, { ...deps, refusals, ffmpeg });
    const hook = createAuthHook(
      launch.kind === "child" ? { port: 0, path: `/${randomSecret()}` } : { port: config.hookPort, path: attachedHookPath },
      decide,
    );
    await hook.start();
    const running = () => server.running;
    const ffmpegPath = () => ffmpeg.path;
    const server: MediaMtxProcess = createMediaMtxProcess(launch, {
      logger,
      authorization,
      hookUrl: hook.url,
      started() {
        logger.info({ addresses: server.running?.addresses, pid: server.pid }, "MediaMTX runs");
        if (launch.kind === "attached") void ingest.endForeign();
      },
      lost: () => ingest.lost(),
      unfit(unfit) {
        copies.end();
        void sendStrangersAway(unfit.api, () => false, logger);
      },
    });
    const ingest = createMediaMtxIngest({ slots, running, passes, secret, ffmpegPath, logger, clock });
    const copies = createWebRtcCopies({ slots, running, passes, ffmpegPath, clock, logger });
    const rtmp = createRtmpIngest({ host: settings.bindHost, port: config.rtmpPort, limits }, { slots, observer, logger });
    parts = { slots, rtmp, ingest, copies, hook, server };
    await server.start();
    await rtmp.start();
    ticker = setInterval(() => slots.tick(), tickMs);
  }

  async function findLaunch(): Promise<MediaMtxLaunch> {
    if (config.attachTo !== undefined) return { kind: "attached", apiUrl: config.attachTo };
    const program = await locateMediaMtx(config.mediaMtxPath);
    logger.info({ mediamtx: program.path, version: program.version }, "MediaMTX found");
    return { kind: "child", program: program.path, settings };
  }

  async function stop(): Promise<void> {
    clearInterval(ticker);
    if (!parts) return;
    const { slots, rtmp, ingest, copies, hook, server } = parts;
    const ended = slots.stop();
    await Promise.all([copies.stop(), ingest.stop(), rtmp.stop()]);
    await ended;
    await server.stop();
    await hook.stop();
  }

  return {
    get rtmpPort() {
      return parts?.rtmp.port ?? 0;
    },
    start,
    stop() {
      stopping ??= stop();
      return stopping;
    },
    publishers: () => parts?.slots.publishers() ?? [],
    disconnect: (path, why) => parts?.slots.disconnect(path, why) ?? false,
    mediaMtx: {
      get running() {
        const server = parts?.server.running;
        return (
          server && {
            api: server.api,
            authorization,
            rtspAddress: server.addresses.rtsp,
            webrtcUrl: `http://${server.addresses.webrtc}`,
          }
        );
      },
      rtspPort: settings.rtspPort,
      whipRefusal(attempt) {
        const question = whipQuestion(attempt);
        const topic = topicOf(question);
        if (topic.kind !== "publish" || !showsSomething(topic.request)) return noWhipKey;
        return parts ? refusalOf(topic.request, question.protocol, parts) : publishRefusals.undecided;
      },
    },
    get mediaMtxPid() {
      return parts?.server.pid;
    },
  };
}
