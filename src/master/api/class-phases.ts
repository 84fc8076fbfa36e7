// How far a class is: told from its record, from what its origin reports, and from the epochs that the stream directory
// remembers. Bounded.
import { setNewest } from "../../shared/kernel/bounded-map.ts";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { ClassLive } from "../../shared/protocol/class-live.ts";
import { streamPathOf } from "../../shared/protocol/names.ts";
import type { ClassCatalog } from "../classes/class-catalog.ts";
import type { StreamDirectory } from "../streams/stream-directory.ts";
import type { ClassRecord } from "../store/store.ts";

const maxPaths = 10_000;
/** For so long after a class was opened again, what is still reported of the lesson before is old news. */
const oldNewsMs = 15_000;

/** A lesson that was ended. */
interface Over {
  readonly epoch: number;
  /** When the class was opened again (monotonic); undefined while it is closed. */
  openedMs: number | undefined;
}

export type ClassPhaseOf = (record: Pick<ClassRecord, "name" | "closedAtMs">) => ClassLive["phase"];

/** It is told of closed and deleted classes from now on. */
export function createClassPhases(
  classes: Pick<ClassCatalog, "get" | "listen">,
  directory: Pick<StreamDirectory, "highestEpochOf" | "originOf">,
  clock: Clock,
): ClassPhaseOf {
  const lessons = new Map<string, Over>();
  classes.listen({
    ended: (path) => setNewest(lessons, path, { epoch: directory.highestEpochOf(path), openedMs: undefined }, maxPaths),
    changed(name) {
      const over = lessons.get(streamPathOf(name));
      const record = classes.get(name);
      if (over && record && record.closedAtMs === undefined) over.openedMs ??= clock.monotonicMs();
    },
  });

  return ({ name, closedAtMs }) => {
    if (closedAtMs !== undefined) return "closed";
    const path = streamPathOf(name);
    const origin = directory.originOf(path);
    const over = lessons.get(path);
    const overEpoch = over?.epoch ?? 0;
    // The slave says with its next heartbeat that it has ended the lesson; one that never heard of it does not.
    const isOldNews = over?.openedMs !== undefined && clock.monotonicMs() - over.openedMs < oldNewsMs;
    if (origin?.state === "live" && (origin.epoch > overEpoch || !isOldNews)) return "live";
    return directory.highestEpochOf(path) > overEpoch ? "waiting" : "idle";
  };
}
