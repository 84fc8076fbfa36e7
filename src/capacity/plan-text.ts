// A plan as people read it: the sums, not only the results. Pure.
import { planSlaves } from "./plan-slaves.ts";
import type { Limit, Plan, PlanInput, SlaveLoad } from "./plan-slaves.ts";

const limitNames: Readonly<Record<Limit, string>> = {
  link: "the slaves' network link",
  places: "the places of a slave (MAX_CONNECTIONS)",
  cpu: "the slaves' processors",
};

export function planText(input: PlanInput, plan: Plan): string {
  const { allRun, oneDied, slaves } = plan;
  const row = (name: string, of: (load: SlaveLoad) => string, limit = ""): string[] => [name, of(allRun), of(oneDied), limit];
  const rows = [
    ["on the busiest slave", `all ${slaves} run`, `${oneDied.slaves} left`, "limit"],
    row("viewers", ({ viewers, slaves: running }) => `${count(input.students)} / ${running} → ${count(viewers)}`),
    row("to viewers", ({ viewers, toViewersMbps }) => `${count(viewers)} × ${input.mbps} = ${mbit(toViewersMbps)}`),
    row("to other slaves", ({ copiesSent, toSlavesMbps }) => `${copiesSent} × ${input.streamMbps} = ${mbit(toSlavesMbps)}`),
    row("link: pictures", ({ sentMbps, use }) => `${mbit(sentMbps)} = ${percent(use.link)}`, `${count(input.linkMbps)} Mbit/s`),
    row(
      "link: playlists, too",
      ({ viewers, withPlaylistsMbps, useWithPlaylists: use }) =>
        `+ ${count(viewers)} × ${input.playlistsMbps} = ${mbit(withPlaylistsMbps)} = ${percent(use)}`,
      `${count(input.linkMbps)} Mbit/s`,
    ),
    row("places", ({ use }) => percent(use.places), `${count(input.places)} (MAX_CONNECTIONS)`),
    row("processor", ({ use }) => percent(use.cpu), `${count(input.cpuViewers)} viewers`),
  ];
  const classes = `${input.classes} ${input.classes === 1 ? "class" : "classes"}`;
  const needs = [
    ["link", `${count(input.linkMbps)} Mbit/s, at most ${100 - input.marginPercent} % used`, `${plan.neededBy.link}`],
    [
      "places",
      `${count(input.places)} × ${100 - input.marginPercent} % = ${count(keptOf(input, input.places))} viewers each`,
      `${plan.neededBy.places}`,
    ],
    [
      "processor",
      `${count(input.cpuViewers)} × ${100 - input.marginPercent} % = ${count(keptOf(input, input.cpuViewers))} viewers each`,
      `${plan.neededBy.cpu}`,
    ],
    ["one may die", "the others, full, still have a place for everybody", `${plan.neededForSpare}`],
  ];
  return [
    `${count(input.students)} students in ${classes} at ${input.mbps} Mbit/s: ${mbit(plan.totalMbps)} in all.`,
    "",
    `Slaves needed: ${slaves}   (pictures leave ${input.marginPercent} % of every limit free; one slave may die)`,
    `Viewers per slave: ${allRun.viewers} now, up to ${count(plan.viewersPerSlave)} within the margin`,
    `What limits: ${limitOf(plan)}`,
    ...advice(input, plan),
    "",
    ...table([["slaves needed for", "how", "slaves"], ...needs]),
    "",
    ...table(rows),
    "",
    `Master or gateway: ${classes} × ${input.streamMbps} = ${mbit(plan.gatewayMbps)} in and as much out again, when teachers publish there.`,
    `A slave receives each class once: ${mbit(allRun.receivedMbps)}. All of it is what a switch must carry; the students' Wi-Fi is not in it.`,
    `The ${input.marginPercent} % are for playlists, and for moments at which the picture needs more than ${input.mbps} Mbit/s.`,
    ...crowded(plan),
    ...(plan.slaves > 1 ? ["The class goes on when a slave dies as long as REPLICATION_FACTOR is 2 (the default) or more."] : []),
  ].join("\n");
}

function limitOf({ limitedBy, neededBy, slaves }: Plan): string {
  if (limitedBy === "spare") return "none of them; the last slave is there so that one may die";
  const also = (Object.keys(neededBy) as Limit[]).filter((limit) => limit !== limitedBy && neededBy[limit] === slaves);
  return `${limitNames[limitedBy]}${also.length === 0 ? "" : `; ${also.map((limit) => limitNames[limit]).join(" and ")} would need as many`}`;
}

function crowded({ oneDied, neededForSpareWithPlaylists: needed }: Plan): string[] {
  if (oneDied.useWithPlaylists <= 1) return [];
  const left = `When one has died, playlists bring the links of the ${oneDied.slaves} that are left to ${percent(oneDied.useWithPlaylists)}`;
  return [Number.isFinite(needed) ? `${left}: with ${needed} slaves they fit, too.` : `${left}.`];
}

/** More places cost nothing; whether the PC carries them is what a load test shows. */
function advice(input: PlanInput, { limitedBy, neededBy, neededForSpare }: Plan): string[] {
  const others = planSlaves({ ...input, places: Number.MAX_SAFE_INTEGER });
  if (limitedBy !== "places" || !others || others.slaves >= Math.max(neededBy.places, neededForSpare)) return [];
  const viewers = Math.ceil(others.allRun.viewers / (1 - input.marginPercent / 100));
  return [`With MAX_CONNECTIONS=${viewers} on the slaves, ${others.slaves} would be enough, if their PCs carry it (airclass loadtest).`];
}

const keptOf = ({ marginPercent }: PlanInput, limit: number): number => Math.floor(Math.round(limit * (100 - marginPercent) * 1e4) / 1e6);
const mbit = (value: number): string => `${count(Math.round(value * 10) / 10)} Mbit/s`;
const percent = (share: number): string => `${Math.round(share * 100)} %`;
const count = (value: number): string => value.toLocaleString("en-GB");

/** The first row is the heading. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("   ")}`.trimEnd());
}
