// Slaves with MediaMTX in tests: whether it is on this machine, and the settings with which several run beside each other.
import { locateMediaMtx } from "../../src/slave/engine/mediamtx/locate-mediamtx.ts";
import { testPort } from "./test-port.ts";

/** Why tests with MediaMTX cannot run here, and how to get it; undefined when they can. */
export async function mediaMtxMissing(): Promise<string | undefined> {
  try {
    await locateMediaMtx(process.env["MEDIAMTX_PATH"]);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Variables of slaves, by index; only RTSP and WebRTC are open. */
export async function mediaMtxVariables(slaves: number): Promise<(index: number) => Record<string, string>> {
  const all: Record<string, string>[] = [];
  for (let index = 0; index < slaves; index += 1) {
    all.push({
      MEDIA_ENGINE: "mediamtx",
      SRT_PORT: "0",
      RTMPS_PORT: "0",
      RTSP_PORT: String(await testPort()),
      WEBRTC_PORT: String(await testPort()),
      ...(process.env["MEDIAMTX_PATH"] === undefined ? {} : { MEDIAMTX_PATH: process.env["MEDIAMTX_PATH"] }),
    });
  }
  return (index) => all[index] ?? {};
}
