// The ways by which a teacher's stream comes into an engine, for the suite that both engines must pass; a way whose program is
// missing says so, and where to get it.
import type { MediaEngine, PublishRequest, PublishVerdict } from "../../../src/slave/engine/engine.ts";
import { createEmbeddedEngine } from "../../../src/slave/engine/embedded/embedded-engine.ts";
import { createMediaMtxEngine } from "../../../src/slave/engine/mediamtx/mediamtx-engine.ts";
import type { MediaMtxEngine } from "../../../src/slave/engine/mediamtx/mediamtx-engine.ts";
import type { MediaMtxSettings } from "../../../src/slave/engine/mediamtx/mediamtx-config.ts";
import { mediaMtxMissing } from "../../support/media-mtx.ts";
import { testPort } from "../../support/test-port.ts";
import { goodKey, startRigWith } from "../../integration/ingest-harness.ts";
import type { EngineMaker, Rig } from "../../integration/ingest-harness.ts";

export interface WayIn {
  readonly name: string;
  /** Why it cannot be tried here; false when it can. */
  readonly skip: string | false;
  start(mayPublish?: (request: PublishRequest) => Promise<PublishVerdict>): Promise<RigWithWay>;
}

export interface RigWithWay extends AsyncDisposable {
  readonly rig: Rig;
  /** ffmpeg's output arguments for a class with a key. */
  readonly output: (name: string, key: string) => readonly string[];
  /** The process that takes the stream in; undefined while none runs. */
  readonly ingestPid: () => Promise<number | undefined>;
}

export interface MediaMtxRig {
  readonly rig: Rig<MediaMtxEngine>;
  readonly settings: MediaMtxSettings;
}

const withoutMediaMtx = (await mediaMtxMissing()) ?? false;

/** A real MediaMTX on free ports, with our engine in front. */
export async function startMediaMtxRig(
  settings: Partial<MediaMtxSettings> = {},
  mayPublish?: (request: PublishRequest) => Promise<PublishVerdict>,
  mayPull: (path: string, credential: string) => boolean = () => false,
): Promise<MediaMtxRig> {
  const full: MediaMtxSettings = {
    bindHost: "127.0.0.1",
    srtPort: await testPort(),
    rtspPort: await testPort(),
    rtmpsPort: await testPort(),
    webrtcPort: await testPort(),
    webrtcHosts: [],
    tls: undefined,
    ...settings,
  };
  const make: EngineMaker<MediaMtxEngine> = (config, deps) =>
    createMediaMtxEngine(
      { ...config, settings: full, hookPort: 0, mediaMtxPath: process.env["MEDIAMTX_PATH"] },
      {
        ...deps,
        gate: {
          mayPublish: (request) => deps.gate.mayPublish(request),
          refusalFromMemory: ({ key, token }) =>
            key === goodKey || token !== undefined ? undefined : { code: "wrong_key", reason: "The stream key is wrong." },
        },
        mayPull,
      },
    );
  return { rig: await startRigWith(make, {}, mayPublish), settings: full };
}

export const srtOutput = (port: number, name: string, key: string): string[] => [
  "-f",
  "mpegts",
  // ffmpeg 5 takes what stands here as it is.
  `srt://127.0.0.1:${port}?pkt_size=1316&streamid=publish:live/${name}:key=${encodeURIComponent(key)}`,
];

export const rtspOutput = (port: number, name: string, key: string): string[] => [
  ..."-f rtsp -rtsp_transport tcp".split(" "),
  `rtsp://teacher:${encodeURIComponent(key)}@127.0.0.1:${port}/live/${name}`,
];

const rtmpOutput = (rig: Rig, name: string, key: string): string[] => ["-f", "flv", rig.url(`${name}?key=${encodeURIComponent(key)}`)];

async function workerPid(rig: Rig): Promise<number | undefined> {
  const pids = await rig.children();
  return pids[0];
}

export const waysIn: readonly WayIn[] = [
  {
    name: "embedded, RTMP",
    skip: false,
    async start(mayPublish) {
      const rig: Rig = await startRigWith<MediaEngine>(createEmbeddedEngine, {}, mayPublish);
      // The worker is there before any ffmpeg.
      const pid = await workerPid(rig);
      return {
        rig,
        output: (name, key) => rtmpOutput(rig, name, key),
        ingestPid: async () => pid,
        [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
      };
    },
  },
  {
    name: "mediamtx, RTMP",
    skip: withoutMediaMtx,
    async start(mayPublish) {
      const { rig } = await startMediaMtxRig({}, mayPublish);
      const pid = await workerPid(rig);
      return {
        rig,
        output: (name, key) => rtmpOutput(rig, name, key),
        ingestPid: async () => pid,
        [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
      };
    },
  },
  ...(["SRT", "RTSP"] as const).map((protocol): WayIn => ({
    name: `mediamtx, ${protocol}`,
    skip: withoutMediaMtx,
    async start(mayPublish) {
      const { rig, settings } = await startMediaMtxRig({}, mayPublish);
      return {
        rig,
        output: (name, key) => (protocol === "SRT" ? srtOutput(settings.srtPort, name, key) : rtspOutput(settings.rtspPort, name, key)),
        ingestPid: async () => rig.engine.mediaMtxPid,
        [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
      };
    },
  })),
];
