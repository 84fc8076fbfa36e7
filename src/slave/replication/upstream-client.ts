// GET from another slave's media port: kept-alive connections, a media credential, bounded bodies, and a peer that says
// nothing is left. It knows no playlist and never tries twice, but for a connection that was closed while it was idle, and
// for a slave that may have two addresses until one has led to it.
import type { KeyObject } from "node:crypto";
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Clock } from "../../shared/kernel/clock.ts";
import { logHeader, readLogHeader } from "../../shared/protocol/log-header.ts";
import type { LogStatus } from "../../shared/protocol/log-header.ts";
import { mediaCredentialLifetimeS, signMediaCredential } from "../../shared/tokens/media-credential.ts";

/** The upstream cannot be reached, says nothing, or sends what cannot be used. */
export class UpstreamError extends Error {
  override readonly name = "UpstreamError";
  /** The connection was kept from before, and had been closed by the other side: worth one more try. */
  readonly stale: boolean;

  constructor(message: string, { cause, stale = false }: { readonly cause?: unknown; readonly stale?: boolean } = {}) {
    super(message, { cause });
    this.stale = stale;
  }
}

/** The upstream has the stream from an origin that was replaced. */
export class OldEpoch extends UpstreamError {}

export interface UpstreamResponse {
  readonly status: number;
  /** What it says of its copy; undefined when it does not say. */
  readonly log: LogStatus | undefined;
  /** Of a 200; else empty. */
  readonly body: Buffer;
}

export interface UpstreamRequest {
  readonly maxBytes: number;
  /** Until the head of the answer; for requests that block. Default 2 s. */
  readonly silentMs?: number;
  readonly method?: "GET" | "HEAD";
}

export interface UpstreamClient {
  /** @param file below the stream's path, such as `source/stream.m3u8`. @throws UpstreamError */
  get(file: string, request: UpstreamRequest): Promise<UpstreamResponse>;
  /** Monotonic ms of the last byte of any answer. */
  readonly heardAtMs: number;
  /** Ends what is under way; idempotent. */
  close(): void;
}

export interface UpstreamClientOptions {
  readonly path: string;
  /** Node id of this slave. */
  readonly follower: string;
  /** Node id of the slave that is read. */
  readonly holder: string;
  /** Without a slash at their end, in the order in which they are tried until one has led to the holder. */
  readonly urls: readonly string[];
}

export interface UpstreamClientDeps {
  readonly mediaKey: KeyObject;
  readonly clusterTimeMs: () => number;
  readonly clock: Pick<Clock, "monotonicMs">;
  /** The highest epoch of the stream that this slave knows. */
  readonly epoch: () => number;
  /** The holder has answered at this address of several. */
  readonly reached?: (url: string) => void;
}

/** A machine on a school's network answers in milliseconds; what says nothing for so long is as good as gone. */
export const silentPeerMs = 2_000;
/** One body, whatever its size. */
const maxTransferMs = 30_000;
/** The same while there is another address to try: it may be that packets to this one are dropped on their way. */
const unprovenSilentMs = 1_000;
/** Two blocked requests per rendition, and some for catching up. */
const maxSockets = 32;
/** Body of a refusal, which nobody reads. */
const maxRefusalBytes = 16 * 1024;

/** A way to the holder. */
interface Address {
  readonly url: string;
  readonly base: URL;
  readonly send: typeof httpRequest;
  readonly agent: HttpAgent;
}

/** @throws TypeError when one of `urls` is no URL. */
export function createUpstreamClient(options: UpstreamClientOptions, deps: UpstreamClientDeps): UpstreamClient {
  const { path, follower, holder } = options;
  const { clock } = deps;
  const addresses = options.urls.map((url) => addressOf(url, path));
  /** The one that has led to the holder; where there is only one, that has to do. */
  let proven: Address | undefined = addresses.length === 1 ? addresses[0] : undefined;
  const running = new Set<ClientRequest>();
  let closed = false;
  let heardAtMs = clock.monotonicMs();
  let credential: { readonly text: string; readonly epoch: number; readonly madeAtMs: number } | undefined;

  function authorization(): string {
    const nowMs = clock.monotonicMs();
    const epoch = deps.epoch();
    if (!credential || credential.epoch !== epoch || nowMs - credential.madeAtMs > mediaCredentialLifetimeS * 500) {
      const text = signMediaCredential(deps.mediaKey, { follower, holder, path, epoch }, deps.clusterTimeMs());
      credential = { text, epoch, madeAtMs: nowMs };
    }
    return `Bearer ${credential.text}`;
  }

  function attempt(
    { base, send, agent }: Address,
    file: string,
    { maxBytes, silentMs = silentPeerMs, method = "GET" }: UpstreamRequest,
  ): Promise<UpstreamResponse> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: authorization() };
      const request = send(new URL(file, base), { method, agent, headers });
      running.add(request);
      let silence = setTimeout(() => request.destroy(new UpstreamError(`says nothing for ${silentMs} ms`)), silentMs);
      let transfer: NodeJS.Timeout | undefined;
      let answered = false;

      function heard(): void {
        heardAtMs = clock.monotonicMs();
        clearTimeout(silence);
        silence = setTimeout(() => request.destroy(new UpstreamError(`stopped in the middle of ${file}`)), silentPeerMs);
      }

      const fail = (cause: Error): void => {
        if (cause instanceof UpstreamError) return reject(cause);
        const { code } = cause as NodeJS.ErrnoException;
        const stale = request.reusedSocket && !answered && (code === "ECONNRESET" || code === "EPIPE");
        reject(new UpstreamError(cause.message, { cause, stale }));
      };
      request.once("error", fail);
      request.once("close", () => {
        running.delete(request);
        clearTimeout(silence);
        clearTimeout(transfer);
        // Settled already, unless the connection was lost in the middle of the body.
        reject(new UpstreamError(closed ? "no longer followed" : `the connection ended in the middle of ${file}`));
      });
      request.once("response", (response: IncomingMessage) => {
        answered = true;
        heard();
        transfer = setTimeout(() => request.destroy(new UpstreamError(`${file} takes too long`)), maxTransferMs);
        const status = response.statusCode ?? 0;
        const header = response.headers[logHeader];
        const log = readLogHeader(typeof header === "string" ? header : undefined);
        // A clock was set right, here or there.
        if (status === 401) credential = undefined;
        const bound = status === 200 ? maxBytes : maxRefusalBytes;
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          heard();
          bytes += chunk.length;
          if (bytes > bound) request.destroy(new UpstreamError(`${file} has more than ${bound} bytes`));
          else if (status === 200) chunks.push(chunk);
        });
        response.once("error", fail);
        response.once("end", () => {
          if (response.complete) resolve({ status, log, body: owned(chunks, bytes) });
        });
      });
      request.end();
    });
  }

  async function getFrom(address: Address, file: string, request: UpstreamRequest): Promise<UpstreamResponse> {
    for (let tries = 1; ; tries += 1) {
      if (closed) throw new UpstreamError("no longer followed");
      try {
        return await attempt(address, file, request);
      } catch (error) {
        // An idle connection may be closed by the other side just when it is used again (RFC 9112 9.5).
        if (tries > 1 || !(error instanceof UpstreamError) || !error.stale) throw error;
      }
    }
  }

  /**
   * Asks at one address after the other until the holder itself answers: at a private address of another machine's container
   * network there may be nobody here, or somebody else. Without that, what the first one said counts.
   */
  async function getFromAny(file: string, request: UpstreamRequest): Promise<UpstreamResponse> {
    let said: UpstreamResponse | undefined;
    const failures: string[] = [];
    let cause: unknown;
    for (const [index, address] of addresses.entries()) {
      const isLast = index === addresses.length - 1;
      const silentMs = Math.min(request.silentMs ?? silentPeerMs, isLast ? Infinity : unprovenSilentMs);
      try {
        const answer = await getFrom(address, file, { ...request, silentMs });
        if (answer.log?.lineage[0] === holder) {
          proven = address;
          deps.reached?.(address.url);
          return answer;
        }
        said ??= answer;
      } catch (error) {
        if (closed || !(error instanceof UpstreamError)) throw error;
        failures.push(`${address.url}: ${error.message}`);
        cause ??= error;
      }
    }
    if (said) return said;
    throw new UpstreamError(failures.join("; "), { cause });
  }

  return {
    get: (file, request) => (proven ? getFrom(proven, file, request) : getFromAny(file, request)),
    get heardAtMs() {
      return heardAtMs;
    },
    close() {
      closed = true;
      for (const request of running) request.destroy();
      for (const { agent } of addresses) agent.destroy();
    },
  };
}

function addressOf(url: string, path: string): Address {
  const base = new URL(`${url}/${path}/`);
  const isTls = base.protocol === "https:";
  const options = { keepAlive: true, maxSockets, maxFreeSockets: maxSockets, noDelay: true };
  return { url, base, send: isTls ? httpsRequest : httpRequest, agent: isTls ? new HttpsAgent(options) : new HttpAgent(options) };
}

/** One buffer of its own: media lives for a minute, and a slice would keep the socket's larger chunks alive. */
function owned(chunks: readonly Buffer[], bytes: number): Buffer {
  const whole = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const chunk of chunks) at += chunk.copy(whole, at);
  return whole;
}
