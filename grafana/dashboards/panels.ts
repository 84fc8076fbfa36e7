// The kinds of panel that the dashboards are made of, in one look: a graph, a figure, a table. They know Grafana, but not what
// is asked for.
import { LegendDisplayMode, LegendPlacement, SortOrder, TooltipDisplayMode } from "@grafana/grafana-foundation-sdk/common";
import { BigValueColorMode, BigValueGraphMode, BigValueTextMode } from "@grafana/grafana-foundation-sdk/common";
import { GraphThresholdsStyleMode, ReduceDataOptionsBuilder, StackingConfigBuilder } from "@grafana/grafana-foundation-sdk/common";
import { GraphThresholdsStyleConfigBuilder, StackingMode, TableCellDisplayMode } from "@grafana/grafana-foundation-sdk/common";
import { VizLegendOptionsBuilder, VizTooltipOptionsBuilder } from "@grafana/grafana-foundation-sdk/common";
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import { DashboardLinkBuilder, FieldColorBuilder, FieldColorModeId } from "@grafana/grafana-foundation-sdk/dashboard";
import { ThresholdsConfigBuilder, ThresholdsMode } from "@grafana/grafana-foundation-sdk/dashboard";
import type { DynamicConfigValue, Panel, Threshold, ValueMapping } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, PromQueryFormat, QueryEditorMode } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as FigureBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as GraphBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

/** As grafana/provisioning/datasources/prometheus.yml names it. */
export const dataSource = { type: "prometheus", uid: "airclass-prometheus" };

export interface Query {
  readonly expr: string;
  /** What a series is called; `{{label}}` is replaced by the value of the label. */
  readonly legend: string;
}

/** A query whose series may all be missing when all is well: then it is 0, and its legend says that there is none. */
export const orNone = (expr: string, label: string): string => `${expr} or on () label_replace(vector(0), "${label}", "none", "", "")`;

/** As Grafana's own editor writes it: 5 is a query in words, such as `label_values(metric, label)`. */
export const variableQuery = (query: string) => ({ qryType: 5, query, refId: "PrometheusVariableQueryEditor-VariableQuery" });

interface PanelText {
  readonly title: string;
  /** For somebody who does not know the software: what it says, and what to do when it is bad. */
  readonly description: string;
  /** Id of Grafana: `percentunit` is 0 to 1, `bps` bit/s, `s` seconds. */
  readonly unit: string;
  /** Of 24 columns. */
  readonly width: number;
}

interface ValuePanel extends PanelText {
  readonly queries: readonly Query[];
  /** Where it turns from green to what; the numbers are those of prometheus/alerts.yml. */
  readonly thresholds?: readonly Threshold[];
  readonly decimals?: number;
  /** Series that have a colour of their own, by name. */
  readonly colors?: Readonly<Record<string, string>>;
}

const graphHeight = 7;
const figureHeight = 4;
const tableHeight = 8;

/** Lines over time. */
export function graph(panel: ValuePanel & { readonly max?: number; readonly stacked?: boolean }): Builder<Panel> {
  const { queries, thresholds = [], stacked = false } = panel;
  const builder = described(new GraphBuilder(), panel)
    .height(graphHeight)
    .targets(queries.map(({ expr, legend }, index) => query(expr, index).range().legendFormat(legend)))
    .min(0)
    .lineWidth(1)
    .fillOpacity(stacked ? 30 : 8)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .thresholds(steps(thresholds))
    .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).showLegend(true))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (panel.max !== undefined) builder.max(panel.max);
  if (panel.decimals !== undefined) builder.decimals(panel.decimals);
  if (stacked) builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group("A"));
  if (thresholds.length > 0) builder.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  for (const [name, color] of Object.entries(panel.colors ?? {})) builder.overrideByName(name, [fixedColor(color)]);
  return builder;
}

interface FigurePanel extends ValuePanel {
  /** What is written large; `name` for a figure that is a label, such as a state. */
  readonly show?: "value" | "value and name" | "name";
  readonly mappings?: readonly ValueMapping[];
  /** Where a click leads. */
  readonly link?: { readonly title: string; readonly url: string };
}

/** The newest value, large, coloured by thresholds. */
export function figure(panel: FigurePanel): Builder<Panel> {
  const { queries, thresholds = [], show = queries.length > 1 ? "value and name" : "value", mappings, link } = panel;
  const textMode = { value: BigValueTextMode.Value, "value and name": BigValueTextMode.ValueAndName, name: BigValueTextMode.Name };
  const builder = described(new FigureBuilder(), panel)
    .height(figureHeight)
    .targets(queries.map(({ expr, legend }, index) => query(expr, index).instant().legendFormat(legend)))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(textMode[show])
    .thresholds(steps(thresholds));
  if (panel.decimals !== undefined) builder.decimals(panel.decimals);
  if (mappings !== undefined) builder.mappings([...mappings]);
  if (link !== undefined) builder.dataLinks([new DashboardLinkBuilder(link.title).url(link.url)]);
  for (const [name, color] of Object.entries(panel.colors ?? {})) builder.overrideByName(name, [fixedColor(color)]);
  return builder;
}

export interface Column {
  /** Of a column that a query's value is; without it, the column is the label `label`. */
  readonly expr?: string;
  /** The label that the column shows. A value whose query has other labels than the rest is shown by one of them, too. */
  readonly label?: string;
  readonly title: string;
  readonly unit?: string;
  readonly decimals?: number;
  readonly thresholds?: readonly Threshold[];
  readonly link?: { readonly title: string; readonly url: string };
  readonly colors?: Readonly<Record<string, string>>;
}

/**
 * What is there now, a row for each value of the labels that all queries have. Grafana names the values of the queries
 * `Value #A`, `Value #B`, … and columns of labels after the labels: a query is to have no other (`__name__` is one).
 */
export function table(panel: PanelText & { readonly columns: readonly Column[] }): Builder<Panel> {
  const queried = panel.columns.filter(({ expr }) => expr !== undefined);
  const fieldOf = (column: Column) => column.label ?? `Value #${refId(queried.indexOf(column))}`;
  const hidden = queried.filter(({ label }) => label !== undefined).map((column) => `Value #${refId(queried.indexOf(column))}`);
  const builder = described(new TableBuilder(), panel)
    .height(tableHeight)
    .targets(queried.map(({ expr = "" }, index) => query(expr, index).instant().format(PromQueryFormat.Table)))
    .thresholds(steps([]))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .withTransformation({ id: "merge", options: {} })
    .withTransformation({
      id: "organize",
      options: {
        excludeByName: Object.fromEntries(["Time", ...hidden].map((name) => [name, true])),
        indexByName: Object.fromEntries(panel.columns.map((column, index) => [fieldOf(column), index])),
        renameByName: Object.fromEntries(panel.columns.map((column) => [fieldOf(column), column.title])),
      },
    });
  for (const column of panel.columns) builder.overrideByName(column.title, columnLook(column));
  return builder;
}

function columnLook({ unit, decimals, thresholds, link, colors }: Column): DynamicConfigValue[] {
  const look: DynamicConfigValue[] = [];
  if (unit !== undefined) look.push({ id: "unit", value: unit });
  if (decimals !== undefined) look.push({ id: "decimals", value: decimals });
  if (thresholds !== undefined) look.push({ id: "thresholds", value: steps(thresholds).build() });
  if (colors !== undefined) {
    const options = Object.fromEntries(Object.entries(colors).map(([text, color], index) => [text, { color, index, text }]));
    look.push({ id: "mappings", value: [{ type: "value", options }] });
  }
  if (thresholds !== undefined || colors !== undefined) {
    look.push({ id: "custom.cellOptions", value: { type: TableCellDisplayMode.ColorText } });
  }
  if (link !== undefined) look.push({ id: "links", value: [link] });
  return look;
}

const fixedColor = (color: string): DynamicConfigValue => ({ id: "color", value: { mode: "fixed", fixedColor: color } });
const refId = (index: number) => String.fromCodePoint("A".codePointAt(0)! + index);

const query = (expr: string, index: number) =>
  new DataqueryBuilder().datasource(dataSource).editorMode(QueryEditorMode.Code).refId(refId(index)).expr(expr);

const steps = (thresholds: readonly Threshold[]) =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([{ value: null, color: "green" }, ...thresholds]);

interface Describable {
  title(text: string): this;
  description(text: string): this;
  unit(unit: string): this;
  span(width: number): this;
  datasource(source: typeof dataSource): this;
}

const described = <Described extends Describable>(builder: Described, { title, description, unit, width }: PanelText): Described =>
  builder.title(title).description(description).unit(unit).span(width).datasource(dataSource);
