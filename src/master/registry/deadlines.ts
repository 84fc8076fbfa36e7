// One timer per key, moved lazily: a heartbeat that pushes a deadline back costs nothing, because the old timer
// looks at the new deadline when it fires. Knows nothing of nodes.
import type { Clock } from "../../shared/kernel/clock.ts";

/** Calls `run` once after `delayMs`; the returned function cancels. A test passes a literal fake. */
export type SetTimer = (run: () => void, delayMs: number) => () => void;

/** Timers that do not keep the process alive. */
export const systemTimer: SetTimer = (run, delayMs) => {
  const timeout = setTimeout(run, delayMs);
  timeout.unref();
  return () => clearTimeout(timeout);
};

export interface Deadlines {
  /** `reached(key)` is called at `atMs` (monotonic) or a little later, never earlier. Replaces the key's former deadline. */
  set(key: string, atMs: number): void;
  delete(key: string): void;
  clear(): void;
}

interface Entry {
  atMs: number;
  timerAtMs: number;
  cancel: () => void;
}

/** The longest delay that a Node timer can hold (2^31 - 1 ms); longer ones are reached in several steps. */
const longestTimerMs = 2_147_483_647;

export function createDeadlines(reached: (key: string) => void, deps: { clock: Clock; setTimer: SetTimer }): Deadlines {
  const entries = new Map<string, Entry>();

  function arm(key: string, atMs: number): Entry {
    const delayMs = Math.min(longestTimerMs, Math.max(0, Math.ceil(atMs - deps.clock.monotonicMs())));
    return { atMs, timerAtMs: atMs, cancel: deps.setTimer(() => fire(key), delayMs) };
  }

  function fire(key: string): void {
    const entry = entries.get(key);
    if (!entry) return;
    if (deps.clock.monotonicMs() < entry.atMs) {
      entries.set(key, arm(key, entry.atMs));
      return;
    }
    entries.delete(key);
    reached(key);
  }

  return {
    set(key, atMs) {
      const entry = entries.get(key);
      if (entry && atMs >= entry.timerAtMs) {
        entry.atMs = atMs;
        return;
      }
      entry?.cancel();
      entries.set(key, arm(key, atMs));
    },
    delete(key) {
      entries.get(key)?.cancel();
      entries.delete(key);
    },
    clear() {
      for (const entry of entries.values()) entry.cancel();
      entries.clear();
    },
  };
}
