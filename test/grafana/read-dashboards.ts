// The dashboards as Grafana reads them, and what tests want to know of them.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../grafana/generated", import.meta.url));

interface Target {
  readonly expr: string;
  readonly legendFormat?: string;
  readonly instant?: boolean;
  readonly datasource?: unknown;
}

export interface ReadPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly datasource: unknown;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly Target[];
  readonly transformations?: readonly { readonly options: { readonly renameByName?: Readonly<Record<string, string>> } }[];
}

interface RawDashboard {
  readonly uid: string;
  readonly panels: readonly (Omit<ReadPanel, "unit"> & { readonly fieldConfig?: { readonly defaults: { readonly unit?: string } } })[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: { readonly query: string }; readonly regex?: string }[];
  };
  readonly annotations: { readonly list: readonly { readonly target: Target }[] };
}

/** Rows, which only hold a title, are left out of `panels`. */
export const dashboards = globSync("*.json", { cwd: folder }).map((file) => {
  const raw = JSON.parse(readFileSync(join(folder, file), "utf8")) as RawDashboard & Record<string, unknown>;
  const panels: readonly ReadPanel[] = raw.panels
    .filter(({ type }) => type !== "row")
    .map((panel) => ({ ...panel, unit: panel.fieldConfig?.defaults.unit ?? "" }));
  const variables = raw.templating.list.map(({ name, query: { query }, regex = "" }) => ({ name, query, regex }));
  const annotations = raw.annotations.list.map(({ target }) => target.expr);
  return { uid: raw.uid, raw, panels, variables, annotations };
});

export type ReadDashboard = (typeof dashboards)[number];

/** Names of metrics in a PromQL query, or in the query of a variable. */
export function metricsNamed(expr: string): readonly string[] {
  const labelsGone = expr
    .replaceAll(/"[^"]*"/g, "")
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, " ")
    .replaceAll(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, " ")
    .replace(/^label_values\(([^,]+),.*\)$/, "$1");
  return [...labelsGone.matchAll(/[a-zA-Z_:][\w:]*(?!\w*\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !/^(and|or|unless|bool|offset|by|on)$/.test(name));
}
