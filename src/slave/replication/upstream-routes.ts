// By which of its addresses another slave is read. Usually straight; one that sits in a container network of another
// machine is reached where viewers reach it, through its door. Remembers what has worked; opens no connection.
import { setNewest } from "../../shared/kernel/bounded-map.ts";
import type { Source } from "./who-to-follow.ts";

export interface UpstreamRoutes {
  /** Addresses without a slash at their end, in the order in which they are to be tried; one at least. */
  of(source: Source): readonly string[];
  /** The slave itself has answered there. True when that is another way than was known to work. */
  worked(source: Source, url: string): boolean;
}

export interface UpstreamRoutesDeps {
  /** The master's address as this slave uses it: paths lie below it. */
  readonly masterUrl: () => string;
  readonly nowMs: () => number;
}

/** After so long the straight way is tried first again. */
const rememberedMs = 600_000;
const maxRemembered = 2_000;

export function createUpstreamRoutes({ masterUrl, nowMs }: UpstreamRoutesDeps): UpstreamRoutes {
  /** Nodes that were reached by their public address, and when. A node that moved has another key. */
  const byDoor = new Map<string, number>();

  const remembers = (key: string): boolean => nowMs() - (byDoor.get(key) ?? Number.NEGATIVE_INFINITY) < rememberedMs;

  return {
    of(source) {
      const { mediaUrl, publicUrl } = source;
      if (publicUrl === undefined) return [mediaUrl];
      const door = publicUrl.startsWith("/") ? `${masterUrl().replace(/\/+$/, "")}${publicUrl}` : publicUrl;
      return remembers(keyOf(source)) ? [door, mediaUrl] : [mediaUrl, door];
    },
    worked(source, url) {
      const key = keyOf(source);
      if (url === source.mediaUrl) return byDoor.delete(key);
      const isNews = !byDoor.has(key);
      if (!remembers(key)) setNewest(byDoor, key, nowMs(), maxRemembered);
      return isNews;
    },
  };
}

const keyOf = ({ nodeId, mediaUrl }: Source): string => `${nodeId} ${mediaUrl}`;
