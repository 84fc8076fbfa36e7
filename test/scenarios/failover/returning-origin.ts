// Looks closely at a node that was the origin and is paused, in the moment of its return: does it give out media that
// nobody had seen before?
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../support/eventually.ts";
import { readMediaPlaylist } from "../../support/playlist-reader.ts";
import type { TopologySlave } from "../../support/topology.ts";
import type { Stage } from "./stage.ts";

export interface ReturningOrigin {
  /** Call before it goes on: from then on everything that it announces is looked at. */
  from(): { readonly leaks: readonly string[]; stop(): Promise<void> };
}

/** Between what was seen before the pause and the pause itself, some parts may have been made. */
const toleranceParts = 4;
const everyMs = 20;

/** Call while the node is well: notes what it has, with a token for it. */
export async function watchReturning({ topology }: Pick<Stage, "topology">, slave: TopologySlave, path: string): Promise<ReturningOrigin> {
  let url = "";
  await eventually(`a token for ${slave.nodeId}`, async () => {
    const exclude = topology.slaves.filter(({ nodeId }) => nodeId !== slave.nodeId).map(({ nodeId }) => nodeId);
    const grant = await topology.token({ user_id: "probe", path, exclude });
    url = grant.hls_url;
    return grant.node_id === slave.nodeId;
  });
  const before = (await readMediaPlaylist(url)).playlist.segments;
  const last = before.at(-1);
  assert.ok(last);
  return {
    from() {
      const leaks = new Set<string>();
      const stopping = new AbortController();
      async function look(): Promise<void> {
        while (!stopping.signal.aborted) {
          try {
            const { segments } = (await readMediaPlaylist(url)).playlist;
            const newest = segments.at(-1);
            if (newest && newest.discontinuitySequence === last?.discontinuitySequence) {
              const parts = segments
                .filter(({ msn, uri }) => msn > last.msn || (msn === last.msn && uri === undefined))
                .reduce((sum, segment) => sum + Math.max(1, segment.parts.length), 0);
              if (parts - last.parts.length > toleranceParts)
                leaks.add(`MSN ${newest.msn}, when ${last.msn} was the last before the pause`);
            }
          } catch {
            // Refused, or not up yet: nothing got out.
          }
          await sleep(everyMs);
        }
      }
      const done = look();
      return {
        get leaks() {
          return [...leaks];
        },
        async stop() {
          stopping.abort();
          await done;
        },
      };
    },
  };
}
