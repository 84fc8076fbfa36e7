// Keeps the screen on while a class is watched, where the browser can. Knows nothing of the class.

export interface StayAwake {
  set(wanted: boolean): void;
}

export function createStayAwake(): StayAwake {
  // Only pages over HTTPS (and localhost) have it.
  const wakeLock: WakeLock | undefined = navigator.wakeLock;
  let wanted = false;
  let asking = false;
  let lock: WakeLockSentinel | undefined;

  async function update(): Promise<void> {
    if (wakeLock === undefined || asking) return;
    if (!wanted) {
      const held = lock;
      lock = undefined;
      await held?.release();
      return;
    }
    if (document.hidden || (lock !== undefined && !lock.released)) return;
    asking = true;
    try {
      lock = await wakeLock.request("screen");
    } catch {
      // Low battery, or forbidden: the screen follows the device's own settings.
    } finally {
      asking = false;
    }
    if (!wanted) await update();
  }

  // The browser lets go of it whenever the page is put away.
  document.addEventListener("visibilitychange", () => void update());
  return {
    set(next) {
      if (next === wanted) return;
      wanted = next;
      void update();
    },
  };
}
