// Reads Prometheus' text format 0.0.4, as strictly as a test wants it: what it does not know is an error.
import { childEnvironment, startChild } from "../../src/shared/process/child.ts";

export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
}

export interface MetricSeries {
  /** Of a histogram with `_bucket`, `_sum` or `_count`. */
  readonly name: string;
  readonly family: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Scrape {
  readonly families: ReadonlyMap<string, MetricFamily>;
  readonly series: readonly MetricSeries[];
  readonly text: string;
}

const seriesLine = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\.)*)"(?:,|$)/y;

/** @throws for a line that is none, a series without HELP and TYPE before it, and one that is there twice */
export function readMetrics(text: string): Scrape {
  const families = new Map<string, MetricFamily>();
  const series: MetricSeries[] = [];
  const seen = new Set<string>();
  let help: { name: string; text: string } | undefined;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment) {
      const [, what, name = "", rest = ""] = comment;
      if (what === "HELP") help = { name, text: rest };
      else if (help?.name !== name || families.has(name)) throw new Error(`TYPE out of place: ${line}`);
      else families.set(name, { name, help: help.text, type: rest });
      continue;
    }
    const [, name, labelText = "", value] = seriesLine.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`not a line of a metric: ${line}`);
    const family = families.has(name) ? name : name.replace(/_(bucket|sum|count)$/, "");
    if (!families.has(family)) throw new Error(`no HELP and TYPE before: ${line}`);
    const id = line.slice(0, line.lastIndexOf(" "));
    if (seen.has(id)) throw new Error(`twice: ${id}`);
    seen.add(id);
    series.push({ name, family, labels: readLabels(labelText), value: value === "+Inf" ? Infinity : Number(value) });
  }
  return { families, series, text };
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  label.lastIndex = 0;
  while (label.lastIndex < text.length) {
    const at = label.lastIndex;
    const [, name, value] = label.exec(text) ?? [];
    if (name === undefined || value === undefined) throw new Error(`not labels: ${text.slice(at)}`);
    labels[name] = value;
  }
  return labels;
}

/** @throws unless it is answered, and well-formed */
export async function scrape(apiUrl: string): Promise<Scrape> {
  const response = await fetch(`${apiUrl}/metrics`);
  const text = await response.text();
  if (!response.ok) throw new Error(`GET /metrics: ${response.status} ${text}`);
  return readMetrics(text);
}

/** Sum of the series of this name that have these labels; undefined when there is none. */
export function valueOf({ series }: Scrape, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const found = series.filter((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value));
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}

/** What `promtool check metrics` says: code 0, 1 for text that it cannot read, 3 for names and types that it does not like. */
export async function promtoolCheck(text: string): Promise<{ code: number | undefined; complaints: string[] }> {
  const child = startChild({ command: "promtool", args: ["check", "metrics"], stdio: ["pipe", "pipe", "pipe"], env: childEnvironment() });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  child.stdin?.end(text);
  const { code } = await child.exited;
  return { code, complaints: output.split("\n").filter((line) => line !== "") };
}
