// Collects what was checked and what was wrong. Knows rule ids, nothing about playlists or HTTP.
import { rules, type RuleId, type RuleLevel } from "./rules.ts";

export interface Violation {
  readonly rule: RuleId;
  readonly section: string;
  readonly level: RuleLevel;
  readonly message: string;
  readonly url: string;
}

export interface ConformanceResult {
  /** Ids of the rules that were looked at at least once. */
  readonly checked: readonly RuleId[];
  /** How often each was looked at. */
  readonly counts: Readonly<Partial<Record<RuleId, number>>>;
  readonly violations: readonly Violation[];
  /** Facts for a reader: durations, delays, sizes, and what could not be checked. */
  readonly observations: readonly string[];
}

/** More of one rule add nothing for a reader, and a broken stream must not fill the memory. */
const maxViolationsPerRule = 10;

export interface Report {
  /** Counts a look at `rule`; when it does not hold, keeps `message`. Returns `holds`. */
  check(rule: RuleId, holds: boolean, message: string | (() => string), url: string): boolean;
  observe(fact: string): void;
  /** Whether a look at `rule` has failed so far. */
  violates(rule: RuleId): boolean;
  result(): ConformanceResult;
}

/** Reports are pasted into issues: no token may be in them. */
const withoutTokens = (text: string): string => text.replace(/([?&]jwt=)[^&\s",]*/g, "$1…");

export function createReport(ignore: readonly RuleId[] = []): Report {
  const counts = new Map<RuleId, number>();
  const violations = new Map<string, Violation>();
  const perRule = new Map<RuleId, number>();
  const observations = new Set<string>();
  return {
    check(rule, holds, message, url) {
      if (ignore.includes(rule)) return holds;
      counts.set(rule, (counts.get(rule) ?? 0) + 1);
      if (holds) return true;
      const text = withoutTokens(typeof message === "string" ? message : message());
      const key = `${rule} ${text}`;
      const seen = perRule.get(rule) ?? 0;
      if (violations.has(key) || seen >= maxViolationsPerRule) return false;
      perRule.set(rule, seen + 1);
      violations.set(key, { rule, section: rules[rule].section, level: rules[rule].level, message: text, url });
      return false;
    },
    observe: (fact) => void observations.add(fact),
    violates: (rule) => perRule.has(rule),
    result: () => ({
      checked: [...counts.keys()].toSorted(),
      counts: Object.fromEntries(counts),
      violations: [...violations.values()],
      observations: [...observations],
    }),
  };
}
