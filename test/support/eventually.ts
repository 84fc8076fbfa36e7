// Waits for an event by looking for it again and again.
import { setTimeout as sleep } from "node:timers/promises";

/** Polls until the condition holds; generous, since it waits for an event and measures nothing. @throws with the last reason. */
export async function eventually(what: string, holds: () => Promise<boolean> | boolean, timeoutMs = 30_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      if (await holds()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await sleep(50);
  }
  throw new Error(`waited ${timeoutMs} ms in vain until ${what}`, { cause: last });
}
