// The RTMP server's own process: a crash of the parser ends this process and not the slave or gateway that started it. It
// talks to that over descriptor 3 and ends with it. Started by rtmp-worker-host.ts only.
import { Socket } from "node:net";
import { systemClock } from "../kernel/clock.ts";
import { aliveEveryMs, createFrameReader, encodeControl, encodeMedia } from "./link-frame.ts";
import type { FromWorker, WorkerConfig } from "./link-frame.ts";
import { createRtmpServer } from "./rtmp-server.ts";
import type { RtmpServer } from "./rtmp-server.ts";
import type { StreamTarget } from "./stream-target.ts";

const link = new Socket({ fd: 3, readable: true, writable: true });
const tell = (message: FromWorker): boolean => link.write(encodeControl(message));

/** Log lines per second, so that a flood of bad peers does not become a flood of lines. */
const maxLogLines = 20;
let logLines = 0;
setInterval(() => {
  logLines = 0;
}, 1_000).unref();

function definedFields({ path, key, token, relay }: StreamTarget) {
  return { path, ...(key !== undefined && { key }), ...(token !== undefined && { token }), ...(relay !== undefined && { relay }) };
}

function start(config: WorkerConfig): RtmpServer {
  const server = createRtmpServer(
    config.limits,
    {
      publish(session, target, remoteAddress) {
        // Undefined fields do not survive JSON.
        tell({ kind: "publish", session, ...definedFields(target), remoteAddress });
      },
      media(session, type, timestampMs, payload) {
        // Publishers wait in their own TCP windows while the slave or gateway is behind.
        if (!link.write(encodeMedia(session, type, timestampMs, payload))) server.pause("behind");
      },
      misnamed: () => void tell({ kind: "misnamed" }),
      metadata: (session, metadata) => void tell({ kind: "metadata", session, metadata }),
      ended: (session, why) => void tell({ kind: "end", session, why }),
      log(level, message, remoteAddress) {
        logLines += 1;
        if (logLines <= maxLogLines) tell({ kind: "log", level, message, remoteAddress });
      },
    },
    systemClock,
  );
  link.on("drain", () => server.resume("behind"));
  server.listen(config.host, config.port).then(
    (port) => tell({ kind: "listening", port }),
    (error: NodeJS.ErrnoException) => tell({ kind: "listen_failed", code: error.code ?? "", message: error.message }),
  );
  return server;
}

/**
 * A slave that stands still (SIGSTOP, a frozen container) must look dead to gateways, which else would wait for a class that
 * nobody carries: without a sign of life for so long nothing is read, and so no ping is answered.
 */
const unattendedAfterMs = 1_000;
let aliveAtMs = systemClock.monotonicMs();
setInterval(() => {
  if (systemClock.monotonicMs() - aliveAtMs > unattendedAfterMs) server?.pause("unattended");
}, aliveEveryMs).unref();

let server: RtmpServer | undefined;
const read = createFrameReader((frame) => {
  aliveAtMs = systemClock.monotonicMs();
  server?.resume("unattended");
  if (frame.kind === "listen") server = start(frame.config);
  else if (frame.kind === "allow") server?.allow(frame.session);
  else if (frame.kind === "refuse") server?.refuse(frame.session, frame.reason);
  else if (frame.kind === "close") server?.close(frame.session);
});
link.on("data", read);
// Who started this process closed its end or died: no publisher may stay connected to nobody.
link.on("end", () => process.exit(0));
link.on("error", () => process.exit(0));
