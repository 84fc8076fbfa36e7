// The report of a load test in some lines, for the terminal. Pure.
import type { LoadReport, Percentiles } from "./load-report.ts";

export function loadSummary(report: LoadReport): string {
  const { viewers, stalls, errors, nodes, generator } = report;
  const count = (value: number): string => value.toLocaleString("en-GB");
  const ms = ({ p50, p95, p99, max }: Percentiles): string => `${p50} / ${p95} / ${p99} / ${max}`;
  const rows: [string, string][] = [
    [
      "viewers",
      `${count(viewers.played)} of ${count(viewers.come)} played${viewers.moves > 0 ? `, ${count(viewers.moved)} changed node` : ""}`,
    ],
    ["stalled", `${count(viewers.stalled)} viewers, ${count(stalls.count)} stalls, longest ${stalls.longest_s} s`],
    ...(report.waited_s > 0 ? ([["waited for the teacher", `${report.waited_s} s in all`]] as [string, string][]) : []),
    ["ms, p50 / p95 / p99 / max", ""],
    ["  join", ms(report.join_ms)],
    ["  behind the teacher", ms(report.delay_ms)],
    ["  token", ms(report.requests.token.ms)],
    ["  part", ms(report.requests.part.ms)],
    ["network", `${report.mbps} Mbit/s; ${report.mbps_per_viewer} for each viewer, ${report.playlists_percent} % of it playlists`],
    ["errors", errors.total === 0 ? "none" : `${count(errors.total)}: ${few(errors.kinds)}`],
    ...(Object.keys(report.refusals).length > 0 ? ([["not let in", few(report.refusals)]] as [string, string][]) : []),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    "",
    `${report.class} at ${report.master}, ${report.ran_s} s${report.ended_early ? " (ended early)" : ""}`,
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}   ${value}`.trimEnd()),
    ...nodes.map(nodeLine),
    `  this machine used ${generator.cpu_cores} of a core, its busiest thread ${generator.busiest_thread_percent} % of its time${perCore(report)}`,
    ...(generator.saturated
      ? [
          `  This machine is too slow for so many viewers (a thread was ${generator.busiest_thread_percent} % busy): the figures are its own.`,
        ]
      : []),
    `  ${verdict(report)}`,
  ].join("\n");
}

function nodeLine(node: LoadReport["nodes"][number]): string {
  const { node_id: id, viewers_at_end: viewers, requests, part_ms: part, peak_viewers: peak } = node;
  const line = `  ${id}: ${viewers} viewers at the end, ${requests} requests, part p95 ${part.p95} ms`;
  return peak === null
    ? line
    : `${line}; the master counted up to ${peak} of ${node.max_connections ?? "?"}, CPU up to ${node.peak_cpu ?? "?"} %`;
}

export function verdict({ ok, stalled_percent: percent, max_stalled_percent: most, viewers }: LoadReport): string {
  if (viewers.played === 0) return "FAILED: nobody had a picture.";
  const sentence = `${percent} % of the viewers stalled or had no picture; ${most} % are allowed.`;
  return ok ? `OK: ${sentence}` : `FAILED: ${sentence}`;
}

/** Of a few viewers it would be the start of the program that is measured. */
function perCore({ viewers, generator, ran_s: ranS }: LoadReport): string {
  return viewers.played < 50 || ranS < 10 ? "" : `: ${generator.viewers_per_core} viewers for each core`;
}

function few(kinds: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(kinds).toSorted(([, one], [, other]) => other - one);
  const shown = sorted.slice(0, 5).map(([kind, times]) => `${kind} (${times})`);
  return shown.join(", ") + (sorted.length > 5 ? ", …" : "");
}
