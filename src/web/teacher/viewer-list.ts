// What is shown of who watches: students, found by what is typed, and no more rows than a page can carry. Pure.
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

/** Without those who watch as teachers. */
export const studentsOf = (viewers: readonly Viewer[]): readonly Viewer[] => viewers.filter(({ user_type: type }) => type === "student");

/** By name, in the order of `language`. */
export function shownViewers(viewers: readonly Viewer[], typed: string, language: string): ShownViewers {
  const wanted = plain(typed.trim());
  const found = wanted === "" ? viewers : viewers.filter(({ user_id: name }) => plain(name).includes(wanted));
  const { compare } = new Intl.Collator(language, { numeric: true });
  const shown = found.toSorted((a, b) => compare(a.user_id, b.user_id) || (a.jti < b.jti ? -1 : 1));
  return { shown: shown.slice(0, maxShownViewers), found: found.length };
}
