// No panel is empty: what the dashboards ask finds data, in a real Prometheus with the shipped configuration beside a cluster
// that runs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createCloser } from "../../src/shared/kernel/closer.ts";
import { startCluster } from "../support/cluster.ts";
import type { Cluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { startPrometheus } from "../support/prometheus.ts";
import type { Prometheus } from "../support/prometheus.ts";
import { askPanels, choicesOf } from "./ask-panels.ts";
import type { Answer } from "./ask-panels.ts";
import { dashboards } from "./read-dashboards.ts";

const closer = createCloser();
let cluster: Cluster;
let prometheus: Prometheus;

before(async () => {
  cluster = await startCluster({ slaves: 2 });
  closer.add("cluster", () => cluster.stop());
  prometheus = await startPrometheus({ masterUrl: cluster.masterUrl });
  closer.add("prometheus", () => prometheus.stop());
  await Promise.all([prometheus.untilUp(2), cluster.publish(await cluster.createClass("maths", { open: true }))]);
});
after(() => closer.close());

/** Of every dashboard, with every value of its variables that can be chosen. */
async function askAll(): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (const dashboard of dashboards) {
    const [variable] = dashboard.variables;
    const choices = variable ? (await choicesOf(prometheus, variable)).map((value) => ({ [variable.name]: value })) : [{}];
    assert.equal(choices.length, { "airclass-slave": 2 }[dashboard.uid] ?? 1, `choices of ${dashboard.uid}`);
    for (const values of choices) answers.push(...(await askPanels(prometheus, dashboard, values)));
  }
  return answers;
}

const noPanelIsEmpty = () =>
  eventually("every panel has data", async () => {
    const complaints = (await askAll()).flatMap(({ complaint }) => complaint ?? []);
    if (complaints.length > 0) throw new Error(complaints.join("\n"));
    return true;
  });

test("a panel without data, or with a legend that says nothing, is noticed", async () => {
  const [dashboard] = dashboards;
  const [panel] = dashboard?.panels ?? [];
  assert.ok(dashboard && panel);
  const targets = [
    { expr: "airclass_nothing", legendFormat: "" },
    { expr: "vector(NaN)", legendFormat: "" },
    { expr: "vector(0)", legendFormat: "{{path}}" },
    { expr: "vector(0)", legendFormat: "" },
  ];
  const answers = await askPanels(prometheus, { ...dashboard, panels: [{ ...panel, targets }] }, {});
  const found = answers.map(({ complaint }) => /no data|no number|label path/.exec(complaint ?? "")?.[0]);
  assert.deepEqual(found, ["no data", "no number", "label path", undefined]);
});

test("as the demo starts: a class is live, and nobody watches yet", noPanelIsEmpty);

test("with a student, whose player tells how it plays", async () => {
  const { token, hls_url: playlistUrl } = await cluster.token({ user_id: "student", path: "live/maths" });
  const report = (join: object) =>
    fetch(new URL("report", playlistUrl), {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ ...join, stalls: 1, stalled_ms: 100, window_ms: 2_000 }),
    });
  assert.equal((await report({ join_ms: 700 })).status, 204);
  const newest = async (uid: string, title: string) => {
    const dashboard = dashboards.find((one) => one.uid === uid);
    assert.ok(dashboard);
    const answers = await askPanels(prometheus, dashboard, { path: "live/maths", node: "slave-1" });
    return answers.filter(({ panel }) => panel.title === title).map(({ samples }) => samples[0]?.value ?? NaN);
  };
  await eventually("the student is seen", async () => {
    assert.equal((await fetch(playlistUrl)).status, 200);
    const [viewers = 0, places = 0] = await newest("airclass-cluster", "Viewers and places");
    const [half = 0] = await newest("airclass-cluster", "Time to the first picture");
    const [still = 0] = await newest("airclass-class", "Picture stood still");
    return viewers >= 1 && places === 300 && half > 0.5 && half < 0.75 && still > 0;
  });
  await noPanelIsEmpty();
});
