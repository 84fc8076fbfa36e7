// The dashboards as the files that Grafana reads; `npm run grafana` writes them to grafana/generated.
import { classDashboard } from "./class.ts";
import { clusterDashboard } from "./cluster.ts";
import { slaveDashboard } from "./slave.ts";

/** File name → text. */
export const dashboardFiles = (): Record<string, string> => ({
  "cluster.json": text(clusterDashboard()),
  "slave.json": text(slaveDashboard()),
  "class.json": text(classDashboard()),
});

const text = (dashboard: unknown) => `${JSON.stringify(dashboard, null, 2)}\n`;
