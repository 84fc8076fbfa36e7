// Readers who are told the same are a group: what is new is rendered once for it, at most once a second, and only while
// somebody listens. Does not know what is told.
import type { EventBytes, EventReader } from "../../shared/http/event-stream.ts";

export interface Feed {
  /** All that a new reader needs to begin with. Kept until something else was sent, for a second at most. */
  opening(): readonly EventBytes[];
  /** What has changed since the last call, or since the first `opening` for the first. */
  changes(): readonly EventBytes[];
}

export interface FeedGroups<Key> {
  /** Adds a reader, which gets the opening at once. */
  join(key: Key, reader: EventReader): void;
  leave(key: Key, reader: EventReader): void;
  /** To all groups; rendered for each of them. */
  tell(bytesFor: (key: Key) => readonly EventBytes[]): void;
  /** Ends groups and their readers, after a last word. */
  close(which: (key: Key) => boolean, last: EventBytes): void;
}

interface Group<Key> {
  readonly key: Key;
  readonly feed: Feed;
  readonly readers: Set<EventReader>;
  opening: readonly EventBytes[] | undefined;
}

const everyMs = 1_000;

export interface FeedSources<Key> {
  /** The same for keys that are told the same. */
  readonly idOf: (key: Key) => string;
  readonly feedOf: (key: Key) => Feed;
  /** A group could not be told what is new; its readers are sent away, and come again. */
  readonly failed: (error: unknown) => void;
}

export function createFeedGroups<Key>({ idOf, feedOf, failed }: FeedSources<Key>): FeedGroups<Key> {
  const groups = new Map<string, Group<Key>>();
  let timer: NodeJS.Timeout | undefined;

  function send(group: Group<Key>, all: readonly EventBytes[]): void {
    if (all.length === 0) return;
    group.opening = undefined;
    for (const reader of group.readers) for (const bytes of all) reader.send(bytes);
  }

  function tick(): void {
    for (const [id, group] of groups) {
      group.opening = undefined;
      try {
        send(group, group.feed.changes());
      } catch (error) {
        // A view that cannot be made must not end the master.
        failed(error);
        end(id, group);
      }
    }
  }

  function end(id: string, group: Group<Key>): void {
    for (const reader of group.readers) reader.end();
    drop(id);
  }

  function drop(id: string): void {
    groups.delete(id);
    if (groups.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    join(key, reader) {
      const id = idOf(key);
      const group = groups.get(id) ?? { key, feed: feedOf(key), readers: new Set(), opening: undefined };
      groups.set(id, group);
      group.readers.add(reader);
      group.opening ??= group.feed.opening();
      for (const bytes of group.opening) reader.send(bytes);
      timer ??= setInterval(tick, everyMs).unref();
    },
    leave(key, reader) {
      const id = idOf(key);
      const group = groups.get(id);
      group?.readers.delete(reader);
      if (group?.readers.size === 0) drop(id);
    },
    tell(bytesFor) {
      for (const group of groups.values()) send(group, bytesFor(group.key));
    },
    close(which, last) {
      for (const [id, group] of groups) {
        if (!which(group.key)) continue;
        send(group, [last]);
        end(id, group);
      }
    },
  };
}
