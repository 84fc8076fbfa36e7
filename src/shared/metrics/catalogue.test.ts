// What https://prometheus.io/docs/practices/naming/ asks for, and what keeps docs/metrics.md whole.
import assert from "node:assert/strict";
import { test } from "node:test";
import { labelMeanings, metricCatalogue, metricDefinition } from "./catalogue.ts";
import type { MetricName } from "./catalogue.ts";

const names = Object.keys(metricCatalogue) as MetricName[];

test("names say what kind of number it is", () => {
  assert.ok(names.length > 40);
  for (const name of names) {
    const { type, help, buckets } = metricDefinition(name);
    assert.match(name, /^airclass(_[a-z]+)+$/);
    assert.equal(name.endsWith("_total"), type === "counter", name);
    assert.doesNotMatch(name, /_(count|sum|bucket)$/);
    assert.equal(type === "histogram", buckets !== undefined, name);
    assert.deepEqual(
      buckets,
      buckets?.toSorted((a, b) => a - b),
      name,
    );
    assert.match(help, /^[A-Z01].*[^.]$/, name);
  }
});

test("each label is described, and none that no metric has", () => {
  const used = new Set(names.flatMap((name) => metricDefinition(name).labels ?? []));
  assert.deepEqual(Object.keys(labelMeanings).toSorted(), [...used].toSorted());
});
