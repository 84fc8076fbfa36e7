// Prometheus's text format 0.0.4, as far as it is needed: https://prometheus.io/docs/instrumenting/exposition_formats/. Pure.

export type Labels = Readonly<Record<string, string>>;

/** The two lines that go before a metric's series. */
export function metricHead(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}\n`;
}

/** `{path="live/math"}`, or nothing without labels. @throws where `labels` are not exactly those that were declared */
export function labelText(name: string, declared: readonly string[], labels: Labels): string {
  let text = "";
  let given = 0;
  for (const _ in labels) given += 1;
  for (const label of declared) {
    const value = labels[label];
    if (value === undefined) given = -1;
    else text += `${text === "" ? "{" : ","}${label}="${escaped(value)}"`;
  }
  if (given !== declared.length) {
    throw new Error(`${name} has the labels ${declared.join(", ") || "(none)"}, not ${Object.keys(labels).join(", ") || "(none)"}`);
  }
  return text === "" ? "" : `${text}}`;
}

export function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

/** One label more at the end: a histogram's `le`. */
export function withLabel(text: string, label: string, value: string): string {
  return `${text === "" ? "{" : `${text.slice(0, -1)},`}${label}="${value}"}`;
}

const special = /[\\"\n]/;

function escaped(value: string): string {
  return special.test(value) ? value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n") : value;
}
