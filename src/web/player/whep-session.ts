// One WebRTC session with a node (WHEP, draft-ietf-wish-whep): opens it, counts what comes, tells the node that it is still wanted.
// Knows neither the element that shows it nor HLS.
import { adviceHeader, adviceMove } from "../../shared/protocol/advice-header.ts";
import type { TokenGrant } from "../../shared/viewing/token-grant.ts";

/** It could not be opened; `status` of the node's answer, 0 for none. */
class WhepError extends Error {
  override readonly name = "WhepError";
  readonly status: number;

  constructor(message: string, status = 0) {
    super(message);
    this.status = status;
  }
}

export interface WhepFigures {
  readonly packets: number;
  readonly frames: number;
  /** From the first packet of a frame to its picture, and half the way to the node and back; undefined until known. */
  readonly delayMs: number | undefined;
}

export interface WhepSession {
  readonly nodeId: string;
  readonly stream: MediaStream;
  connection(): RTCPeerConnectionState;
  figures(): Promise<WhepFigures>;
  /** "I am still here, under this token." */
  renew(grant: TokenGrant): Promise<{ readonly status: number; readonly advised: boolean }>;
  close(): void;
}

/** Within these the path through the network is found, or there is none. */
const connectMs = 4_000;
/** Pictures begin with a keyframe, for which no viewer can ask the teacher; OBS sends one every 8 s if nobody told it better. */
const firstPictureMs = 10_000;
const shownMs = 1_000;
const pollMs = 100;
const requestMs = 10_000;
const renewMs = 1_000;

/** Resolves when there is a picture to show. @throws WhepError, also when `signal` aborts */
export async function openWhepSession(grant: TokenGrant, signal: AbortSignal): Promise<WhepSession> {
  const { whepUrl, nodeId } = grant;
  if (whepUrl === undefined) throw new WhepError("the node serves no WebRTC");
  const peer = new RTCPeerConnection();
  const stream = new MediaStream();
  const count = createCounter(peer);
  let sessionUrl: string | undefined;
  let unhear = (): void => undefined;
  peer.addEventListener("track", ({ track, receiver }) => {
    stream.addTrack(track);
    // As little as the network allows.
    if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
  });

  /** A page that is closed may send nothing but this. */
  function leave(): void {
    if (sessionUrl !== undefined) navigator.sendBeacon(`${sessionUrl}/end`);
  }

  function close(): void {
    removeEventListener("pagehide", leave);
    unhear();
    peer.close();
    if (sessionUrl === undefined) return;
    fetch(sessionUrl, { method: "DELETE", keepalive: true }).catch(() => {
      // The node notices by itself within seconds.
    });
  }

  try {
    for (const kind of ["video", "audio"] as const) peer.addTransceiver(kind, { direction: "recvonly" });
    await peer.setLocalDescription();
    // Our own candidates are not waited for: the node has addresses that we know, and learns ours from our first packet.
    const response = await post(whepUrl, peer.localDescription?.sdp ?? "", signal);
    const location = response.headers.get("location");
    if (response.status !== 201 || location === null) throw new WhepError("the node opens no session", response.status);
    sessionUrl = new URL(location, response.url).href;
    addEventListener("pagehide", leave);
    await peer.setRemoteDescription({ type: "answer", sdp: await response.text() });
    unhear = hear(stream);
    await until(
      () => peer.connectionState === "connected",
      connectMs,
      () => peer.connectionState !== "failed" && !signal.aborted,
    );
    await until(
      async () => (await count()).frames > 0,
      firstPictureMs,
      () => peer.connectionState !== "failed" && !signal.aborted,
    );
  } catch (error) {
    close();
    throw error instanceof WhepError ? error : new WhepError(error instanceof Error ? error.message : String(error));
  }
  const url = sessionUrl;
  // By then it plays where it is to be seen.
  setTimeout(unhear, shownMs);
  return {
    nodeId,
    stream,
    connection: () => peer.connectionState,
    figures: count,
    async renew({ token }) {
      try {
        const response = await fetch(`${url}/token?jwt=${encodeURIComponent(token)}`, {
          method: "POST",
          cache: "no-store",
          signal: AbortSignal.timeout(renewMs),
        });
        return { status: response.status, advised: response.headers.get(adviceHeader) === adviceMove };
      } catch {
        // No connection, or no answer in time: both are the answer to our question.
        return { status: 0, advised: false };
      }
    },
    close,
  };
}

/**
 * Takes the sound in, unheard, until the picture is shown. Else the browser keeps what it has not played, and holds the picture
 * back for it afterwards (lip sync): half a second, for half a minute. Without the picture's track, for which it would wait.
 * @returns what ends it
 */
function hear(stream: MediaStream): () => void {
  const sink = document.createElement("audio");
  sink.muted = true;
  sink.srcObject = new MediaStream(stream.getAudioTracks());
  sink.play().catch(() => {
    // The picture is late for a while, then.
  });
  return () => {
    sink.srcObject = null;
  };
}

async function post(url: string, offer: string, signal: AbortSignal): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/sdp" },
    body: offer,
    cache: "no-store",
    signal: AbortSignal.any([signal, AbortSignal.timeout(requestMs)]),
  });
}

/** @throws WhepError when it does not come, or cannot any more */
async function until(isSo: () => boolean | Promise<boolean>, timeoutMs: number, isPossible: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (!isPossible() || performance.now() > deadlineMs) throw new WhepError("no picture comes");
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Reads what the browser counts (W3C webrtc-stats); delays are those since the reading before. */
function createCounter(peer: RTCPeerConnection): () => Promise<WhepFigures> {
  let [framesBefore, processingBeforeS] = [0, 0];
  let delayMs: number | undefined;
  return async () => {
    let [packets, frames, processingS, roundTripS] = [0, 0, 0, 0];
    // A closed connection has none.
    const reports = peer.connectionState === "closed" ? undefined : await peer.getStats();
    reports?.forEach((report: Record<string, unknown>) => {
      if (report["type"] === "inbound-rtp" && report["kind"] === "video") {
        packets = numberOf(report["packetsReceived"]);
        frames = numberOf(report["framesDecoded"]);
        processingS = numberOf(report["totalProcessingDelay"]);
      }
      if (report["type"] === "candidate-pair" && report["nominated"] === true) roundTripS = numberOf(report["currentRoundTripTime"]);
    });
    if (frames > framesBefore && processingS > 0) {
      delayMs = ((processingS - processingBeforeS) / (frames - framesBefore)) * 1_000 + roundTripS * 500;
      [framesBefore, processingBeforeS] = [frames, processingS];
    }
    return { packets, frames, delayMs };
  };
}

const numberOf = (value: unknown): number => (typeof value === "number" ? value : 0);
