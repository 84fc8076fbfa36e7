// One viewer's connections to the nodes: its own, kept alive, as many as a browser opens. Media is counted and thrown away
// as it comes. Follows no redirect; knows nothing of HLS.
import { Pool } from "undici";
import type { Dispatcher } from "undici";
import { adviceHeader, adviceMove } from "../shared/protocol/advice-header.ts";

export interface Answer {
  /** HTTP status; 0 for none. */
  readonly status: number;
  /** What happened where there is no status: a code such as ECONNREFUSED. */
  readonly reason: string | undefined;
  /** The body where it was asked for. */
  readonly text: string;
  /** Of the body. */
  readonly bytes: number;
  /** The node asks its viewer to leave. */
  readonly isAdvised: boolean;
}

export interface Request {
  readonly answer: Promise<Answer>;
  /** The answer is then one with status 0 and the reason `cancelled`. */
  cancel(): void;
}

export interface ViewerConnections {
  /** @param keepText of a playlist; a longer one than 1 MB is no answer. */
  get(url: string, keepText: boolean): Request;
  close(): void;
}

/** What browsers open to one host with HTTP/1.1. */
const connectionsPerNode = 6;
/** Nodes that a viewer has come from. */
const maxNodes = 4;
const maxTextBytes = 1_048_576;
/** As patient as the player (hls-config.ts) with playlists, which may block: until the first byte, and between two pieces. */
const headersTimeout = 12_000;
const bodyTimeout = 20_000;
const connectTimeout = 8_000;
const keepAliveTimeout = 60_000;

export function createViewerConnections(): ViewerConnections {
  const pools = new Map<string, Pool>();

  function poolOf(origin: string): Pool {
    const known = pools.get(origin);
    if (known) return known;
    const pool = new Pool(origin, {
      connections: connectionsPerNode,
      pipelining: 1,
      headersTimeout,
      bodyTimeout,
      keepAliveTimeout,
      connect: { timeout: connectTimeout },
    });
    pools.set(origin, pool);
    for (const [oldest, left] of pools) {
      if (pools.size <= maxNodes) break;
      pools.delete(oldest);
      end(left);
    }
    return pool;
  }

  return {
    get(url, keepText) {
      const { origin, pathname, search } = new URL(url);
      return send(poolOf(origin), pathname + search, keepText);
    },
    close() {
      for (const pool of pools.values()) end(pool);
      pools.clear();
    },
  };
}

function end(pool: Pool): void {
  pool.destroy().catch(() => {
    // What was under way has had its answer; the sockets are gone either way.
  });
}

function send(pool: Pool, path: string, keepText: boolean): Request {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const chunks: Buffer[] = [];
  let [status, bytes, isAdvised, cancelled] = [0, 0, false, false];
  let controller: Dispatcher.DispatchController | undefined;

  const failed = (reason: string): void => resolve({ status: 0, reason, text: "", bytes, isAdvised: false });
  function cancel(reason: string): void {
    cancelled = true;
    failed(reason);
    controller?.abort(new Error(reason));
  }

  pool.dispatch(
    { method: "GET", path },
    {
      onRequestStart(started) {
        controller = started;
        if (cancelled) started.abort(new Error("cancelled"));
      },
      onResponseStart(_controller, code, headers) {
        status = code;
        isAdvised = headers[adviceHeader] === adviceMove;
      },
      onResponseData(_controller, chunk) {
        bytes += chunk.length;
        if (keepText) chunks.push(chunk);
        if (keepText && bytes > maxTextBytes) cancel("TOO_LONG");
      },
      onResponseEnd() {
        // Playlists of ours are ASCII.
        resolve({ status, reason: undefined, text: Buffer.concat(chunks).toString("latin1"), bytes, isAdvised });
      },
      onResponseError(_controller, error) {
        failed(((error as NodeJS.ErrnoException).code ?? error.name).replace(/^UND_ERR_/, ""));
      },
    },
  );
  return { answer: promise, cancel: () => cancel("cancelled") };
}
