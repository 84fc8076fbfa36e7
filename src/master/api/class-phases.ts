// Whether anybody has published a class since it was opened: what tells "not begun" from "waits for its teacher". From the
// epochs that the stream directory remembers. Bounded.
import { setNewest } from "../../shared/kernel/bounded-map.ts";
import { streamPathOf } from "../../shared/protocol/names.ts";
import type { ClassCatalog } from "../classes/class-catalog.ts";
import type { StreamDirectory } from "../streams/stream-directory.ts";

const maxPaths = 10_000;

/** @returns whether a class has begun. It is told of closed and deleted classes from now on. */
export function createClassPhases(
  classes: Pick<ClassCatalog, "listen">,
  directory: Pick<StreamDirectory, "highestEpochOf">,
): (name: string) => boolean {
  /** Epochs of the lessons before. */
  const over = new Map<string, number>();
  classes.listen({ ended: (path) => setNewest(over, path, directory.highestEpochOf(path), maxPaths) });
  return (name) => {
    const path = streamPathOf(name);
    return directory.highestEpochOf(path) > (over.get(path) ?? 0);
  };
}
