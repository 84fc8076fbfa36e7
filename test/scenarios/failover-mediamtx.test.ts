// What may fail in a cluster whose slaves run MediaMTX: teachers at the gateway notice as little as with the embedded engine.
import { after, describe, test } from "node:test";
import { mediaMtxMissing } from "../conformance/engine/ways-in.ts";
import { drained } from "./failover/leaving.ts";
import { originKilled, originPaused, replicaKilled } from "./failover/slave-faults.ts";
import { openStage } from "./failover/stage.ts";
import type { Stage } from "./failover/stage.ts";

/** All on one machine: the ports of MediaMTX cannot be the same. What is tried here comes in through the gateway. */
const slave = {
  MEDIA_ENGINE: "mediamtx",
  SRT_PORT: "0",
  RTSP_PORT: "0",
  WEBRTC_PORT: "0",
  ...(process.env["MEDIAMTX_PATH"] !== undefined && { MEDIAMTX_PATH: process.env["MEDIAMTX_PATH"] }),
};

describe("with MediaMTX as engine a class goes on, when", { concurrency: 1, skip: mediaMtxMissing }, () => {
  let stage: Stage | undefined;
  after(() => stage?.stop());

  for (const scenario of [originKilled, originPaused, replicaKilled, drained]) {
    test(scenario.name, { timeout: 180_000 }, async (t) => {
      stage ??= await openStage({ kind: "processes", slaves: 3, slave }, 6);
      const current = stage;
      try {
        await scenario.run(current, (line) => t.diagnostic(line));
        current.assertInvariants();
      } catch (error) {
        t.diagnostic(`logs of the nodes: ${current.topology.keepLogs()}`);
        stage = undefined;
        await current.stop();
        throw error;
      }
    });
  }
});
