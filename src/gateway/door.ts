// May this publisher come in? The stream key is checked against what the master told, and there may be no other publisher.
// Refusals are sentences that a teacher sees in OBS. Owns no connection.
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../shared/kernel/clock.ts";
import { classNameOf } from "../shared/protocol/names.ts";
import { noSuchClass, publishRefusals } from "../shared/protocol/publish-refusals.ts";
import type { PublishRefusal } from "../shared/protocol/publish-refusals.ts";
import { equalSecrets, hashSecret } from "../shared/tokens/random-secrets.ts";
import type { ViewKeeper } from "./view-keeper.ts";

export type DoorVerdict =
  | { readonly ok: true; readonly keyHash: string }
  | { readonly ok: false; readonly code: PublishRefusal; readonly reason: string };

export interface DoorDeps {
  readonly cluster: Pick<ViewKeeper, "view" | "keyHash" | "isClosed" | "originOf" | "advancedAtMs" | "refresh">;
  /** The relay of this path, where there is one: the slave that carries it, and when its publisher last sent. */
  readonly relayOf: (path: string) => { readonly nodeId: string | undefined; readonly lastMediaMs: number } | undefined;
  readonly clock: Clock;
  /** How long to look whether a stream that is said to be live elsewhere goes on, ms. */
  readonly lookMs?: number;
}

export interface Door {
  /** Resolves within the time that a publisher has for being accepted. */
  mayEnter(path: string, key: string | undefined): Promise<DoorVerdict>;
  /** Whether nobody has begun to publish since `mayEnter` looked; to be asked right before the publisher is let in. */
  isFree(path: string): boolean;
}

/** A publisher who has sent nothing for so long may be replaced by another one with the key. */
export const presentMs = 2_000;
/** A heartbeat interval and some: a stream that does not advance in that time is one whose publisher is gone. */
const defaultLookMs = 6_000;
const lookIntervalMs = 250;

export function createDoor({ cluster, relayOf, clock, lookMs = defaultLookMs }: DoorDeps): Door {
  function checkKey(path: string, key: string): DoorVerdict {
    if (!cluster.view) return { ok: false, ...publishRefusals.noMasterYet };
    const expected = cluster.keyHash(classNameOf(path));
    if (expected === undefined) return { ok: false, ...noSuchClass(path) };
    if (!equalSecrets(hashSecret(key), expected)) return { ok: false, ...publishRefusals.wrongKey };
    // Only who has the key is told.
    if (cluster.isClosed(classNameOf(path))) return { ok: false, ...publishRefusals.classClosed };
    return { ok: true, keyHash: expected };
  }

  function isFree(path: string): boolean {
    const relay = relayOf(path);
    return relay === undefined || clock.monotonicMs() - relay.lastMediaMs >= presentMs;
  }

  /** True while a slave that takes publishers says that somebody publishes to it, and not through this gateway. */
  function isLiveElsewhere(path: string): boolean {
    const origin = cluster.originOf(path);
    if (origin?.state !== "live" || relayOf(path)) return false;
    return (
      cluster.view?.nodes.some(({ node_id, publishable, draining }) => node_id === origin.node_id && (publishable || draining)) ?? false
    );
  }

  /** Whether it goes on is seen only from one report of its slave to the next. */
  async function goesOnElsewhere(path: string): Promise<boolean> {
    const sinceMs = clock.monotonicMs();
    while (isLiveElsewhere(path)) {
      if ((cluster.advancedAtMs(path) ?? 0) > sinceMs) return true;
      if (clock.monotonicMs() - sinceMs >= lookMs) return false;
      await sleep(lookIntervalMs);
    }
    return false;
  }

  return {
    isFree,
    async mayEnter(path, key) {
      if (key === undefined) return { ok: false, ...publishRefusals.noKey };
      let verdict = checkKey(path, key);
      if (!verdict.ok && (await cluster.refresh())) verdict = checkKey(path, key);
      if (!verdict.ok) return verdict;
      if (!isFree(path) || (await goesOnElsewhere(path))) return { ok: false, ...publishRefusals.publisherPresent };
      return verdict;
    },
  };
}
