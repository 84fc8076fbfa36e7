// The report of a load test as one page without anything from outside. Pure.
import type { LoadReport } from "./load-report.ts";
export function loadPage(report: LoadReport): string {
  return JSON.stringify(report);
}
