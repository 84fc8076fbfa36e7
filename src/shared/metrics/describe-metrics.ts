// The catalogue as tables for docs/metrics.md. Pure.
import { labelMeanings, metricCatalogue, metricDefinition } from "./catalogue.ts";
import type { MetricName, MetricRole } from "./catalogue.ts";

/** Metrics that exactly these roles expose, as a table in Markdown. */
export function metricTable(roles: readonly MetricRole[]): string {
  const names = (Object.keys(metricCatalogue) as MetricName[]).filter((name) => {
    const { roles: exposedBy } = metricDefinition(name);
    return exposedBy.length === roles.length && roles.every((role) => exposedBy.includes(role));
  });
  const rows = names.map((name) => {
    const { type, help, labels = [], buckets } = metricDefinition(name);
    const bounds = buckets ? ` up to ${buckets.join(", ")}` : "";
    return `| \`${name}\` | ${type}${bounds} | ${unitOf(name)} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${cell(help)} |`;
  });
  return ["| metric | type | unit | labels | meaning |", "| --- | --- | --- | --- | --- |", ...rows].join("\n");
}

export function labelTable(): string {
  const rows = Object.entries(labelMeanings).map(([label, meaning]) => `| \`${label}\` | ${cell(meaning)} |`);
  return ["| label | values |", "| --- | --- |", ...rows].join("\n");
}

/** By the name's end (https://prometheus.io/docs/practices/naming/); what has none is a number of things. */
function unitOf(name: MetricName): string {
  const base = name.replace(/_total$/, "");
  if (base.endsWith("_per_second")) return "1/s";
  return /_(seconds|bytes|ratio)$/.exec(base)?.[1] ?? "";
}

const cell = (text: string): string => text.replaceAll("|", "\\|");
