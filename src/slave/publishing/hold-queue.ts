// Media that waits until it may be handed on, in order and bounded. Knows neither streams nor time.

export interface HoldQueue {
  /** False when it is full: nothing was added. What has no media (0 bytes) is always taken. @param bytes of media behind `deliver`. */
  push(bytes: number, deliver: () => void): boolean;
  /** Delivers everything in order, also what is pushed meanwhile. */
  flush(): void;
  clear(): void;
}

/** What all queues of a process hold together. */
export interface HoldBudget {
  readonly maxBytes: number;
  bytes: number;
}

/** What an entry costs beside its media. */
const entryBytes = 256;

/** @param maxBytes of this queue alone. */
export function createHoldQueue(maxBytes: number, budget: HoldBudget): HoldQueue {
  let entries: { readonly cost: number; readonly deliver: () => void }[] = [];
  let held = 0;

  function clear(): void {
    entries = [];
    budget.bytes -= held;
    held = 0;
  }

  return {
    push(bytes, deliver) {
      const cost = bytes + entryBytes;
      if (bytes > 0 && (held + cost > maxBytes || budget.bytes + cost > budget.maxBytes)) return false;
      entries.push({ cost, deliver });
      held += cost;
      budget.bytes += cost;
      return true;
    },
    flush() {
      while (entries.length > 0) {
        const next = entries;
        clear();
        for (const { deliver } of next) deliver();
      }
    },
    clear,
  };
}
