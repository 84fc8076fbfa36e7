// What may fail in a cluster whose slaves run MediaMTX: teachers at the gateway notice as little as with the embedded engine.
import { describe } from "node:test";
import { mediaMtxMissing } from "../support/media-mtx.ts";
import { drained } from "./failover/leaving.ts";
import { originKilled, originPaused, replicaKilled } from "./failover/slave-faults.ts";
import { scenarioTests } from "./failover/scenario-tests.ts";

const skip = (await mediaMtxMissing()) ?? false;

/** All on one machine: the ports of MediaMTX cannot be the same. What is tried here comes in through the gateway. */
const slave = {
  MEDIA_ENGINE: "mediamtx",
  SRT_PORT: "0",
  RTSP_PORT: "0",
  WEBRTC_PORT: "0",
  ...(process.env["MEDIAMTX_PATH"] !== undefined && { MEDIAMTX_PATH: process.env["MEDIAMTX_PATH"] }),
};

describe("with MediaMTX as engine a class goes on, when", { concurrency: 1, skip }, () => {
  scenarioTests({ kind: "processes", slaves: 3, slave }, 6, [originKilled, originPaused, replicaKilled, drained]);
});
