// A bound on how long a fetch may take, also where AbortSignal.timeout is missing: iPhones with iOS 15 still come to school.

/** @returns a signal that is aborted after `ms`; it keeps no program alive for that where it can be helped. */
export function timeLimit(ms: number): AbortSignal {
  // oxlint-disable-next-line typescript/no-unnecessary-condition -- the types know newer browsers only
  if (typeof AbortSignal.timeout === "function") return AbortSignal.timeout(ms);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), ms);
  return controller.signal;
}
