// Writes the dashboards of grafana/dashboards to grafana/generated, which Grafana reads.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dashboardFiles } from "../grafana/dashboards/all-dashboards.ts";

const folder = new URL("../grafana/generated/", import.meta.url);
for (const [name, text] of Object.entries(dashboardFiles())) {
  writeFileSync(new URL(name, folder), text);
  console.log(fileURLToPath(new URL(name, folder)));
}
