// The report of a load test as one page that needs nothing from outside: no script, no font, no address. Pure.
import { chartSvg } from "./load-chart.ts";
import type { LoadReport, Percentiles } from "./load-report.ts";
import { verdict } from "./load-summary.ts";

export function loadPage(report: LoadReport): string {
  const { viewers, stalls, errors, timeline, asked } = report;
  const times = timeline.map(({ at_s: atS }) => atS);
  const asksFor = `${count(asked.viewers)} viewers within ${asked.ramp_s} s, then ${asked.duration_s} s, from ${asked.threads} threads`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Load test of ${escape(report.class)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Load test of ${escape(report.class)}</h1>
<p class="verdict ${report.ok ? "good" : "bad"}">${escape(verdict(report))}</p>
<p>${escape(asksFor)}${report.ended_early ? "; ended early" : ""}. ${escape(report.master)}, ${escape(report.started_at)}, ${report.ran_s} s. AIRClass ${escape(report.version)}.</p>
${report.generator.saturated ? `<p class="verdict bad">The machine that simulated was too slow (a thread was ${report.generator.busiest_thread_percent} % busy): the figures are its own, not the cluster's.</p>` : ""}
<div class="cards">
${card("played", `${count(viewers.played)} of ${count(viewers.come)}`, viewers.never_played > 0)}
${card("stalled", `${count(viewers.stalled)} viewers`, viewers.stalled > 0)}
${card("longest stall", `${stalls.longest_s} s`, stalls.count > 0)}
${card("join, p95", seconds(report.join_ms.p95), false)}
${card("behind the teacher, p95", seconds(report.delay_ms.p95), false)}
${card("changed node", `${count(viewers.moved)} viewers`, false)}
${card("network", `${report.mbps} Mbit/s`, false)}
${card("errors", count(errors.total), errors.total > 0)}
</div>
${chartSvg({
  title: "Viewers",
  unit: "at each second",
  times,
  series: [
    { name: "have come", tone: "plain", isFilled: false, values: timeline.map(({ come }) => come) },
    { name: "have had a picture", tone: "good", isFilled: true, values: timeline.map(({ playing }) => playing) },
    { name: "stand still", tone: "bad", isFilled: true, values: timeline.map(({ stalled }) => stalled) },
  ],
})}
${trouble(report)}
${chartSvg({
  title: "Network",
  unit: "Mbit/s of playlists and media",
  times,
  series: [{ name: "received by all viewers", tone: "calm", isFilled: true, values: timeline.map(({ mbps }) => mbps) }],
})}
<h2>Times</h2>
${table(
  ["", "n", "p50", "p95", "p99", "max"],
  [
    percentileRow("join: token to first picture", report.join_ms),
    percentileRow("behind the teacher", report.delay_ms),
    percentileRow("token", report.requests.token.ms),
    percentileRow("part", report.requests.part.ms),
    percentileRow("playlist (waits for the next part)", report.requests.playlist.ms),
  ],
)}
<p>Milliseconds, to the last byte. A viewer took ${report.mbps_per_viewer} Mbit/s, ${report.playlists_percent} % of it playlists; pictures stood for ${stalls.percent_of_time} % of the time${report.waited_s > 0 ? `; viewers waited ${report.waited_s} s in all for the teacher` : ""}.</p>
<h2>Nodes</h2>
${table(
  ["node", "viewers at the end", "requests", "MB", "errors", "part p95", "p99", "viewers, peak*", "places", "CPU*", "now"],
  report.nodes.map((node) => [
    node.node_name === node.node_id ? node.node_id : `${node.node_id} (${node.node_name})`,
    count(node.viewers_at_end),
    count(node.requests),
    count(Math.round(node.bytes / 1e6)),
    count(node.errors),
    `${node.part_ms.p95} ms`,
    `${node.part_ms.p99} ms`,
    node.peak_viewers === null ? "–" : count(node.peak_viewers),
    node.max_connections === null ? "–" : count(node.max_connections),
    node.peak_cpu === null ? "–" : `${node.peak_cpu} %`,
    node.status,
  ]),
)}
<p>* As the master counted: all viewers, and all that the PC did. Media by node as the viewers saw it.</p>
${Object.keys(errors.kinds).length === 0 ? "" : `<h2>Errors</h2>${table(["request and answer", "times"], sorted(errors.kinds))}<p>A request that failed was repeated, here or at another node.</p>`}
${Object.keys(report.refusals).length === 0 ? "" : `<h2>Not let in</h2>${table(["why", "viewers"], sorted(report.refusals))}`}
${worst(report)}
</main>
</body>
</html>
`;
}

/** Nothing, where there was none. */
function trouble({ timeline, viewers, errors }: LoadReport): string {
  if (timeline.every(({ stalled }) => stalled === 0) && errors.total === 0 && viewers.moves === 0) return "";
  return chartSvg({
    title: "Trouble",
    unit: "in each second",
    times: timeline.map(({ at_s: atS }) => atS),
    series: [
      { name: "stand still", tone: "bad", isFilled: true, values: timeline.map(({ stalled }) => stalled) },
      { name: "errors", tone: "plain", isFilled: false, values: timeline.map(({ errors: now }) => now) },
      { name: "changes of node", tone: "calm", isFilled: false, values: timeline.map(({ moves }) => moves) },
    ],
  });
}

const worstShown = 15;

function worst({ viewer_list: list }: LoadReport): string {
  const bad = list.filter(({ stalls, join_ms: joinMs }) => stalls > 0 || joinMs === null);
  if (bad.length === 0) return "";
  const rows = bad
    .toSorted(
      (one, other) => (other.join_ms === null ? Infinity : other.stalled_ms) - (one.join_ms === null ? Infinity : one.stalled_ms) || 0,
    )
    .slice(0, worstShown)
    .map((line) => [
      line.user_id,
      line.node_id ?? "–",
      line.join_ms === null ? (line.refusal ?? "no picture") : `${count(line.join_ms)} ms`,
      count(line.stalls),
      seconds(line.stalled_ms),
      seconds(line.longest_stall_ms),
      count(line.moves),
      count(line.errors),
    ]);
  const more = bad.length > worstShown ? `<p>The worst ${worstShown} of ${count(bad.length)}; a .json report has all.</p>` : "";
  return `<h2>Viewers with trouble</h2>${table(["user", "node", "join", "stalls", "stood", "longest", "moves", "errors"], rows)}${more}`;
}

const card = (name: string, value: string, isBad: boolean): string =>
  `<div class="card${isBad ? " bad" : ""}"><b>${escape(value)}</b><span>${escape(name)}</span></div>`;

function percentileRow(name: string, { n, p50, p95, p99, max }: Percentiles): string[] {
  return [name, ...[n, p50, p95, p99, max].map(count)];
}

function sorted(kinds: Readonly<Record<string, number>>): string[][] {
  return Object.entries(kinds)
    .toSorted(([, one], [, other]) => other - one)
    .map(([kind, times]) => [kind, count(times)]);
}

/** The first column is text, the others are figures. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string): string => row.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join("");
  return `<div class="scroll"><table><thead><tr>${cells(head, "th")}</tr></thead><tbody>${rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("")}</tbody></table></div>`;
}

const count = (value: number): string => value.toLocaleString("en-GB");
const seconds = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 10) / 100} s`);

/** Names of nodes and of the class come from elsewhere. */
function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

const style = `
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5c6878;--paper:#fff;--panel:#f4f6f9;--rule:#dde3ea;--calm:#2563c9;--good:#16805a;--bad:#c8322b;--plain:#8b95a3}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--paper:#14181e;--panel:#1d232b;--rule:#313a46;--calm:#6ea3f5;--good:#43b98a;--bad:#f0716a;--plain:#7f8a99}}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:960px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:26px;margin:8px 0}h2{font-size:18px;margin:32px 0 8px}p{color:var(--soft);margin:8px 0}
.verdict{font-weight:600;padding:10px 14px;border-radius:8px;border-left:5px solid;background:var(--panel)}
.verdict.good{color:var(--good);border-color:var(--good)}.verdict.bad{color:var(--bad);border-color:var(--bad)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(170px,1fr));gap:10px;margin:20px 0}
.card{background:var(--panel);border-radius:8px;padding:12px 14px}.card b{display:block;font-size:20px}.card span{color:var(--soft);font-size:13px}.card.bad b{color:var(--bad)}
figure{margin:20px 0}figcaption{font-weight:600;margin-bottom:4px}svg{width:100%;height:auto;display:block}
svg text{fill:var(--soft);font-size:11px}.grid{stroke:var(--rule);stroke-width:1}
.line{fill:none;stroke-width:2;stroke-linejoin:round}.area{opacity:.16}
.line.calm{stroke:var(--calm)}.line.good{stroke:var(--good)}.line.bad{stroke:var(--bad)}.line.plain{stroke:var(--plain);stroke-dasharray:4 3}
.area.calm{fill:var(--calm)}.area.good{fill:var(--good)}.area.bad{fill:var(--bad);opacity:.5}.area.plain{fill:var(--plain)}
.key{font-weight:400;font-size:13px;color:var(--soft);margin-left:14px}.key::before{content:"";display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:5px}
.key.calm::before{background:var(--calm)}.key.good::before{background:var(--good)}.key.bad::before{background:var(--bad)}.key.plain::before{background:var(--plain)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:5px 10px;border-bottom:1px solid var(--rule);white-space:nowrap}th{color:var(--soft);font-weight:600;font-size:13px}
th:first-child,td:first-child{text-align:left}`;
