// When which viewer is told to go to another node while this one is emptied: spread evenly, so that the others are not
// stormed. Pure; a viewer's moment depends on its token only, so it is the same however often it is asked for.

/** Monotonic ms. */
export interface DrainWindow {
  readonly startedAtMs: number;
  readonly deadlineMs: number;
}

/** The last ones are told when this share of the time is over: they need some to go, and are to be seen gone. */
const spreadShare = 0.6;

/** @param firstSeenMs of this viewer; who came after the drain began is told at once, before it has settled here. */
export function shouldMove(jti: string, firstSeenMs: number, { startedAtMs, deadlineMs }: DrainWindow, nowMs: number): boolean {
  if (firstSeenMs > startedAtMs) return true;
  return nowMs >= startedAtMs + fraction(jti) * Math.max(0, deadlineMs - startedAtMs) * spreadShare;
}

/** 0 to 1, evenly spread over tokens: 32-bit FNV-1a with a final mix, since its upper bits alone tell similar texts badly apart. */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
