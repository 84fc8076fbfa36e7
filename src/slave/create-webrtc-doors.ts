// The WebRTC doors of a slave with MediaMTX, for viewers and for teachers, with what they need of its other parts. No rule of the
// product lives here.
import type { KeyObject } from "node:crypto";
import type { SlaveConfig } from "../shared/config/variables.ts";
import type { Viewers } from "./api/viewers.ts";
import { webrtcPathOf } from "./engine/mediamtx/media-paths.ts";
import type { MediaMtxHandle } from "./engine/mediamtx/mediamtx-handle.ts";
import type { Origins } from "./publishing/origins.ts";
import type { Replication } from "./replication/replication.ts";
import { createWhep } from "./whep/create-whep.ts";
import type { Whep, WhepDeps } from "./whep/create-whep.ts";
import { createWhipDoor } from "./whep/whip-door.ts";
import type { WhipDoor } from "./whep/whip-door.ts";

export interface WebrtcDoors {
  readonly server: MediaMtxHandle;
  readonly whep: Whep;
  readonly whip: WhipDoor;
}

export interface WebrtcDoorsDeps extends Pick<WhepDeps, "knowledge" | "ended" | "clock" | "logger"> {
  readonly nodeId: string;
  readonly mediaKey: KeyObject;
  readonly origins: Pick<Origins, "epochOf">;
  readonly replication: Pick<Replication, "headOf">;
  readonly viewers: Pick<Viewers, "seen">;
}

/** @returns undefined where WebRTC is turned off, or there is no MediaMTX. */
export function createWebrtcDoors(
  { WEBRTC_PORT, MAX_CONNECTIONS }: Pick<SlaveConfig, "MAX_CONNECTIONS" | "WEBRTC_PORT">,
  server: MediaMtxHandle | undefined,
  deps: WebrtcDoorsDeps,
): WebrtcDoors | undefined {
  if (!server || WEBRTC_PORT === 0) return undefined;
  const { nodeId, mediaKey, origins, replication, viewers, knowledge, ended, clock, logger } = deps;
  const whep = createWhep(
    { nodeId, maxConnections: MAX_CONNECTIONS },
    {
      server,
      mediaPathOf: webrtcPathOf,
      isOrigin: (path) => origins.epochOf(path) !== undefined,
      originOf(path) {
        const head = replication.headOf(path);
        return head?.role === "origin" && head.rtsp_url !== undefined
          ? { nodeId: head.node_id, epoch: head.epoch, rtspUrl: head.rtsp_url }
          : undefined;
      },
      mediaKey,
      seen: (claims, nowMs) => viewers.seen(claims, nowMs),
      knowledge,
      ended,
      clock,
      logger,
    },
  );
  return { server, whep, whip: createWhipDoor(server, (attempt) => server.whipRefusal(attempt)) };
}
