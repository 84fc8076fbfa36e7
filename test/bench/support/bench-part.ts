// What each part of the benchmark gets and gives.
import type { Closer } from "../../../src/shared/kernel/closer.ts";
import type { Figure } from "./report.ts";
import type { BenchSettings } from "./settings.ts";

export interface BenchContext {
  readonly settings: BenchSettings;
  /** Everything that a part starts is registered here: it ends with the part, and when the benchmark is interrupted. */
  readonly closer: Closer;
  /** One line of progress, for people. */
  readonly log: (line: string) => void;
}

export interface PartResult {
  readonly figures: Readonly<Record<string, Figure>>;
  /** What the figures were computed from. */
  readonly details?: unknown;
  /** What was left out, and why. */
  readonly skipped?: readonly string[];
}

export type BenchPart = (context: BenchContext) => Promise<PartResult>;
