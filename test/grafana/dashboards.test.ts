// The dashboards without a Grafana: the committed files are those of the code, every panel says what it shows, and asks only
// for what exists. That queries find data: dashboards-live.test.ts.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { parse } from "yaml";
import { dashboardFiles } from "../../grafana/dashboards/all-dashboards.ts";
import { limits } from "../../grafana/dashboards/colors.ts";
import { dataSource } from "../../grafana/dashboards/panels.ts";
import { createMetricSet } from "../../src/shared/metrics/metric-set.ts";
import { dashboards, metricsNamed } from "./read-dashboards.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
interface RuleFile {
  readonly groups: readonly { readonly rules: readonly { readonly record?: string; readonly alert?: string; readonly expr: string }[] }[];
}

const rules = (path: string) => (parse(read(path)) as RuleFile).groups.flatMap((group) => group.rules);
const read = (path: string) => readFileSync(join(root, path), "utf8");

test("grafana/generated is what npm run grafana makes", () => {
  const files = dashboardFiles();
  assert.deepEqual(readdirSync(join(root, "grafana/generated")).toSorted(), Object.keys(files).toSorted());
  for (const [name, text] of Object.entries(files)) assert.ok(read(`grafana/generated/${name}`) === text, `${name}: run npm run grafana`);
});

test("every panel has a title, a description, a unit, a data source and a query, and a place of its own", () => {
  const panels = dashboards.flatMap((dashboard) => dashboard.panels.map((panel) => ({ dashboard, panel })));
  assert.ok(panels.length > 30, `${panels.length} panels`);
  for (const { dashboard, panel } of panels) {
    const name = `${dashboard.uid}: ${panel.title}`;
    assert.ok(panel.title.length > 2, name);
    assert.match(panel.description, /^[A-Z].{20,}\.$/, name);
    assert.ok(panel.unit, `${name} has a unit`);
    assert.deepEqual(panel.datasource, dataSource, name);
    assert.ok(panel.targets.length > 0, `${name} has a query`);
    for (const { expr, datasource } of panel.targets) {
      assert.ok(expr, name);
      assert.deepEqual(datasource, dataSource, name);
    }
    if (panel.type !== "table") for (const { legendFormat } of panel.targets) assert.ok(legendFormat, `${name} has a legend`);
    const { x, y, w, h } = panel.gridPos;
    assert.ok(x >= 0 && x + w <= 24, `${name} is within the width`);
    for (const other of dashboard.panels) {
      if (other === panel) continue;
      const at = other.gridPos;
      assert.ok(x + w <= at.x || at.x + at.w <= x || y + h <= at.y || at.y + at.h <= y, `${name} lies on ${other.title}`);
    }
  }
  for (const { uid, panels: own } of dashboards) assert.equal(new Set(own.map(({ id }) => id)).size, own.length, `${uid}: ids`);
});

test("what is asked for is in the catalogue, recorded, or a default of the process", async () => {
  const exposed = (await Promise.all((["master", "slave"] as const).map((role) => createMetricSet(role).text()))).join("\n");
  const known = new Set(["ALERTS"]);
  for (const [, name = "", type = ""] of exposed.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    for (const suffix of type === "histogram" ? ["_bucket", "_sum", "_count"] : [""]) known.add(name + suffix);
  }
  for (const { record } of rules("prometheus/recording.yml")) if (record !== undefined) known.add(record);
  assert.ok(known.size > 80, `${known.size} known`);
  let named = 0;
  for (const { uid, panels, variables, annotations } of dashboards) {
    const asked = [
      ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr }))),
      ...variables.map(({ name, query }) => ({ title: name, expr: query })),
      ...annotations.map((expr) => ({ title: "annotation", expr })),
    ];
    for (const { title, expr } of asked) {
      const names = metricsNamed(expr);
      assert.ok(names.length > 0, `${uid}: ${title}: ${expr}`);
      for (const name of names) assert.ok(known.has(name), `${uid}: ${title}: there is no ${name}`);
      named += names.length;
    }
  }
  assert.ok(named > 60, `${named} named`);
});

test("names of metrics are found in a query, and nothing else", () => {
  assert.deepEqual(
    metricsNamed('sum by (le, kind) (rate(a_bucket{x="b_c", y!~"d"}[5m:5s])) / on (node_id) group_left (n) job:e:f or vector(0)'),
    ["a_bucket", "job:e:f"],
  );
  assert.deepEqual(metricsNamed("label_values(airclass_viewers, path)"), ["airclass_viewers"]);
});

test("the first screen of the cluster has what there is now, and the five figures to watch", () => {
  const cluster = dashboards.find(({ uid }) => uid === "airclass-cluster");
  assert.ok(cluster);
  // A row of the grid is 38 px: what is within 18 rows shows on a screen of 1080 px, under Grafana's own bars.
  const first = cluster.panels.filter(({ gridPos }) => gridPos.y + gridPos.h <= 18).map(({ title }) => title);
  const glance = ["Slaves by state", "Viewers and places", "Classes", "Alerts firing"];
  const five = ["Connections per node", "CPU per node", "Memory per node", "Network bandwidth", "Error rate", "Mean delay"];
  for (const title of [...glance, ...five]) {
    assert.ok(first.includes(title), `${title} is not on the first screen: ${first.join()}`);
  }
});

test("every dashboard refreshes by itself, keeps its address, and leads to the others", () => {
  assert.deepEqual(dashboards.map(({ uid }) => uid).toSorted(), ["airclass-class", "airclass-cluster", "airclass-slave"]);
  for (const { uid, raw } of dashboards) {
    assert.equal(raw["refresh"], "5s", uid);
    assert.deepEqual(raw["time"], { from: "now-15m", to: "now" }, uid);
    assert.deepEqual(raw["tags"], ["airclass"], uid);
    assert.match(JSON.stringify(raw["links"]), /"type":"dashboards".*"tags":\["airclass"\]/, uid);
    for (const [, to] of JSON.stringify(raw).matchAll(/\/d\/([a-z-]+)/g))
      assert.ok(
        dashboards.some((other) => other.uid === to),
        to,
      );
  }
});

test("a panel is red where its alert fires", () => {
  const alerts = rules("prometheus/alerts.yml");
  for (const [name, [, red]] of Object.entries(limits)) {
    const found = alerts.filter(({ alert }) => alert === name);
    assert.equal(found.length, 1, name);
    const bounds = [...(found[0]?.expr ?? "").matchAll(/ > ([\d.]+)/g)].map(([, bound]) => Number(bound));
    assert.ok(bounds.includes(red?.value ?? NaN), `${name} fires above ${bounds.join(" or ")}, not ${red?.value}`);
  }
});

test("what Grafana reads at its start fits the dashboards and Prometheus", () => {
  const { datasources } = parse(read("grafana/provisioning/datasources/prometheus.yml")) as {
    datasources: { uid: string; type: string; jsonData: { timeInterval: string } }[];
  };
  const { global } = parse(read("prometheus/prometheus.yml")) as { global: { scrape_interval: string } };
  assert.deepEqual(
    datasources.map(({ uid, type, jsonData }) => ({ uid, type, timeInterval: jsonData.timeInterval })),
    [{ ...dataSource, timeInterval: global.scrape_interval }],
  );
});
