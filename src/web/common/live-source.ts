// Listens to Server-Sent Events of the master for as long as the page lives: through lost connections, restarts of the master,
// sleep, and answers after which a browser gives up by itself (401, 503, a proxy's error page). Knows no page and no event.
import { createBackoff } from "../../shared/kernel/backoff.ts";

/** `connecting`: not yet connected for the first time. `lost`: connected before, not now; it goes on trying. */
export type LiveState = "connecting" | "connected" | "lost";

/** What is done with each event, by its name. */
export type LiveHandlers<Events extends object> = { readonly [Name in keyof Events]: (data: Events[Name]) => void };

export interface LiveSourceConfig<Events extends object> {
  readonly path: string;
  readonly on: LiveHandlers<Events>;
  /** @param sinceMs when the state began, on the clock of Date.now() */
  readonly onState?: ((state: LiveState, sinceMs: number) => void) | undefined;
  /** Without any event for so long, the connection is taken for dead: after sleep nobody tells the browser. Events come every 5 s or more often. */
  readonly silenceMs?: number;
  /**
   * A page that nobody has looked at for so long lets go of its connection, and takes it up again when somebody does: over HTTP/1.1 a
   * browser opens six to a host, for all its tabs together.
   */
  readonly restAfterMs?: number;
}

export interface LiveSourceDeps {
  /** Asked after an answer that was no stream of events; false: signed out, so nothing more is tried. */
  readonly stillSignedIn: () => Promise<boolean>;
  readonly open?: (path: string) => EventSource;
  readonly page?: Pick<Document, "hidden" | "addEventListener" | "removeEventListener"> | undefined;
  readonly minDelayMs?: number;
  readonly maxDelayMs?: number;
}

export interface LiveSource {
  /** Idempotent; no handler is called any more. */
  close(): void;
}

/** The browser's EventSource says no more than "closed" or "trying". */
const closedState = 2;

export function createLiveSource<Events extends object>(
  { path, on, onState, silenceMs = 30_000, restAfterMs = 60_000 }: LiveSourceConfig<Events>,
  {
    stillSignedIn,
    open = (url) => new EventSource(url),
    page = globalThis.document,
    minDelayMs = 500,
    maxDelayMs = 10_000,
  }: LiveSourceDeps,
): LiveSource {
  const backoff = createBackoff({ minMs: minDelayMs, maxMs: maxDelayMs });
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let state: LiveState | undefined;
  let rest: ReturnType<typeof setTimeout> | undefined;
  let isResting = false;
  let isClosed = false;

  function become(next: LiveState): void {
    if (state === next || isClosed) return;
    state = next;
    onState?.(next, Date.now());
  }

  function heard(): void {
    clearTimeout(silence);
    silence = setTimeout(() => lose(false), silenceMs);
  }

  function connect(): void {
    if (isClosed) return;
    drop();
    const connection = open(path);
    source = connection;
    heard();
    connection.addEventListener("open", () => {
      heard();
      become("connected");
    });
    connection.addEventListener("error", () => lose(connection.readyState === closedState));
    for (const name of Object.keys(on) as (keyof Events & string)[])
      connection.addEventListener(name, (event: MessageEvent<string>) => {
        if (isClosed || source !== connection) return;
        heard();
        // Only a stream that says something has come back; one that ends at once is asked again more and more slowly.
        backoff.reset();
        become("connected");
        const data = parsed(event.data);
        if (data !== undefined) on[name](data as Events[typeof name]);
      });
  }

  /** @param isRefused the answer was no stream: a browser would not try again */
  function lose(isRefused: boolean): void {
    if (isClosed) return;
    drop();
    become(state === undefined || state === "connecting" ? "connecting" : "lost");
    if (isRefused) void askThenRetry();
    else later();
  }

  async function askThenRetry(): Promise<void> {
    if (await stillSignedIn()) later();
    else close();
  }

  function later(): void {
    if (isClosed || isResting) return;
    clearTimeout(retry);
    retry = setTimeout(connect, backoff.next());
  }

  function drop(): void {
    clearTimeout(retry);
    clearTimeout(silence);
    source?.close();
    source = undefined;
  }

  /** The network is back: no need to wait. */
  function hurry(): void {
    if (source === undefined && state === "lost" && !isResting) connect();
  }

  function looked(): void {
    clearTimeout(rest);
    if (page?.hidden) {
      rest = setTimeout(() => {
        isResting = true;
        drop();
      }, restAfterMs);
    } else if (isResting) {
      isResting = false;
      connect();
    } else hurry();
  }

  function close(): void {
    isClosed = true;
    drop();
    clearTimeout(rest);
    globalThis.removeEventListener?.("online", hurry);
    page?.removeEventListener("visibilitychange", looked);
  }

  globalThis.addEventListener?.("online", hurry);
  page?.addEventListener("visibilitychange", looked);
  become("connecting");
  connect();
  looked();
  return { close };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Something in between has cut or changed it; the next one will do.
    return undefined;
  }
}
