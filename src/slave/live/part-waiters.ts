// Who waits for which part of a rendition, and how they are released: in order, a batch per turn of the event loop,
// so that thousands of answers do not hold up those who ask for the part itself.
import type { Waiter, WakeReason } from "./live-log.ts";

export interface PartWaiters {
  /** Returns how to cancel. A waiter beyond the bound is released at once as `overloaded`. */
  add(msn: number, part: number | undefined, waiter: Waiter): () => void;
  /** Releases those for whom `isReady` holds. */
  release(isReady: (msn: number, part: number | undefined) => boolean): void;
  releaseAll(reason: WakeReason): void;
  /** Waiters that are not yet called. */
  readonly size: number;
}

interface Entry {
  waiter: Waiter | undefined;
}

/** Why all of a group are called, and since when they may be. */
interface Release {
  readonly reason: WakeReason;
  readonly sinceMs: number;
}

interface Group {
  readonly msn: number;
  readonly part: number | undefined;
  readonly entries: Set<Entry>;
}

const batchSize = 64;

/** @param maxWaiters bound over all parts of the rendition. @param now monotonic ms. */
export function createPartWaiters(maxWaiters: number, now: () => number): PartWaiters {
  const groups: Group[] = [];
  const outgoing: { readonly entry: Entry; readonly release: Release }[] = [];
  let nextOut = 0;
  let scheduled = false;
  let size = 0;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(releaseBatch);
  }

  function releaseBatch(): void {
    scheduled = false;
    let called = 0;
    while (called < batchSize && nextOut < outgoing.length) {
      const next = outgoing[nextOut];
      nextOut += 1;
      const waiter = next?.entry.waiter;
      if (!next || !waiter) continue;
      next.entry.waiter = undefined;
      size -= 1;
      called += 1;
      waiter(next.release.reason, next.release.sinceMs);
    }
    if (nextOut < outgoing.length) {
      schedule();
      return;
    }
    outgoing.length = 0;
    nextOut = 0;
  }

  function send(group: Group, reason: WakeReason): void {
    const release = { reason, sinceMs: now() };
    for (const entry of group.entries) outgoing.push({ entry, release });
    schedule();
  }

  return {
    add(msn, part, waiter) {
      const entry: Entry = { waiter };
      size += 1;
      if (size > maxWaiters) {
        outgoing.push({ entry, release: { reason: "overloaded", sinceMs: now() } });
        schedule();
      }
      let group = groups.find((candidate) => candidate.msn === msn && candidate.part === part);
      if (size <= maxWaiters) {
        if (!group) {
          group = { msn, part, entries: new Set() };
          groups.push(group);
        }
        group.entries.add(entry);
      }
      return () => {
        if (!entry.waiter) return;
        entry.waiter = undefined;
        size -= 1;
        group?.entries.delete(entry);
      };
    },
    release(isReady) {
      for (let index = 0; index < groups.length;) {
        const group = groups[index];
        if (group && (group.entries.size === 0 || isReady(group.msn, group.part))) {
          groups.splice(index, 1);
          if (group.entries.size > 0) send(group, "ready");
        } else {
          index += 1;
        }
      }
    },
    releaseAll(reason) {
      for (const group of groups.splice(0)) send(group, reason);
    },
    get size() {
      return size;
    },
  };
}
