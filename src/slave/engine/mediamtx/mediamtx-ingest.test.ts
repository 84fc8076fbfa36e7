// What a real MediaMTX does with publishers is in test/integration and test/conformance; here is what it hardly ever does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { authQuestion } from "../../../../test/support/auth-question.ts";
import type { PublishSlots, PublishSource } from "../stage/publish-slots.ts";
import { MediaMtxApiError } from "./mediamtx-api.ts";
import type { MediaMtxApi } from "./mediamtx-api.ts";
import { createMediaMtxIngest } from "./mediamtx-ingest.ts";
import { createPasses } from "./passes.ts";

const request = { path: "live/math", remoteAddress: "10.0.0.7", key: "k", token: undefined, relay: undefined };

test("a publisher is not given up while MediaMTX does not say who is there, and is when it has gone", { timeout: 30_000 }, async (t) => {
  let asked = 0;
  let answer = async (): Promise<readonly []> => {
    throw new MediaMtxApiError("MediaMTX does not answer");
  };
  const api: Pick<MediaMtxApi, "paths" | "sessions"> = {
    paths: async () => [],
    sessions: () => {
      asked += 1;
      return answer();
    },
  };
  const left: string[] = [];
  const slots: Pick<PublishSlots, "decide" | "left"> = {
    decide: async (source: PublishSource) => source.allow(),
    left: (_source, why) => void left.push(why),
  };
  const addresses = { api: "", metrics: "", rtmp: "", rtsp: "", webrtc: "" };
  const ingest = createMediaMtxIngest({
    slots: slots as PublishSlots,
    running: () => ({ api: api as MediaMtxApi, addresses, startedAt: "" }),
    passes: createPasses(),
    secret: "",
    ffmpegPath: () => "ffmpeg",
    logger: pino({ level: "silent" }),
    // Ten times as fast.
    clock: { wallMs: Date.now, monotonicMs: () => performance.now() * 10 },
  });
  t.after(() => ingest.stop());
  const until = async (check: () => boolean): Promise<void> => {
    while (!check()) await sleep(10);
  };
  ingest.admitted(request, authQuestion);
  await until(() => asked >= 3 || left.length > 0);
  assert.deepEqual(left, []);
  assert.equal(ingest.isExpected("live/math"), true);
  answer = async () => [];
  await until(() => left.length > 0);
  assert.deepEqual(left, ["connection_lost"]);
});
