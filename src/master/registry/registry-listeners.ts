// Puts listeners of the registry together. Knows none of them.
import type { RegistryListener } from "./registry.ts";

/** Tells both, the first one first. */
export function bothOf(first: RegistryListener, second: RegistryListener): RegistryListener {
  return {
    changed(node) {
      first.changed(node);
      second.changed(node);
    },
    gone(nodeId) {
      first.gone(nodeId);
      second.gone(nodeId);
    },
  };
}
