// Who was sent away from a class by its teacher, and for how long they stay away. By the name that they gave: there are no
// accounts. Does not know tokens.
import type { Clock } from "../../shared/kernel/clock.ts";
import type { RemovedViewer, RevocationStore } from "../store/revocation-store.ts";

export interface RemovedViewers {
  remove(className: string, userId: string): void;
  isRemoved(className: string, userId: string): boolean;
  /** False when nobody of this name was removed. */
  letIn(className: string, userId: string): boolean;
  /** By name. */
  list(className: string): RemovedViewer[];
}

/** A school day. */
const removedForMs = 12 * 3_600_000;
/** A teacher removes them one by one; those who may come back first are forgotten first. */
const maxPerClass = 1_000;

export function createRemovedViewers({ store, clock }: { store: RevocationStore; clock: Pick<Clock, "wallMs"> }): RemovedViewers {
  return {
    remove(className, userId) {
      const nowMs = clock.wallMs();
      store.deleteRemovedBefore(nowMs);
      store.putRemoved(className, nameKey(userId), { userId, untilMs: nowMs + removedForMs }, maxPerClass);
    },
    isRemoved: (className, userId) => (store.removedUntil(className, nameKey(userId)) ?? 0) > clock.wallMs(),
    letIn: (className, userId) => store.deleteRemoved(className, nameKey(userId)),
    list: (className) => store.removedFrom(className).filter(({ untilMs }) => untilMs > clock.wallMs()),
  };
}

/**
 * What two spellings of a name have in common: another case, more spaces or a full-width letter is no other person. What cannot
 * be seen goes first, since it keeps a letter and its accent apart (Unicode NFKC). U+2800 is a blank, though Unicode calls it a symbol.
 */
export function nameKey(userId: string): string {
  return userId
    .replaceAll(/\p{Default_Ignorable_Code_Point}+/gu, "")
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[\p{White_Space}\u2800]+/gu, " ")
    .trim();
}
