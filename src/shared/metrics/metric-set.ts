// The metrics of one process. Most are read when Prometheus asks, from what the node knows anyway, so that they cost nothing
// in between and the series of what has gone are gone with it; only what nobody else counts is counted here.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { metricCatalogue, metricDefinition } from "./catalogue.ts";
import type { MetricName, MetricRole } from "./catalogue.ts";

export type Labels = Readonly<Record<string, string>>;
/** Says the value of one series; counters by what they stand at, not by what was added. */
export type Sample = (name: MetricName, value: number, labels?: Labels) => void;

export interface MetricSet {
  /** `read` is called at each scrape and says every series that there is now. */
  sampled(read: (sample: Sample) => void): void;
  /** What to call for each event: it adds one to a number, which is all it costs. The series is there from now on, at 0. */
  counter(name: MetricName, labels?: Labels): () => void;
  /** As `counter`; takes the value in the unit of the metric. */
  histogram(name: MetricName, labels?: Labels): (value: number) => void;
  /** Prometheus text format 0.0.4. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** @throws where a metric is asked for that the catalogue does not have for this role, or with other labels */
export function createMetricSet(role: MetricRole): MetricSet {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauges = new Map<MetricName, Gauge>();
  const counters = new Map<MetricName, Counter>();
  const histograms = new Map<MetricName, Histogram>();
  const readers: ((sample: Sample) => void)[] = [];
  const counted: { readonly name: MetricName; readonly labels: Labels; value: number }[] = [];
  /** Of `sampled`: what was said at the last scrape, and is to be forgotten before the next. */
  const said = new Set<Gauge | Counter>();

  for (const name of Object.keys(metricCatalogue) as MetricName[]) {
    const { type, help, roles, labels = [], buckets = [] } = metricDefinition(name);
    if (!roles.includes(role)) continue;
    const common = { name, help, labelNames: labels, registers: [registry] };
    if (type === "gauge") gauges.set(name, new Gauge(common));
    else if (type === "counter") counters.set(name, new Counter(common));
    else histograms.set(name, new Histogram({ ...common, buckets: [...buckets] }));
  }

  function sample(name: MetricName, value: number, labels: Labels = {}): void {
    const gauge = gauges.get(name);
    if (gauge) {
      said.add(gauge);
      gauge.set(labels, value);
      return;
    }
    const counter = found(counters, name);
    said.add(counter);
    counter.inc(labels, value);
  }

  function found<Metric>(metrics: ReadonlyMap<MetricName, Metric>, name: MetricName): Metric {
    const metric = metrics.get(name);
    if (!metric) throw new Error(`a ${role} has no such metric: ${name}`);
    return metric;
  }

  function checkLabels(name: MetricName, labels: Labels): void {
    const { labels: declared = [] } = metricDefinition(name);
    const given = Object.keys(labels);
    if (given.length !== declared.length || !given.every((label) => declared.includes(label))) {
      throw new Error(`${name} has the labels ${declared.join(", ") || "(none)"}, not ${given.join(", ") || "(none)"}`);
    }
  }

  return {
    sampled: (read) => void readers.push(read),
    counter(name, labels = {}) {
      found(counters, name);
      checkLabels(name, labels);
      const cell = { name, labels, value: 0 };
      counted.push(cell);
      return () => {
        cell.value += 1;
      };
    },
    histogram(name, labels = {}) {
      checkLabels(name, labels);
      const child = found(histograms, name).labels(labels);
      return (value) => child.observe(value);
    },
    text() {
      for (const metric of said) metric.reset();
      for (const read of readers) read(sample);
      for (const { name, value, labels } of counted) sample(name, value, labels);
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
