// What all dashboards have in common: time range, refresh, links to each other, and alerts as marks on every graph.
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Dashboard, Panel, VariableModel } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { dataSource } from "./panels.ts";

/** Part of their addresses (`/d/<uid>`), so they stay as they are. */
export const uids = { cluster: "airclass-cluster", slave: "airclass-slave", class: "airclass-class" } as const;

/** Where Grafana finds the labels of what was clicked: in the row of a table, or in the series of a figure. */
type Clicked = "__data.fields" | "__field.labels";
const linkTo = (uid: string, variable: string, value: string) =>
  `/d/${uid}?var-${variable}=\${${value}:percentencode}&\${__url_time_range}`;
export const slaveLink = (clicked: Clicked) => ({ title: "This slave", url: linkTo(uids.slave, "node", `${clicked}.node_id`) });
export const classLink = (clicked: Clicked) => ({ title: "This class", url: linkTo(uids.class, "path", `${clicked}.path`) });

interface Frame {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables?: readonly Builder<VariableModel>[];
  /** Panels from left to right, then down; a title is shown above the panels of a section unless it is empty. */
  readonly sections: readonly { readonly title: string; readonly panels: readonly Builder<Panel>[] }[];
}

export function dashboard({ uid, title, description, variables = [], sections }: Frame): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(["airclass"])
    .time({ from: "now-15m", to: "now" })
    .refresh("5s")
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .variables([...variables])
    .link(new DashboardLinkBuilder("AIRClass").type(DashboardLinkType.Dashboards).tags(["airclass"]).keepTime(true))
    .annotation(firingAlerts());
  for (const section of sections) {
    if (section.title !== "") builder.withRow(new RowBuilder(section.title));
    for (const panel of section.panels) builder.withPanel(panel);
  }
  const built = builder.build();
  for (const [index, panel] of (built.panels ?? []).entries()) panel.id = index + 1;
  // The library puts links into a menu, where nobody would look for them.
  for (const link of built.links ?? []) delete link.placement;
  return built;
}

/** A mark over the time for which an alert fired. */
const firingAlerts = () =>
  new AnnotationQueryBuilder()
    .name("Alerts")
    .datasource(dataSource)
    .enable(true)
    .iconColor("red")
    .target(new DataqueryBuilder().datasource(dataSource).refId("Alerts").expr('ALERTS{alertstate="firing"}'))
    .titleFormat("{{alertname}}")
    .textFormat("{{node_name}} {{node_id}} {{path}}");
