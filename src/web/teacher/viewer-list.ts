// What is shown of who watches: found by what is typed, and no more rows than a page can carry. Pure.
import type { ClassViewers } from "../../shared/protocol/class-viewers.ts";

export type Viewer = ClassViewers["viewers"][number];

/** A whole school in one class; more are found by typing. */
export const maxShownViewers = 200;

export interface ShownViewers {
  readonly shown: readonly Viewer[];
  /** That fit what is typed. */
  readonly found: number;
}

const plain = (text: string): string => text.normalize("NFKC").toLocaleLowerCase();

/** Students by name, in the order of `language`; who watches as a teacher comes last. */
export function shownViewers(viewers: readonly Viewer[], typed: string, language: string): ShownViewers {
  const wanted = plain(typed.trim());
  const found = wanted === "" ? viewers : viewers.filter(({ user_id: name }) => plain(name).includes(wanted));
  const { compare } = new Intl.Collator(language, { numeric: true });
  const rank = ({ user_type: type }: Viewer): number => (type === "teacher" ? 1 : 0);
  const shown = found.toSorted((a, b) => rank(a) - rank(b) || compare(a.user_id, b.user_id) || (a.jti < b.jti ? -1 : 1));
  return { shown: shown.slice(0, maxShownViewers), found: found.length };
}
