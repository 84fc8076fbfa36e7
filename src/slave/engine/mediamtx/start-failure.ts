// Why mediamtx did not start, from what it printed: a sentence that the operator can act on. Pure.
import { UserError } from "../../../shared/kernel/user-error.ts";
import { listenError } from "../../../shared/net/listen-error.ts";
import type { MediaMtxSettings } from "./mediamtx-config.ts";

const codes = [
  ["address already in use", "EADDRINUSE"],
  ["permission denied", "EACCES"],
  ["cannot assign requested address", "EADDRNOTAVAIL"],
] as const;

export function startFailure(lastWords: string, settings: MediaMtxSettings): Error {
  const line =
    lastWords.split("\n").findLast((text) => /\bERR\b|: (listen|bind)|error/i.test(text)) ?? lastWords.trim().split("\n").at(-1) ?? "";
  const code = codes.find(([words]) => line.includes(words))?.[1];
  const port = Number(/:(\d{1,5}): bind/.exec(line)?.[1]);
  const variable = (
    [
      ["SRT_PORT", settings.srtPort],
      ["RTSP_PORT", settings.rtspPort],
      ["RTMPS_PORT", settings.rtmpsPort],
      ["WEBRTC_PORT", settings.webrtcPort],
    ] as const
  ).find(([, set]) => set === port)?.[0];
  if (code !== undefined && variable !== undefined) {
    const failure = listenError(Object.assign(new Error(line), { code }), { host: settings.bindHost, port, variable });
    if (failure instanceof Error) return failure;
  }
  return new UserError(`MediaMTX could not be started: ${line.trim().slice(0, 300) || "it said nothing"}`);
}
