// A class that is closed or deleted ends the tokens of its stream, and slaves hear of that, and of new keys, at once. Only
// listens; what a class is, the catalog says.
import { classNameOf, streamPathOf } from "../../shared/protocol/names.ts";
import type { ClassCatalog } from "../classes/class-catalog.ts";
import type { Nudge } from "./nudge.ts";
import type { RevocationList } from "./revocation-list.ts";

export interface ClassEndingsDeps {
  readonly classes: Pick<ClassCatalog, "list" | "get" | "grants" | "listen">;
  readonly revocations: Pick<RevocationList, "revokePath" | "isRevoked">;
  readonly nudge: Nudge;
}

/** @returns what ends it. */
export function watchClassEndings({ classes, revocations, nudge }: ClassEndingsDeps): () => void {
  let toldGrants = classes.grants().version;
  for (const { name, closedAtMs } of classes.list()) {
    if (closedAtMs === undefined) continue;
    // The master may have died between the one and the other.
    const lastToken = { jti: "", path: streamPathOf(name), iat: Math.floor(closedAtMs / 1_000) };
    if (!revocations.isRevoked(lastToken)) revocations.revokePath(lastToken.path, "closed");
  }
  return classes.listen({
    ended(path) {
      revocations.revokePath(path, classes.get(classNameOf(path)) ? "closed" : "deleted");
    },
    changed() {
      // A title is of no interest to slaves.
      const { version } = classes.grants();
      if (version === toldGrants) return;
      toldGrants = version;
      nudge();
    },
  });
}
