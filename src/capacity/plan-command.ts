// airclass plan: reads what is asked, says what is needed. Asks no cluster.
import { readFlags, readNumber, wrongUse } from "../admin/command-flags.ts";
import type { NumberRange } from "../admin/command-flags.ts";
import { MasterConfig, SlaveConfig } from "../shared/config/variables.ts";
import { UserError } from "../shared/kernel/user-error.ts";
import { maxSlaves, planSlaves } from "./plan-slaves.ts";
import type { PlanInput } from "./plan-slaves.ts";
import { planText } from "./plan-text.ts";

/** Low-latency viewers that one core carried without a stall (docs/measured.md); an older PC carries fewer. */
const measuredCpuViewers = 4_000;
/** Of a low-latency player: three times a second one of 11 to 12 KB, each address in it with the token (airclass loadtest). */
const measuredPlaylistsMbps = 0.3;
const defaultOf = (schema: unknown): number => (schema as { default: number }).default;
const defaultPlaces = defaultOf(SlaveConfig.properties.MAX_CONNECTIONS);
const defaultFanout = defaultOf(MasterConfig.properties.FANOUT);

export const planHelp = `usage: airclass plan --students 500 --mbps 1.6 --link 240 [--json]

How many slaves a school needs, and what limits them. Asks no cluster: it is arithmetic, and shows its sums.

  --students          students who watch at the same time
  --mbps              what one player loads, Mbit/s: what OBS sends, or the rendition that students see
  --link              network link of one slave, Mbit/s in each direction; what it really carries, not what is written on it
  --margin            percent of every limit that stays free while all slaves run; default 30, where a slave is not yet in \`warning\`
  --classes           classes at the same time; default 1
  --stream-mbps       all renditions of a class together: what slaves send to each other; default the same as --mbps
  --playlists         what a player loads beside the picture, Mbit/s; default ${measuredPlaylistsMbps}, as measured by airclass loadtest
  --max-connections   places of a slave; default ${defaultPlaces}
  --cpu               viewers that the processor of one slave carries; default ${measuredCpuViewers}, as measured on one core of a server
                      (docs/measured.md); for other PCs see airclass loadtest
  --fanout            slaves that follow one slave; default ${defaultFanout}
  --json              the figures, for programs`;

const ranges = {
  students: { min: 1, max: 1_000_000, integer: true, example: 500 },
  mbps: { min: 0.05, max: 1_000, example: 1.6 },
  link: { min: 1, max: 1_000_000, example: 240 },
  margin: { min: 0, max: 90, example: 30 },
  classes: { min: 1, max: 10_000, integer: true, example: 4 },
  "stream-mbps": { min: 0.05, max: 10_000, example: 3.2 },
  playlists: { min: 0, max: 10, example: 0.3 },
  "max-connections": { min: 1, max: 1_000_000, integer: true, example: 150 },
  cpu: { min: 1, max: 1_000_000, integer: true, example: 4_000 },
  fanout: { min: 2, max: 100, integer: true, example: 8 },
} as const satisfies Record<string, NumberRange>;
type PlanFlag = keyof typeof ranges;

export interface PlanDeps {
  readonly args: readonly string[];
  readonly print: (text: string) => void;
}

/** @throws UserError */
export function runPlan({ args, print }: PlanDeps): void {
  const { words, values, switches } = readFlags("plan", { values: Object.keys(ranges), switches: ["json"] }, args);
  if (words.length > 0) throw wrongUse("plan", `airclass plan takes flags only, and not ${JSON.stringify(words[0]?.slice(0, 40))}.`);
  const input = readInput(values);
  const plan = planSlaves(input);
  if (!plan)
    throw new UserError(
      `Not even ${maxSlaves.toLocaleString("en-GB")} slaves of ${input.linkMbps} Mbit/s are enough for ${input.students} students (classes: ${input.classes}) at ${input.mbps} Mbit/s: a faster link, fewer Mbit/s or a smaller --margin is needed.`,
    );
  print(switches.has("json") ? JSON.stringify(planJson(input, plan), undefined, 2) : planText(input, plan));
}

function readInput(values: Readonly<Record<string, string | undefined>>): PlanInput {
  const given = (flag: PlanFlag): number | undefined => {
    const text = values[flag];
    return text === undefined ? undefined : readNumber(flag, text, ranges[flag]);
  };
  const needed = (flag: PlanFlag): number => {
    const value = given(flag);
    if (value !== undefined) return value;
    throw wrongUse("plan", `airclass plan needs --${flag}, for example --${flag} ${ranges[flag].example}.`);
  };
  const input: PlanInput = {
    students: needed("students"),
    mbps: needed("mbps"),
    linkMbps: needed("link"),
    marginPercent: given("margin") ?? 30,
    classes: given("classes") ?? 1,
    streamMbps: given("stream-mbps") ?? Number(values["mbps"]),
    playlistsMbps: given("playlists") ?? measuredPlaylistsMbps,
    places: given("max-connections") ?? defaultPlaces,
    cpuViewers: given("cpu") ?? measuredCpuViewers,
    fanout: given("fanout") ?? defaultFanout,
  };
  if (input.classes > input.students)
    throw new UserError(`--classes=${input.classes} is more than --students=${input.students}: a class without students needs no plan.`, {
      exitCode: 2,
    });
  return input;
}

function planJson(input: PlanInput, plan: NonNullable<ReturnType<typeof planSlaves>>): object {
  const load = ({ use, ...figures }: typeof plan.allRun): object => ({
    slaves: figures.slaves,
    viewers: figures.viewers,
    sent_to_viewers_mbps: figures.toViewersMbps,
    sent_to_slaves_mbps: figures.toSlavesMbps,
    sent_mbps: figures.sentMbps,
    sent_with_playlists_mbps: figures.withPlaylistsMbps,
    received_mbps: figures.receivedMbps,
    link_percent: percent(use.link),
    link_with_playlists_percent: percent(figures.useWithPlaylists),
    places_percent: percent(use.places),
    cpu_percent: percent(use.cpu),
  });
  return {
    students: input.students,
    classes: input.classes,
    mbps: input.mbps,
    stream_mbps: input.streamMbps,
    playlists_mbps: input.playlistsMbps,
    link_mbps: input.linkMbps,
    margin_percent: input.marginPercent,
    max_connections: input.places,
    cpu_viewers: input.cpuViewers,
    fanout: input.fanout,
    slaves: plan.slaves,
    viewers_per_slave: plan.viewersPerSlave,
    limited_by: plan.limitedBy,
    slaves_needed: { ...plan.neededBy, spare: plan.neededForSpare, spare_with_playlists: plan.neededForSpareWithPlaylists },
    all_run: load(plan.allRun),
    one_died: load(plan.oneDied),
    gateway_mbps: plan.gatewayMbps,
    total_mbps: plan.totalMbps,
  };
}

const percent = (share: number): number => Math.round(share * 1_000) / 10;
