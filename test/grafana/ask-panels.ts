// Asks a Prometheus what each panel asks, as Grafana would: variables filled in, legends made.
import type { Prometheus, Sample } from "../support/prometheus.ts";
import type { ReadDashboard, ReadPanel } from "./read-dashboards.ts";

/** Names of variables, without `$`. */
type Values = Readonly<Record<string, string>>;

export interface Answer {
  readonly panel: ReadPanel;
  readonly expr: string;
  readonly samples: readonly Sample[];
  /** Undefined where all is well. */
  readonly complaint: string | undefined;
}

/** Everything that a dashboard asks for, newest values. Grafana's own variables are those of the shipped intervals, or shorter. */
export async function askPanels(prometheus: Prometheus, dashboard: ReadDashboard, values: Values): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (const panel of dashboard.panels) {
    for (const { expr: template, legendFormat } of panel.targets) {
      const expr = fill(template, values);
      const samples = await prometheus.query(expr);
      const complaint = whatIsMissing(samples, legendFormat) ?? whatIsTooMuch(samples, panel);
      answers.push({ panel, expr, samples, complaint: complaint && `${dashboard.uid}: ${panel.title}: ${complaint}: ${expr}` });
    }
  }
  return answers;
}

function whatIsMissing(samples: readonly Sample[], legend = ""): string | undefined {
  if (!samples.some(({ value }) => Number.isFinite(value))) return samples.length === 0 ? "no data" : "no number";
  for (const [, label = ""] of legend.matchAll(/\{\{(\w+)\}\}/g)) {
    if (!samples.every(({ labels }) => labels[label])) return `not every series has the label ${label} of its legend`;
  }
  return undefined;
}

/** A label that is no column of a table would be one more, without a title, and keep rows apart. */
function whatIsTooMuch(samples: readonly Sample[], { type, transformations = [] }: ReadPanel): string | undefined {
  const columns = transformations.flatMap(({ options }) => Object.keys(options.renameByName ?? {}));
  const others = samples.flatMap(({ labels }) => Object.keys(labels)).filter((label) => type === "table" && !columns.includes(label));
  return others.length > 0 ? `the label ${others[0]} is no column` : undefined;
}

/** What can be chosen for a dashboard's variable: the values behind the names that are shown. */
export async function choicesOf(prometheus: Prometheus, variable: ReadDashboard["variables"][number]): Promise<readonly string[]> {
  const query = fill(variable.query, {});
  const [, metric, label] = /^label_values\((\S+), (\w+)\)$/.exec(query) ?? [];
  if (metric !== undefined && label !== undefined) {
    return (await prometheus.query(`group by (${label}) (${metric})`)).map(({ labels }) => labels[label] ?? "");
  }
  const [, expr] = /^query_result\((.+)\)$/.exec(query) ?? [];
  const [, pattern] = /^\/(.+)\/$/.exec(variable.regex) ?? [];
  if (expr === undefined || pattern === undefined) throw new Error(`no variable as the tests know them: ${query}`);
  return (await prometheus.query(expr)).flatMap(({ labels, value }) => {
    // The text that Grafana makes of a result.
    const text = `{${Object.entries(labels)
      .map(([name, value]) => `${name}="${value}"`)
      .join()}} ${value} 1700000000000`;
    const chosen = new RegExp(pattern).exec(text)?.groups;
    return chosen?.["value"] !== undefined && chosen["text"] ? [chosen["value"]] : [];
  });
}

const fill = (template: string, values: Values): string =>
  template
    .replaceAll("$__rate_interval", "10s")
    .replaceAll("$__range", "15m")
    .replaceAll(/\$(\w+)/g, (all, name: string) => values[name] ?? all);
