// Notices that the device slept, that its page was put away, or that its network changed. Knows nothing of playback.
import { createWakeGap } from "./wake-gap.ts";

export interface DeviceEvents {
  /** Nothing of this page ran for `gapMs`. */
  woke(gapMs: number): void;
  /** There is a network again, or another one. */
  reconnected(): void;
  /** The page can be seen again. */
  shown(): void;
}

const tickMs = 1_000;
/** Browsers hold timers of hidden pages back, up to a minute: that is no sleep. */
const hiddenGapMs = 90_000;

/** @returns what ends it. */
export function watchDevice(events: DeviceEvents): () => void {
  const wake = createWakeGap(Date.now(), performance.now());

  function look(): void {
    const gapMs = wake.tick(Date.now(), performance.now());
    if (gapMs !== undefined && (!document.hidden || gapMs > hiddenGapMs)) events.woke(gapMs);
  }
  function onVisibility(): void {
    look();
    if (!document.hidden) events.shown();
  }
  // A page that comes back from where the browser keeps pages for "back".
  function onPageShow({ persisted }: PageTransitionEvent): void {
    if (persisted) onVisibility();
  }
  function onNetwork(): void {
    look();
    if (navigator.onLine) events.reconnected();
  }

  const timer = setInterval(look, tickMs);
  // Only Chromium tells of a change from one network to another.
  const connection: unknown = Reflect.get(navigator, "connection");
  const targets: readonly (readonly [EventTarget, string, (event: never) => void])[] = [
    [document, "visibilitychange", onVisibility],
    // Page Lifecycle: before it timers stood, maybe for hours.
    [document, "resume", onVisibility],
    [window, "pageshow", onPageShow],
    [window, "online", onNetwork],
    ...(connection instanceof EventTarget ? [[connection, "change", onNetwork] as const] : []),
  ];
  for (const [target, name, listener] of targets) target.addEventListener(name, listener as EventListener);
  return () => {
    clearInterval(timer);
    for (const [target, name, listener] of targets) target.removeEventListener(name, listener as EventListener);
  };
}
