// What the command and its worker threads tell each other.
import type { LoadFigures } from "./load-figures.ts";

export interface WorkerTask {
  readonly masterUrl: string;
  readonly className: string;
  readonly joinCode: string | undefined;
  /** Hosts, with port, that may be asked for media. */
  readonly hosts: readonly string[];
  /** Of this worker: what each viewer is called, and when it comes, ms after the start. */
  readonly viewers: readonly { readonly userId: string; readonly joinsAfterMs: number }[];
}

export type ToWorker =
  | { readonly kind: "hosts"; readonly hosts: readonly string[] }
  /** Ends all viewers; the answer is `done`. */
  | { readonly kind: "stop" };

/** Since the last one, but for what says otherwise. */
export interface Tick {
  /** Time that it is about. */
  readonly ms: number;
  /** Now: viewers who have come, who have had a picture, whose picture stands. */
  readonly come: number;
  readonly playing: number;
  readonly stalled: number;
  readonly bytes: number;
  readonly requests: number;
  readonly errors: number;
  readonly moves: number;
  /** Share of the time in which the thread was busy, 0 to 1. */
  readonly busy: number;
}

export type FromWorker =
  | { readonly kind: "tick"; readonly tick: Tick }
  /** A token leads to a host that is not known: the cluster may have a new node. */
  | { readonly kind: "unknown_host" }
  | { readonly kind: "done"; readonly figures: LoadFigures; readonly busy: number };
