// What the gateway knows of the cluster: asks for the view again and again and keeps the last one, so that the master may
// be away. Knows neither HTTP nor relays: how to ask, and what to tell, is given to it.
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../shared/kernel/clock.ts";
import { reasonOf } from "../shared/kernel/error-reason.ts";
import { createRationed } from "../shared/kernel/rationed.ts";
import type { Logger } from "../shared/logging/logger.ts";
import type { GatewayReport, GatewayStreamCopy, GatewayView } from "../shared/protocol/gateway-messages.ts";
import { winsOver } from "../shared/protocol/epochs.ts";

/** Tells the master and gets its view: a function call inside the master, HTTP else. Rejects while the master is away. */
export type ExchangeView = (report: GatewayReport) => Promise<GatewayView>;

export interface ViewKeeper {
  /** The newest; undefined before the first answer. */
  readonly view: GatewayView | undefined;
  /** Of the class's stream key; undefined for a class that does not exist, or before the first answer. */
  keyHash(className: string): string | undefined;
  /** Nobody publishes it until it is opened again. */
  isClosed(className: string): boolean;
  /** The master's wall clock, as far as known. */
  clusterTimeMs(): number;
  /** The origin that holds the stream; undefined while nobody does. */
  originOf(path: string): GatewayStreamCopy | undefined;
  /** Monotonic ms at which its origin was first seen with the newest part that it has; undefined when there is none. */
  advancedAtMs(path: string): number | undefined;
  /** Asks now, at most once a second for all who want it: whoever comes later waits for the next. False when nobody answers. */
  refresh(): Promise<boolean>;
  /** Asks now, whatever else is under way. Undefined when there is no answer in time. */
  ask(withinMs: number): Promise<GatewayView | undefined>;
  /** Reports now: there is something to tell. What is under way may have been made before it. */
  tell(): void;
  start(): void;
  stop(): void;
}

export interface ViewKeeperDeps {
  readonly exchange: ExchangeView;
  /** What to tell; the version of the class grants is added. */
  readonly report: () => GatewayReport;
  /** Called when a view was taken over. */
  readonly changed: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Guessed keys must not flood the master. */
const minRefreshIntervalMs = 1_000;

export function createViewKeeper({ intervalMs }: { readonly intervalMs: number }, deps: ViewKeeperDeps): ViewKeeper {
  const { exchange, report, changed, clock, logger } = deps;
  let view: GatewayView | undefined;
  let grants: ReadonlyMap<string, string> = new Map();
  let closed: ReadonlySet<string> = new Set();
  let grantsVersion: string | undefined;
  let clockOffsetMs = 0;
  let origins: ReadonlyMap<string, { readonly copy: GatewayStreamCopy; readonly atMs: number }> = new Map();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<boolean> | undefined;
  let telling: Promise<boolean> | undefined;
  let away = false;
  let stopped = false;

  function take(answer: GatewayView): void {
    const news = answer.settled || !view ? answer : withOld(answer, view);
    view = news;
    clockOffsetMs = news.now_ms - clock.wallMs();
    if (news.class_grants) {
      grants = new Map(news.class_grants.classes.map((grant) => [grant.name, grant.stream_key_hash]));
      closed = new Set(news.class_grants.classes.filter((grant) => grant.closed).map(({ name }) => name));
      grantsVersion = news.class_grants.version;
    }
    const now = clock.monotonicMs();
    origins = new Map(
      news.streams.flatMap(({ path, copies }) => {
        const copy = newestOrigin(copies);
        if (!copy) return [];
        const before = origins.get(path);
        const moved = before?.copy.msn !== copy.msn || before.copy.part !== copy.part || before.copy.node_id !== copy.node_id;
        return [[path, { copy, atMs: moved ? now : before.atMs }] as const];
      }),
    );
  }

  const compose = (): GatewayReport => ({ ...report(), ...(grantsVersion === undefined ? {} : { class_grants_version: grantsVersion }) });

  async function round(): Promise<boolean> {
    try {
      const news = await exchange(compose());
      if (stopped) return false;
      take(news);
      if (away) logger.info("the master answers the gateway again");
      away = false;
    } catch (error) {
      if (!away && !stopped)
        logger.warn({ why: reasonOf(error) }, "the gateway gets no answer from the master; it goes on with what it knows");
      away = true;
      return false;
    }
    changed();
    return true;
  }

  function flight(): Promise<boolean> {
    running ??= round().finally(() => {
      running = undefined;
    });
    return running;
  }

  async function freshFlight(): Promise<boolean> {
    // An answer that was asked for earlier may be older than what the caller wants to know.
    await running;
    return stopped ? false : flight();
  }

  async function tellAfter(running: Promise<boolean>): Promise<boolean> {
    await running;
    telling = undefined;
    return stopped ? false : flight();
  }

  async function askFor(): Promise<GatewayView | undefined> {
    try {
      const news = await exchange(compose());
      if (!stopped) take(news);
      return news;
    } catch {
      return undefined; // A master that is away is complained of in its rounds.
    }
  }

  async function loop(): Promise<void> {
    await flight();
    if (!stopped) timer = setTimeout(() => void loop(), intervalMs);
  }

  return {
    get view() {
      return view;
    },
    keyHash: (className) => grants.get(className),
    isClosed: (className) => closed.has(className),
    clusterTimeMs: () => clock.wallMs() + clockOffsetMs,
    originOf: (path) => origins.get(path)?.copy,
    advancedAtMs: (path) => origins.get(path)?.atMs,
    refresh: createRationed(freshFlight, { minIntervalMs: minRefreshIntervalMs, clock }),
    ask: (withinMs) => Promise.race([askFor(), sleep(withinMs, undefined, { ref: false })]),
    tell() {
      if (stopped) return;
      if (running) telling ??= tellAfter(running);
      else void flight();
    },
    start() {
      void loop();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** A master that has just started does not know yet who is there: what it has not heard of is as it was before. */
function withOld(news: GatewayView, old: GatewayView): GatewayView {
  const nodes = new Set(news.nodes.map(({ node_id }) => node_id));
  const streams = new Set(news.streams.map(({ path }) => path));
  return {
    ...news,
    nodes: [...news.nodes, ...old.nodes.filter(({ node_id }) => !nodes.has(node_id))],
    streams: [...news.streams, ...old.streams.filter(({ path }) => !streams.has(path))],
  };
}

function newestOrigin(copies: readonly GatewayStreamCopy[]): GatewayStreamCopy | undefined {
  let found: GatewayStreamCopy | undefined;
  for (const copy of copies) {
    if (copy.role !== "origin") continue;
    if (!found || winsOver({ epoch: copy.epoch, nodeId: copy.node_id }, { epoch: found.epoch, nodeId: found.node_id })) found = copy;
  }
  return found;
}
