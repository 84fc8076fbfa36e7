// What is shipped for Prometheus is valid, every alert is tried both ways, says what to do and has its place in
// docs/alerts.md, and asks only for metrics that there are.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { parse } from "yaml";
import { metricCatalogue } from "../../src/shared/metrics/catalogue.ts";
import { runProgram } from "../../src/shared/process/run-program.ts";
import { prometheusFolder } from "../support/prometheus.ts";

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Expectation {
  readonly expr: string;
  readonly exp_samples?: readonly { readonly labels: string }[];
}

const read = (file: string): unknown => parse(readFileSync(join(prometheusFolder, file), "utf8"));
const rulesOf = (file: string): readonly Rule[] =>
  (read(file) as { groups: readonly { rules: readonly Rule[] }[] }).groups.flatMap(({ rules }) => rules);

const recorded = rulesOf("recording.yml");
const alerts = rulesOf("alerts.yml");
const testFiles = globSync("tests/*.yml", { cwd: prometheusFolder }).toSorted();
const expectations = testFiles.flatMap((file) =>
  (read(file) as { tests: readonly { promql_expr_test: readonly Expectation[] }[] }).tests.flatMap((one) => one.promql_expr_test),
);

async function promtool(...args: readonly string[]): Promise<void> {
  const program = process.env["PROMTOOL_PATH"] ?? "promtool";
  const { code, stdout, stderr } = await runProgram(program, args, { timeoutMs: 60_000, maxOutputBytes: 64 * 1024 });
  assert.equal(code, 0, `${program} ${args.join(" ")}\n${stdout}${stderr}`);
}

test("promtool takes configuration and rules", async () => {
  await promtool("check", "config", join(prometheusFolder, "prometheus.yml"));
  await promtool("check", "rules", join(prometheusFolder, "recording.yml"), join(prometheusFolder, "alerts.yml"));
});

test("rules do what their tests say", async () => {
  assert.ok(testFiles.length >= 4, `${testFiles.length} files`);
  await promtool("test", "rules", ...testFiles.map((file) => join(prometheusFolder, file)));
});

test("the alerts of the plan are there, and each has a case in which it fires and one in which it does not", () => {
  const wanted =
    "NodeDown NodeCritical ClusterAlmostFull NoSpareSlave StreamWithoutReplica IngestUnhealthy LiveEdgeStale HighErrorRate HighCpu HighMemory TokenRefusals ReservationsExpiring FfmpegRestarting EventLoopSlow MasterDown";
  for (const name of wanted.split(" "))
    assert.ok(
      alerts.some(({ alert }) => alert === name),
      name,
    );
  for (const { alert } of alerts) {
    const about = expectations.filter(({ expr }) => expr.includes(`alertname="${alert}"`));
    const fires = about.filter(({ exp_samples: samples = [] }) => samples.length > 0);
    assert.ok(fires.length > 0, `${alert} fires nowhere`);
    for (const { labels } of fires.flatMap(({ exp_samples: samples = [] }) => samples)) assert.match(labels, /alertstate="firing"/);
    // Without a state: it is not even pending.
    const silent = about.filter(({ expr, exp_samples: samples = [] }) => samples.length === 0 && !expr.includes("alertstate"));
    assert.ok(silent.length > 0, `${alert} is silent nowhere`);
  }
});

test("every alert says what is wrong, what to do, and where to read on", () => {
  const manual = readFileSync(fileURLToPath(new URL("../../docs/alerts.md", import.meta.url)), "utf8");
  const headings = new Set([...manual.matchAll(/^## (\w+)$/gm)].map(([, heading]) => heading));
  for (const { alert = "", labels, annotations = {}, for: duration } of alerts) {
    assert.match(labels?.["severity"] ?? "", /^(critical|warning)$/, alert);
    assert.ok(duration !== undefined, `${alert}: for how long`);
    assert.ok((annotations["summary"] ?? "").length > 10, alert);
    assert.ok((annotations["description"] ?? "").length > 60, alert);
    assert.equal(annotations["runbook"], `docs/alerts.md#${alert.toLowerCase()}`);
    assert.ok(headings.has(alert), `docs/alerts.md has no section ${alert}`);
    // What a text names is a label of the alert; where it is not always, the text says so (`with`).
    const [example = ""] = expectations.flatMap(({ exp_samples: samples = [] }) =>
      samples.map((sample) => sample.labels).filter((series) => series.includes(`alertname="${alert}"`)),
    );
    for (const [, label] of Object.values(annotations)
      .join(" ")
      .matchAll(/\$labels\.(\w+)/g))
      assert.match(example, new RegExp(`[{,]${label}="`), `${alert} has no label ${label}`);
  }
});

test("rules ask only for metrics that there are, with labels that they have", () => {
  const known = new Map<string, readonly string[]>(
    Object.entries(metricCatalogue).flatMap(([name, definition]) => {
      const labels = "labels" in definition ? definition.labels : [];
      return definition.type === "histogram"
        ? ["_bucket", "_sum", "_count"].map((suffix): [string, readonly string[]] => [name + suffix, [...labels, "le"]])
        : [[name, labels] as [string, readonly string[]]];
    }),
  );
  known.set("up", []);
  known.set("process_cpu_seconds_total", []);
  for (const { record } of recorded) known.set(record ?? "", ["reason"]);
  const ofTarget = ["job", "instance", "node_id", "node_name", "role"];

  let seen = 0;
  for (const { alert, record, expr } of [...recorded, ...alerts]) {
    const named = [...expr.matchAll(/\b(airclass_\w+|process_\w+|up\b|(?:cluster|node|path|kind|reason):[\w:]+)(?:\{([^}]*)\})?/g)];
    assert.ok(named.length > 0, `${alert ?? record} asks for nothing`);
    for (const [, name = "", matchers = ""] of named) {
      const labels = known.get(name);
      assert.ok(labels, `${alert ?? record} asks for ${name}, which nobody exposes`);
      for (const [, label = ""] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g))
        assert.ok([...labels, ...ofTarget].includes(label), `${name} has no label ${label}`);
      seen += 1;
    }
  }
  assert.ok(seen > 60, `${seen} looked at`);
});

test("what is recorded has a name of the convention, and somebody asks for it", () => {
  const dashboards = globSync("../grafana/generated/*.json", { cwd: prometheusFolder });
  assert.ok(dashboards.length > 0, "dashboards were looked at");
  const asked = [
    ...dashboards.map((file) => readFileSync(join(prometheusFolder, file), "utf8")),
    ...[...recorded, ...alerts].map(({ expr }) => expr),
  ].join("\n");
  for (const { record = "" } of recorded) {
    assert.match(record, /^(cluster|node|path|kind|reason):[a-z0-9_]+:[a-z0-9_]+$/);
    assert.ok(new RegExp(`${record}\\b`).test(asked), `nobody asks for ${record}`);
  }
});
