// The metrics of one process. Most are read when Prometheus asks, from what the node knows anyway, so that they cost nothing
// in between and the series of what has gone are gone with it; only what nobody else counts is counted here. prom-client keeps
// the registry, writes the text and has what every Node process has (CPU, heap, garbage collection); counting is a number of
// our own, since its `observe` takes ten times as long and stands in the way of every part (npm run bench:metrics).
import { setImmediate as nextTurn } from "node:timers/promises";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { Metric, MetricValueWithName } from "prom-client";
import { metricCatalogue, metricDefinition } from "./catalogue.ts";
import type { MetricName, MetricRole } from "./catalogue.ts";

export type Labels = Readonly<Record<string, string>>;
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

/** As prom-client's registry reads it: it writes labels that several series share only once. */
interface Series {
  readonly sharedLabels: Labels;
  value: number;
}

interface Observed {
  readonly labels: Labels;
  /** By the upper bound that it is not above; the last are above all. */
  readonly counts: Float64Array;
  sum: number;
}

interface Kept {
  readonly type: string;
  readonly declared: readonly string[];
  readonly buckets: readonly number[];
  /** By the values of their labels. */
  readonly counted: Map<string, Series>;
  readonly observed: Map<string, Observed>;
  /** What was said for the text that is being made. */
  sampled: readonly Series[];
}

const noLabels: Labels = {};
/** Series that are written before requests that came meanwhile have their turn: less than a millisecond of text. */
const seriesPerTurn = 400;

/** @throws where a metric is asked for that the catalogue does not have for this role, or with other labels */
export function createMetricSet(role: MetricRole): MetricSet {
  const ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess });
  const registry = new Registry();
  const metrics = new Map<MetricName, Kept>();
  const readers: ((sample: Sample) => void)[] = [];

  for (const name of Object.keys(metricCatalogue) as MetricName[]) {
    const { type, help, roles, labels: declared = [], buckets = [] } = metricDefinition(name);
    if (!roles.includes(role)) continue;
    const kept: Kept = { type, declared, buckets, counted: new Map(), observed: new Map(), sampled: [] };
    metrics.set(name, kept);
    // All that a registry asks of its metrics when it writes them.
    const written = { name, help, type, get: async () => ({ name, help, type, values: valuesOf(name, kept) }) };
    registry.registerMetric(written as unknown as Metric);
  }

  /** @param is whether the metric must be, or must not be, of this type. */
  function found(name: MetricName, type: string, is: boolean): Kept {
    const kept = metrics.get(name);
    if (!kept || (kept.type === type) !== is) throw new Error(`a ${role} has no such metric: ${name}`);
    return kept;
  }

  /** What all readers say, by metric. */
  async function collect(): Promise<ReadonlyMap<Kept, readonly Series[]>> {
    const said = new Map<Kept, Series[]>();
    function sample(name: MetricName, value: number, labels: Labels = noLabels): void {
      const kept = found(name, "histogram", false);
      checkLabels(name, kept.declared, labels);
      const series = said.get(kept);
      if (series) series.push({ sharedLabels: labels, value });
      else said.set(kept, [{ sharedLabels: labels, value }]);
    }
    for (const read of readers) {
      read(sample);
      await nextTurn();
    }
    return said;
  }

  return {
    sampled: (read) => void readers.push(read),
    counter(name, labels = noLabels) {
      const { declared, counted } = found(name, "counter", true);
      const series = theSame(counted, keyOf(name, declared, labels), () => ({ sharedLabels: labels, value: 0 }));
      return (amount = 1) => {
        series.value += amount;
      };
    },
    histogram(name, labels = noLabels) {
      const { declared, buckets, observed } = found(name, "histogram", true);
      const make = (): Observed => ({ labels, counts: new Float64Array(buckets.length + 1), sum: 0 });
      const series = theSame(observed, keyOf(name, declared, labels), make);
      return (value) => {
        let at = 0;
        while (at < buckets.length && value > (buckets[at] ?? 0)) at += 1;
        series.counts[at] = (series.counts[at] ?? 0) + 1;
        series.sum += value;
      };
    },
    async text() {
      const said = await collect();
      const texts: string[] = [];
      let unbroken = 0;
      for (const [name, kept] of metrics) {
        kept.sampled = said.get(kept) ?? [];
        unbroken += kept.sampled.length;
        texts.push(await registry.getSingleMetricAsString(name));
        if (unbroken < seriesPerTurn) continue;
        unbroken = 0;
        await nextTurn();
      }
      return `${texts.join("\n\n")}\n\n${await ofProcess.metrics()}`;
    },
    contentType: registry.contentType,
  };
}

function theSame<Kind>(all: Map<string, Kind>, key: string, make: () => Kind): Kind {
  const known = all.get(key);
  if (known) return known;
  const made = make();
  all.set(key, made);
  return made;
}

function keyOf(name: string, declared: readonly string[], labels: Labels): string {
  checkLabels(name, declared, labels);
  return JSON.stringify(declared.map((label) => labels[label]));
}

function checkLabels(name: string, declared: readonly string[], labels: Labels): void {
  let given = 0;
  for (const _ in labels) given += 1;
  for (const label of declared) if (labels[label] === undefined) given = -1;
  if (given !== declared.length) {
    throw new Error(`${name} has the labels ${declared.join(", ") || "(none)"}, not ${Object.keys(labels).join(", ") || "(none)"}`);
  }
}

function valuesOf(name: MetricName, { sampled, counted, observed, buckets }: Kept): readonly (Series | MetricValueWithName<string>)[] {
  if (observed.size === 0) return counted.size === 0 ? sampled : [...sampled, ...counted.values()];
  return [...observed.values()].flatMap((series) => bucketValues(name, buckets, series));
}

function bucketValues(name: MetricName, buckets: readonly number[], { labels, counts, sum }: Observed): MetricValueWithName<string>[] {
  const values: MetricValueWithName<string>[] = [];
  let count = 0;
  for (const [index, inBucket] of counts.entries()) {
    count += inBucket;
    values.push({ metricName: `${name}_bucket`, labels: { ...labels, le: buckets[index] ?? "+Inf" }, value: count });
  }
  values.push({ metricName: `${name}_sum`, labels, value: sum }, { metricName: `${name}_count`, labels, value: count });
  return values;
}
