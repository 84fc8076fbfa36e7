// The page's connection to the master: fills the store while somebody looks, and says whether what is shown is of now.
import { signal, type ReadonlySignal } from "@preact/signals";
import type { ClusterChange, ClusterSample, ClusterSnapshot, TimelineEvent } from "../../shared/protocol/cluster-live.ts";
import { createLiveSource, type LiveState } from "../common/live-source.ts";
import { createSliceQueue } from "./change-slices.ts";
import type { ClusterStore } from "./cluster-store.ts";

export interface ClusterLive {
  readonly state: ReadonlySignal<LiveState>;
  /** The server's time, Unix ms; moves on every few seconds while the page is connected. */
  readonly now: ReadonlySignal<number>;
  /** The server's time when it was heard last. */
  readonly heardAt: ReadonlySignal<number>;
  /** Counts snapshots: what was loaded apart from them is to be loaded again. */
  readonly snapshots: ReadonlySignal<number>;
  close(): void;
}

interface Events {
  readonly snapshot: ClusterSnapshot;
  readonly nodes: ClusterChange;
  readonly event: TimelineEvent;
  readonly sample: ClusterSample;
}

/** Times in words ("3 minutes ago") are drawn anew so often. */
const tickMs = 5_000;

/** @param stillSignedIn see live-source.ts */
export function openClusterLive(store: ClusterStore, stillSignedIn: () => Promise<boolean>): ClusterLive {
  const state = signal<LiveState>("connecting");
  const now = signal(Date.now());
  const heardAt = signal(Date.now());
  const snapshots = signal(0);

  const serverNow = (): number => Date.now() + (store.facts.value?.clockAheadMs ?? 0);
  const heard = (): void => {
    heardAt.value = serverNow();
  };

  const news = createSliceQueue({
    apply: (change) => store.change(change, Date.now()),
    nextFrame: (callback) => void requestAnimationFrame(callback),
    isDrawn: () => !document.hidden,
  });
  const source = createLiveSource<Events>(
    {
      path: "/cluster/live",
      on: {
        snapshot(snapshot) {
          news.flush();
          store.snapshot(snapshot, Date.now());
          snapshots.value += 1;
          now.value = serverNow();
          heard();
        },
        nodes(change) {
          news.add(change);
          heard();
        },
        event(event) {
          store.event(event);
          now.value = serverNow();
          heard();
        },
        sample(sample) {
          store.sample(sample);
          heard();
        },
      },
      onState(next) {
        state.value = next;
      },
      silenceMs: 20_000,
    },
    { stillSignedIn },
  );
  const timer = setInterval(() => {
    now.value = serverNow();
  }, tickMs);

  return {
    state,
    now,
    heardAt,
    snapshots,
    close() {
      clearInterval(timer);
      source.close();
    },
  };
}
