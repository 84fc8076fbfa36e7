// What a teacher's page is told of its class while it is open: the state, the last 30 minutes, then what changes.
import { eventBytes } from "../../shared/http/event-stream.ts";
import type { EventBytes } from "../../shared/http/event-stream.ts";
import type { Feed } from "./feed-groups.ts";
import type { LiveContext } from "./live-context.ts";
import { classHistory, classLive } from "./live-views.ts";
import type { ClassLiveSources } from "./live-views.ts";
import type { Asked } from "./node-urls.ts";

export interface AskedClass {
  readonly name: string;
  readonly asked: Asked;
}

/** A class that is gone says nothing; that it is gone is told by others. */
export function createClassFeed(sources: ClassLiveSources, { history }: LiveContext, { name, asked }: AskedClass): Feed {
  let known: string | undefined;

  /** As text for comparison, and as it is sent. */
  function look(): { readonly text: string; readonly bytes: EventBytes } | undefined {
    const record = sources.context.classes.get(name);
    if (!record) return undefined;
    const state = classLive(sources, record, asked);
    return { text: JSON.stringify(state), bytes: eventBytes("state", state) };
  }

  return {
    opening() {
      const now = look();
      known ??= now?.text;
      return now ? [now.bytes, eventBytes("history", classHistory(history, name))] : [];
    },
    changes() {
      const now = look();
      if (!now || now.text === known) return [];
      known = now.text;
      return [now.bytes];
    },
  };
}
