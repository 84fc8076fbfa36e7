// Many simulated viewers of one class, and what they saw together.
import { Agent } from "node:http";
import { parsePlaylist } from "../conformance/playlist.ts";
import type { MediaPlaylist } from "../conformance/playlist.ts";
import { eventually } from "./eventually.ts";
import { startViewer } from "./viewer.ts";
import type { Viewer } from "./viewer.ts";
import { createViewingLog } from "./viewing-log.ts";
import type { ViewingLog } from "./viewing-log.ts";

export interface Audience {
  readonly path: string;
  readonly viewers: readonly Viewer[];
  readonly log: ViewingLog;
  /** Every viewer has a picture. */
  untilPlaying(): Promise<void>;
  /** Every viewer gets this many parts more than it has now. */
  untilAdvanced(parts: number, timeoutMs?: number): Promise<void>;
  /** Of the viewer whose picture stood longest since the last `restart`. */
  longestFreezeMs(): number;
  restart(): void;
  /** Viewers of each node. */
  spread(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

/** @param avoid nodes that nobody is to join on; whoever has to move may go there all the same. */
export function startAudience(
  masterUrl: string,
  lesson: { readonly name: string; readonly path: string },
  count: number,
  avoid: readonly string[] = [],
): Audience {
  // Beside the blocking reload a viewer fetches parts; connections are per node.
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 1_024 });
  const log = createViewingLog(lesson.path);
  const parse = parseOnce();
  const viewers = Array.from({ length: count }, (_, index) =>
    startViewer({ name: `${lesson.name}-${index + 1}`, className: lesson.name, masterUrl, avoid, agent, log, parse }),
  );
  const advanced = (least: number, timeoutMs?: number): Promise<void> => {
    const goals = viewers.map((viewer) => ({ viewer, goal: viewer.parts + least }));
    return eventually(
      `all viewers of ${lesson.path} have ${least} parts more`,
      () => {
        const behind = goals.filter(({ viewer, goal }) => viewer.parts < goal);
        const [first] = behind;
        if (first)
          throw new Error(
            `${behind.length} of ${count} have not; ${first.viewer.name} on ${first.viewer.nodeId}: ${first.viewer.failures.slice(-3).join("; ")}`,
          );
        return true;
      },
      timeoutMs,
    );
  };
  return {
    path: lesson.path,
    viewers,
    log,
    untilPlaying: () => advanced(1),
    untilAdvanced: advanced,
    longestFreezeMs: () => Math.max(...viewers.map((viewer) => viewer.longestFreezeMs())),
    restart: () => viewers.forEach((viewer) => viewer.restart()),
    spread() {
      const counts: Record<string, number> = {};
      for (const { nodeId = "none" } of viewers) counts[nodeId] = (counts[nodeId] ?? 0) + 1;
      return counts;
    },
    async stop() {
      await Promise.all(viewers.map((viewer) => viewer.stop()));
      agent.destroy();
    },
  };
}

/** Viewers who wait for the same part get the same text: it is read once. */
function parseOnce(): (text: string) => MediaPlaylist | undefined {
  const known = new Map<string, MediaPlaylist | undefined>();
  return (text) => {
    const found = known.get(text);
    if (found) return found;
    const playlist = parsePlaylist(text);
    const media = playlist.kind === "media" ? playlist : undefined;
    known.set(text, media);
    // Insertion order: the oldest goes.
    for (const oldest of known.keys()) {
      if (known.size <= 64) break;
      known.delete(oldest);
    }
    return media;
  };
}
