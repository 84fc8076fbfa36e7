// What must hold in a cluster whatever happens to it: looked at all the time while a scenario runs, and at its end.
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Audience } from "./audience.ts";
import { eventually } from "./eventually.ts";
import { httpCall } from "./http-call.ts";
import type { Topology, TopologySlave } from "./topology.ts";

export interface InvariantWatch {
  /** Empty as long as all is well. */
  readonly problems: readonly string[];
  /** Tokens that were tried on a wrong node so far, and were refused there. */
  readonly refusals: number;
  /** How many epochs of a stream had an origin, as far as was seen. */
  epochs(path: string): number;
  /** Audiences come and go. */
  add(audience: Audience): void;
  stop(): Promise<void>;
}

const everyMs = 500;
const timeoutMs = 1_000;

/**
 * Two nodes that call themselves the origin of one epoch, be it one after the other; a node whose epoch goes back; a token that a wrong node accepts.
 * Nodes that are down or paused are asked in vain, which is no problem.
 */
export function watchInvariants(topology: Topology): InvariantWatch {
  const stopping = new AbortController();
  const { signal } = stopping;
  const agent = new Agent({ keepAlive: true });
  const audiences: Audience[] = [];
  const problems = new Set<string>();
  /** By stream and epoch: who called himself its origin. */
  const claims = new Map<string, Map<number, Set<string>>>();
  const epochs = new Map<string, number>();
  let refusals = 0;

  async function lookAtRoles(slave: TopologySlave): Promise<void> {
    const headers = { authorization: topology.authorization };
    const answer = await httpCall({ method: "GET", url: new URL("/api/streams", slave.apiUrl), agent, headers, timeoutMs, signal });
    if (answer.status !== 200) return;
    const { streams } = JSON.parse(answer.body.toString()) as { streams: { path: string; role: string; epoch: number }[] };
    for (const { path, role, epoch } of streams) {
      const key = `${path} on ${slave.nodeId}`;
      const before = epochs.get(key) ?? 0;
      if (epoch < before) problems.add(`${key}: epoch ${epoch} after ${before}`);
      epochs.set(key, epoch);
      if (role !== "origin") continue;
      const ofPath = claims.get(path) ?? new Map<number, Set<string>>();
      claims.set(path, ofPath);
      const ofEpoch = ofPath.get(epoch) ?? new Set<string>();
      ofPath.set(epoch, ofEpoch.add(slave.nodeId));
      if (ofEpoch.size > 1) problems.add(`${path}: ${[...ofEpoch].join(" and ")} are both its origin in epoch ${epoch}`);
    }
  }

  async function tryTokens(slave: TopologySlave): Promise<void> {
    for (const { path, log } of audiences) {
      const foreign = log.tokens().filter(({ nodeId }) => nodeId !== slave.nodeId);
      const tried = foreign[Math.floor(Math.random() * foreign.length)];
      if (!tried) continue;
      for (const prefix of ["", `/n/${tried.nodeId}`]) {
        const url = new URL(`${prefix}/${path}/index.m3u8?jwt=${tried.token}`, slave.hlsUrl);
        const { status } = await httpCall({ method: "GET", url, agent, headers: {}, timeoutMs, signal });
        if (status < 400) problems.add(`${slave.nodeId} answered ${status} to a token for ${tried.nodeId}`);
        else refusals += 1;
      }
    }
  }

  async function look(): Promise<void> {
    while (!signal.aborted) {
      await Promise.allSettled(topology.slaves.flatMap((slave) => [lookAtRoles(slave), tryTokens(slave)]));
      await sleep(everyMs, undefined, { signal }).catch(() => undefined); // Stopped: the loop sees it.
    }
  }
  const done = look();

  return {
    get problems() {
      return [...problems, ...audiences.flatMap(({ log }) => log.problems)];
    },
    get refusals() {
      return refusals;
    },
    epochs: (path) => claims.get(path)?.size ?? 0,
    add: (audience) => void audiences.push(audience),
    async stop() {
      stopping.abort();
      await done;
      agent.destroy();
    },
  };
}

/** One origin, and as many in-sync copies as there have to be. */
export function untilReplicated(topology: Topology, path: string, copies: number, timeoutMs = 20_000): Promise<void> {
  return eventually(
    `${path} has one origin and ${copies} copies in sync`,
    async () => {
      const replicas = await topology.replicas(path);
      const inSync = replicas.filter(({ in_sync }) => in_sync);
      const found = inSync.filter(({ role }) => role === "origin").length;
      if (found === 1 && inSync.length >= copies) return true;
      throw new Error(JSON.stringify(replicas));
    },
    timeoutMs,
  );
}

/** Every slave takes viewers, and the stream is on air in as many copies as there have to be. */
export async function untilOnAir(topology: Topology, path: string, copies: number): Promise<void> {
  await topology.untilWhole();
  await eventually("it is on air", async () => (await topology.streams()).some(({ origin }) => origin !== null));
  await untilReplicated(topology, path, copies);
}
