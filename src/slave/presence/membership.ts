// Keeps a slave registered: registers for ever, then a heartbeat each interval, again from the start when the
// master does not know it. Owns the timer; what to report and what to do with orders is given to it.
import { once } from "node:events";
import { createBackoff, reconnectBackoff } from "../../shared/kernel/backoff.ts";
import type { Clock } from "../../shared/kernel/clock.ts";
import { reasonOf } from "../../shared/kernel/error-reason.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import type { NodeStats, RegisterRequest, StatsResponse } from "../../shared/protocol/cluster-messages.ts";
import type { ClusterKnowledge } from "./cluster-knowledge.ts";
import { MasterRefusal } from "../../shared/http/master-request.ts";
import type { MasterClient } from "./master-client.ts";

export type MembershipState = "starting" | "registering" | "registered" | "stopped";

export interface Membership {
  start(): void;
  /** Deregisters where a master answers; resolves within some seconds whatever the master does. */
  stop(): Promise<void>;
  /**
   * Tells the master now and gets its news, with a heartbeat made after this call: one that is under way counts only when it
   * was not made yet. Any number of calls meanwhile share the next one. False when the master is away.
   */
  refresh(): Promise<boolean>;
  readonly state: MembershipState;
  /** Of MASTER_URL, the one that is asked now. */
  readonly masterUrl: string;
}

export interface MembershipDeps {
  readonly masterUrls: readonly string[];
  readonly heartbeatIntervalMs: number;
  readonly registration: RegisterRequest;
  readonly client: MasterClient;
  readonly knowledge: ClusterKnowledge;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What to report; `acknowledged` is called when the master has it. */
  readonly report: () => { stats: NodeStats; acknowledged: () => void };
  /** The directory, what to follow, and what was said to claims, of each answer; after its orders were taken over. */
  readonly directed: (news: Pick<StatsResponse, "streams" | "follow" | "epochs">) => void;
  /** Called after each answer whose orders were taken over. */
  readonly answered: () => void;
  /** A heartbeat was sent, or could not be. */
  readonly sent: (succeeded: boolean) => void;
}

/** A master that hangs must not use up the time that viewers' running responses have. */
const deregisterTimeoutMs = 3_000;

export function createMembership(deps: MembershipDeps): Membership {
  const { masterUrls, heartbeatIntervalMs, registration, client, knowledge, clock, logger, report, directed, answered, sent } = deps;
  const backoff = createBackoff(reconnectBackoff);
  let state: MembershipState = "starting";
  let master = 0;
  let seq = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<boolean> | undefined;
  /** True once the running round has made its heartbeat: what happens from then on is not in it. */
  let composed = false;
  let queued: Promise<boolean> | undefined;
  let lastComplaint = "";
  /** The master whose clock the next request is signed by: it is asked once more before the next one is. */
  let clockToldBy: string | undefined;

  const masterUrl = () => masterUrls[master % masterUrls.length] ?? "";
  const stopped = () => state === "stopped";

  function setState(next: MembershipState): void {
    if (state === next || stopped()) return;
    const from = state;
    state = next;
    logger.info(
      { from, to: next, master: masterUrl() },
      next === "registered" ? "registered with the master" : "registering with the master",
    );
  }

  async function register(): Promise<void> {
    setState("registering");
    const answer = await client.register(masterUrl(), registration);
    await knowledge.apply(answer.orders, clock.wallMs(), clock.monotonicMs());
    setState("registered");
  }

  async function heartbeat(): Promise<void> {
    composed = true;
    const { stats, acknowledged } = report();
    seq += 1;
    const answer = await client.heartbeat(masterUrl(), {
      node_id: registration.node_id,
      instance: registration.instance,
      seq,
      ...(knowledge.keySetVersion === undefined ? {} : { key_set_version: knowledge.keySetVersion }),
      ...(knowledge.classGrantsVersion === undefined ? {} : { class_grants_version: knowledge.classGrantsVersion }),
      ...(knowledge.revocationsVersion === undefined ? {} : { revocations_version: knowledge.revocationsVersion }),
      stats,
    });
    if (answer.status === "unknown") {
      await register();
      return heartbeat();
    }
    acknowledged();
    if (answer.orders) await knowledge.apply(answer.orders, clock.wallMs(), clock.monotonicMs());
    directed(answer);
    if (answer.orders) answered();
  }

  /** One round: register where needed, then a heartbeat, so that the master can route here at once. */
  async function round(): Promise<boolean> {
    try {
      if (state !== "registered") await register();
      await heartbeat();
      backoff.reset();
      if (lastComplaint) logger.info({ master: masterUrl() }, "the master answers again");
      lastComplaint = "";
      sent(true);
      return true;
    } catch (error) {
      sent(false);
      complain(error);
      return false;
    }
  }

  function complain(error: unknown): void {
    let tryAgain = false;
    if (error instanceof MasterRefusal && error.code === "clock_skew" && error.masterWallMs !== undefined) {
      knowledge.suspectClock(error.masterWallMs, clock.wallMs());
      tryAgain = clockToldBy !== masterUrl();
      clockToldBy = tryAgain ? masterUrl() : undefined;
    }
    const why = error instanceof MasterRefusal ? `${error.message} (${error.code})` : reasonOf(error);
    // The same sentence five times a second for an hour tells nobody more than once.
    if (why !== lastComplaint) logger.warn({ master: masterUrl(), why }, "the master cannot be reached or refuses; trying again for ever");
    lastComplaint = why;
    if (!tryAgain) master += 1;
  }

  function flight(): Promise<boolean> {
    running ??= round().finally(() => {
      running = undefined;
      composed = false;
    });
    return running;
  }

  function freshFlight(): Promise<boolean> {
    if (!running || !composed) return flight();
    queued ??= running.then(() => {
      queued = undefined;
      return stopped() ? false : flight();
    });
    return queued;
  }

  async function loop(): Promise<void> {
    const startedMs = clock.monotonicMs();
    const succeeded = await flight();
    if (stopped()) return;
    // While registered, a failed heartbeat is tried again soon: it is the master's only sign of life from here.
    const delayMs = succeeded ? heartbeatIntervalMs - (clock.monotonicMs() - startedMs) : Math.min(backoff.next(), heartbeatIntervalMs);
    timer = setTimeout(() => void loop(), Math.max(0, delayMs));
  }

  return {
    start() {
      if (state === "starting") void loop();
    },
    async stop() {
      if (stopped()) return;
      const wasRegistered = state === "registered";
      state = "stopped";
      clearTimeout(timer);
      const deadline = AbortSignal.timeout(deregisterTimeoutMs);
      const late = once(deadline, "abort").then(() => Promise.reject(new Error(`no answer within ${deregisterTimeoutMs} ms`)));
      try {
        await Promise.race([running, late]);
        if (!wasRegistered) return;
        await Promise.race([client.deregister(masterUrl(), registration.node_id), late]);
        logger.info("deregistered from the master");
      } catch (error) {
        logger.warn({ why: reasonOf(error) }, "could not deregister; the master will notice by missing heartbeats");
      }
    },
    refresh: () => (stopped() ? Promise.resolve(false) : freshFlight()),
    get state() {
      return state;
    },
    get masterUrl() {
      return masterUrl();
    },
  };
}
