// How full something is, in three steps. Pure; where the steps lie is the master's setting.

export type LoadLevel = "good" | "warn" | "bad";

/** From where on it is yellow, and red: WARNING_PERCENT and CRITICAL_PERCENT of the master. */
export interface LoadSteps {
  readonly warningPercent: number;
  readonly criticalPercent: number;
}

/** @param percent 0 and up; more than 100 where more viewers came than there are places */
export function loadLevel(percent: number, { warningPercent, criticalPercent }: LoadSteps): LoadLevel {
  if (percent >= criticalPercent) return "bad";
  return percent >= warningPercent ? "warn" : "good";
}

/** How much of a bar is filled, in percent of its length. What is there at all is seen. */
export function barPercent(percent: number): number {
  if (!Number.isFinite(percent) || percent <= 0) return 0;
  return Math.min(100, Math.max(2, percent));
}
