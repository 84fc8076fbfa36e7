// What the master sends of one class while its page is open.
import { signal, type ReadonlySignal } from "@preact/signals";
import type { ClassHistory, ClassLive, ClassSample } from "../../shared/protocol/class-live.ts";
import type { ClassView } from "../../shared/protocol/classes.ts";
import { createLiveSource, type LiveState } from "../common/live-source.ts";
import { samplesOf, withSample } from "./class-figures.ts";

export interface ClassFeed {
  /** Undefined until the master has said something. */
  readonly live: ReadonlySignal<ClassLive | undefined>;
  readonly samples: ReadonlySignal<readonly ClassSample[]>;
  readonly connection: ReadonlySignal<LiveState>;
  /** The class was deleted. */
  readonly gone: ReadonlySignal<boolean>;
  /** What a call of this page has changed is seen at once, not a second later. */
  changed(view: ClassView): void;
  close(): void;
}

type ClassEvents = { state: ClassLive; history: ClassHistory; sample: ClassSample; gone: unknown };

/** @param stillSignedIn see live-source.ts; @param exists asked when the master answers with no stream: false when the class is gone */
export function createClassFeed(
  name: string,
  deps: { readonly stillSignedIn: () => Promise<boolean>; readonly exists: () => Promise<boolean> },
): ClassFeed {
  const live = signal<ClassLive>();
  const samples = signal<readonly ClassSample[]>([]);
  const connection = signal<LiveState>("connecting");
  const gone = signal(false);

  const source = createLiveSource<ClassEvents>(
    {
      path: `/api/classes/${encodeURIComponent(name)}/live`,
      on: {
        state(data) {
          live.value = data;
          gone.value = false;
        },
        history(data) {
          samples.value = samplesOf(data);
        },
        sample(data) {
          samples.value = withSample(samples.value, data);
        },
        gone() {
          gone.value = true;
          source.close();
        },
      },
      onState(state) {
        connection.value = state;
      },
    },
    {
      async stillSignedIn() {
        if (!(await deps.stillSignedIn())) return false;
        gone.value = !(await deps.exists());
        return !gone.value;
      },
    },
  );

  return {
    live,
    samples,
    connection,
    gone,
    changed(view) {
      const before = live.value;
      if (before === undefined) return;
      const phase = view.closed ? "closed" : before.phase === "closed" ? "idle" : before.phase;
      live.value = { ...before, class: view, phase };
    },
    close: () => source.close(),
  };
}
