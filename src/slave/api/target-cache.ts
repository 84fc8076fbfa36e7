// Remembers what media URLs ask for, so that each is parsed once.
import { parseMediaPath } from "./media-request.ts";
import type { MediaTarget } from "./media-request.ts";

/** Thousands of viewers ask for the same few paths: each is parsed once. Bounded; what is refused is not kept. */
export function createTargetCache(maxTargets = 2_000): { get(pathname: string): MediaTarget | undefined } {
  const parsed = new Map<string, MediaTarget>();
  return {
    get(pathname) {
      const known = parsed.get(pathname);
      if (known) return known;
      const target = parseMediaPath(pathname);
      if (target) {
        if (parsed.size >= maxTargets) parsed.clear();
        parsed.set(pathname, target);
      }
      return target;
    },
  };
}
