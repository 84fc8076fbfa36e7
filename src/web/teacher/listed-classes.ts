// The classes of the school as the list shows them: what is on comes first. Pure.
import type { ClassView } from "../../shared/protocol/classes.ts";
import type { StreamsView } from "../../shared/protocol/cluster-views.ts";
import type { Phase } from "./class-texts.ts";

export interface ListedClass {
  readonly view: ClassView;
  readonly phase: Phase;
  readonly students: number;
}

const order: readonly Phase[] = ["live", "waiting", "idle", "closed"];

/** @param streams what the cluster carries; undefined when that could not be asked */
export function listedClasses(
  classes: readonly ClassView[],
  streams: StreamsView | undefined,
  typed: string,
  language: string,
): ListedClass[] {
  const carried = new Map((streams?.streams ?? []).map((stream) => [stream.path, stream]));
  const { compare } = new Intl.Collator(language, { numeric: true });
  const wanted = typed.trim().normalize("NFKC").toLocaleLowerCase();
  return classes
    .filter(({ title, name }) => `${title} ${name}`.normalize("NFKC").toLocaleLowerCase().includes(wanted))
    .map((view) => {
      const stream = carried.get(view.path);
      const phase: Phase = view.closed ? "closed" : view.live ? "live" : stream ? "waiting" : "idle";
      return { view, phase, students: stream?.students ?? 0 };
    })
    .toSorted((a, b) => order.indexOf(a.phase) - order.indexOf(b.phase) || compare(a.view.title, b.view.title));
}
