// The metrics of one process. Most are read when Prometheus asks, from what the node knows anyway, so that they cost nothing
// in between and the series of what has gone are gone with it; only what nobody else counts is counted here. What every Node
// process has (CPU, heap, garbage collection) is prom-client's; it would need four times as long to write our own, and ten
// times as long to observe (npm run bench:metrics).
import { setImmediate as nextTurn } from "node:timers/promises";
import { collectDefaultMetrics, Registry } from "prom-client";
import { metricCatalogue, metricDefinition } from "./catalogue.ts";
import type { MetricName, MetricRole } from "./catalogue.ts";
import { labelText, metricHead, valueText, withLabel } from "./text-format.ts";
import type { Labels } from "./text-format.ts";

export type { Labels } from "./text-format.ts";
/** Says the value of one series, once per scrape; counters by what they stand at, not by what was added. */
export type Sample = (name: MetricName, value: number, labels?: Labels) => void;

export interface MetricSet {
  /** `read` is called at each scrape and says every series that there is now. */
  sampled(read: (sample: Sample) => void): void;
  /**
   * What to call for each event: it adds one, or as much as is given, to a number, which is all it costs. The series is there
   * from now on, at 0; asked for again, it is the same.
   */
  counter(name: MetricName, labels?: Labels): (amount?: number) => void;
  /** As `counter`; takes the value in the unit of the metric. */
  histogram(name: MetricName, labels?: Labels): (value: number) => void;
  /** Prometheus text format 0.0.4. */
  text(): Promise<string>;
  readonly contentType: string;
}

interface Counted {
  readonly labelText: string;
  value: number;
}

interface Observed {
  readonly labelText: string;
  /** By the upper bound that it is not above; the last are above all. */
  readonly counts: Float64Array;
  sum: number;
}

interface Metric {
  readonly name: MetricName;
  readonly type: string;
  readonly head: string;
  readonly labels: readonly string[];
  /** The same, as one text. */
  readonly declared: string;
  readonly buckets: readonly number[];
  readonly counted: Counted[];
  readonly observed: Observed[];
}

/** @throws where a metric is asked for that the catalogue does not have for this role, or with other labels */
export function createMetricSet(role: MetricRole): MetricSet {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  // It lists /proc/self/fd while everything waits: 2 ms with 9,000 viewers. Their connections are counted anyway.
  registry.removeSingleMetric("process_open_fds");
  const metrics = new Map<MetricName, Metric>();
  const readers: ((sample: Sample) => void)[] = [];

  for (const name of Object.keys(metricCatalogue) as MetricName[]) {
    const { type, help, roles, labels = [], buckets = [] } = metricDefinition(name);
    if (!roles.includes(role)) continue;
    metrics.set(name, {
      name,
      type,
      head: metricHead(name, type, help),
      labels,
      declared: labels.join(),
      buckets,
      counted: [],
      observed: [],
    });
  }

  /** Lines by metric, of what is sampled. */
  function collectSamples(): { readonly sample: Sample; readonly lines: ReadonlyMap<MetricName, string> } {
    const lines = new Map<MetricName, string>();
    // Whoever says many things of one stream gives the same labels each time.
    let last: { labels: Labels; declared: string; text: string } = { labels: noLabels, declared: "", text: "" };
    function sample(name: MetricName, value: number, labels: Labels = noLabels): void {
      const metric = found(name, "histogram", false);
      if (labels !== last.labels || metric.declared !== last.declared) {
        last = { labels, declared: metric.declared, text: labelText(name, metric.labels, labels) };
      }
      lines.set(name, `${lines.get(name) ?? ""}${name}${last.text} ${valueText(value)}\n`);
    }
    return { sample, lines };
  }

  /** @param is whether the metric must be, or must not be, of this type. */
  function found(name: MetricName, type: string, is: boolean): Metric {
    const metric = metrics.get(name);
    if (!metric || (metric.type === type) !== is) throw new Error(`a ${role} has no such metric: ${name}`);
    return metric;
  }

  return {
    sampled: (read) => void readers.push(read),
    counter(name, labels = noLabels) {
      const metric = found(name, "counter", true);
      const series = seriesOf(metric.counted, labelText(name, metric.labels, labels), (text) => ({ labelText: text, value: 0 }));
      return (amount = 1) => {
        series.value += amount;
      };
    },
    histogram(name, labels = noLabels) {
      const metric = found(name, "histogram", true);
      const { buckets } = metric;
      const series = seriesOf(metric.observed, labelText(name, metric.labels, labels), (text) => ({
        labelText: text,
        counts: new Float64Array(buckets.length + 1),
        sum: 0,
      }));
      return (value) => {
        let at = 0;
        while (at < buckets.length && value > (buckets[at] ?? 0)) at += 1;
        series.counts[at] = (series.counts[at] ?? 0) + 1;
        series.sum += value;
      };
    },
    async text() {
      const { sample, lines } = collectSamples();
      for (const read of readers) {
        read(sample);
        // Requests that came meanwhile first: with many streams each of these steps takes about a millisecond.
        await nextTurn();
      }
      let text = "";
      for (const metric of metrics.values()) {
        text += metric.head + (lines.get(metric.name) ?? "") + countedLines(metric) + observedLines(metric);
      }
      await nextTurn();
      return text + (await registry.metrics());
    },
    contentType: registry.contentType,
  };
}

const noLabels: Labels = {};

function seriesOf<Series extends { readonly labelText: string }>(all: Series[], text: string, make: (text: string) => Series): Series {
  const known = all.find((series) => series.labelText === text);
  if (known) return known;
  const series = make(text);
  all.push(series);
  return series;
}

function countedLines({ name, counted }: Metric): string {
  let lines = "";
  for (const series of counted) lines += `${name}${series.labelText} ${valueText(series.value)}\n`;
  return lines;
}

function observedLines({ name, buckets, observed }: Metric): string {
  let lines = "";
  for (const series of observed) {
    let count = 0;
    for (const [index, inBucket] of series.counts.entries()) {
      count += inBucket;
      const bound = buckets[index] ?? Infinity;
      lines += `${name}_bucket${withLabel(series.labelText, "le", valueText(bound))} ${count}\n`;
    }
    lines += `${name}_sum${series.labelText} ${valueText(series.sum)}\n${name}_count${series.labelText} ${count}\n`;
  }
  return lines;
}
