// airclass doctor: reads the settings as the role would, looks at this machine and at the cluster, and says what to do.
import { availableParallelism } from "node:os";
import { loadMasterConfig, loadSlaveConfig } from "../../shared/config/load-config.ts";
import type { MasterConfig, SlaveConfig } from "../../shared/config/variables.ts";
import { UserError } from "../../shared/kernel/user-error.ts";
import { urlHost } from "../../shared/net/url-host.ts";
import { createPaint, harmless, wantsColours } from "../terminal-text.ts";
import type { Paint } from "../terminal-text.ts";
import { dataDirFindings } from "./data-dir.ts";
import { failed, ok, runChecks, warning } from "./finding.ts";
import type { Check, Finding, Level } from "./finding.ts";
import { nodeFindings } from "./nodes.ts";
import { portFinding } from "./ports.ts";
import type { RolePort } from "./ports.ts";
import { secretFindings } from "./secret-strength.ts";
import { masterFindings } from "./the-master.ts";
import {
  ffmpegFinding,
  nodeVersionFinding,
  openFilesFinding,
  openFilesLimit,
  processorsFinding,
  timeSyncFindings,
} from "./this-machine.ts";

export const doctorHelp = `usage: airclass doctor [--role master|slave] [--json] [--master URL] [--admin-token T] [--setting value …]

Looks at this machine as the role would with the same settings (variables or flags), and at the cluster from here: ffmpeg,
ports, clock, disk, secrets, versions, and whether each slave can be watched. Changes nothing. Each line says what is so, and
what to do. Ends with code 1 when something has failed (✗), else 0, also with warnings (!).

  --role          default MODE, else master
  --json          {version, role, ok, findings: [{check, level, text, advice}]}
  --master        default MASTER_URL; without it a master's is this machine's own API_PORT
  --admin-token   default ADMIN_TOKEN; without it versions and slaves are not looked at

With --master and no CLUSTER_SECRET, as on a student's PC, only the cluster is looked at.`;

export interface DoctorDeps {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  /** Of one answer over the network; default 4 s. */
  readonly answerTimeoutMs?: number;
  readonly wallMs?: () => number;
}

type Role = "master" | "slave";

/** Of one check, which may ask many slaves. */
const checkTimeoutMs = 60_000;

/** @returns the exit code. @throws UserError for flags that are none. */
export async function runDoctor(deps: DoctorDeps): Promise<number> {
  const own = readOwnFlags(deps);
  const { here, network } = checksOf(own, deps);
  // One after the other: the network's would find the ports that the first ones try.
  const findings = [...(await runChecks(here, checkTimeoutMs)), ...(await runChecks(network, checkTimeoutMs))];
  const isWell = findings.every(({ level }) => level !== "failed");
  if (own.json) {
    deps.stdout.write(`${JSON.stringify({ version: deps.version, role: own.role, ok: isWell, findings }, undefined, 2)}\n`);
  } else {
    const paint = createPaint(wantsColours(deps.stdout, deps.env));
    deps.stdout.write(`${[`AIRClass ${deps.version} as a ${own.role}`, ...findingLines(findings, paint)].join("\n")}\n`);
  }
  return isWell ? 0 : 1;
}

interface OwnFlags {
  readonly role: Role;
  readonly json: boolean;
  readonly master: string | undefined;
  readonly adminToken: string | undefined;
  /** Those of the role. */
  readonly settings: readonly string[];
}

function readOwnFlags({ args, env }: DoctorDeps): OwnFlags {
  const taken = new Map<string, string>();
  const settings: string[] = [];
  let json = false;
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    const [flag = "", inline] = arg.split(/=(.*)/s);
    if (arg === "--json") json = true;
    else if (["--role", "--master", "--admin-token"].includes(flag)) {
      const value = inline ?? args[(index += 1)];
      if (value === undefined) throw new UserError(`${flag} has no value. See airclass doctor --help`, { exitCode: 2 });
      taken.set(flag, value);
    } else settings.push(arg);
  }
  const role = taken.get("--role") ?? (env["MODE"] || "master");
  if (role !== "master" && role !== "slave") {
    throw new UserError(`${JSON.stringify(role)} is not a role: it must be master or slave, for example --role slave`, { exitCode: 2 });
  }
  const adminToken = taken.get("--admin-token") ?? (env["ADMIN_TOKEN"] || undefined);
  return { role, json, master: taken.get("--master"), adminToken, settings };
}

interface Checks {
  /** Of this machine. */
  readonly here: readonly Check[];
  readonly network: readonly Check[];
}

function checksOf(own: OwnFlags, deps: DoctorDeps): Checks {
  const { role, adminToken } = own;
  const input = { env: { ...deps.env, ADMIN_TOKEN: adminToken }, args: own.settings };
  const always: Check[] = [{ name: "node", run: () => [nodeVersionFinding(process.version)] }];
  if (own.master !== undefined && !deps.env["CLUSTER_SECRET"] && own.settings.length === 0) {
    const run = () => [ok("settings", "no CLUSTER_SECRET here: only the cluster is looked at, not this machine")];
    return { here: [{ name: "settings", run }], network: networkChecks(own, undefined, deps) };
  }
  try {
    const { config, warnings } = role === "master" ? loadMasterConfig(input) : loadSlaveConfig(input);
    const here = [
      { name: "settings", run: () => settingsFindings(role, warnings) },
      ...always,
      ...(role === "slave" ? slaveChecks(config as SlaveConfig) : []),
      ...roleChecks(own, config),
    ];
    return { here, network: networkChecks(own, config, deps) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const mistakes = error.message.split("\n");
    const run = () => [
      ...mistakes.map((text) => failed("settings", `${text}.`, `Mend it: the ${role} does not start like this.`)),
      warning("settings", "what depends on the settings was not checked.", "Run the doctor again when they are right."),
    ];
    const ffmpeg: Check = { name: "ffmpeg", run: async () => [await ffmpegFinding(deps.env["FFMPEG_PATH"])] };
    return { here: [{ name: "settings", run }, ...always, ...(role === "slave" ? [ffmpeg] : [])], network: [] };
  }
}

function settingsFindings(role: Role, warnings: readonly string[]): Finding[] {
  if (warnings.length === 0) return [ok("settings", `all valid for a ${role}`)];
  return warnings.map((text) => warning("settings", `${text}.`, "Rename it: it has no effect like this."));
}

function slaveChecks(config: Readonly<SlaveConfig>): Check[] {
  return [
    { name: "ffmpeg", run: async () => [await ffmpegFinding(config.FFMPEG_PATH)] },
    { name: "processors", run: () => [processorsFinding(config, availableParallelism())] },
    { name: "open files", run: () => [openFilesFinding(openFilesLimit(), config.MAX_CONNECTIONS)] },
  ];
}

type RoleConfig = Readonly<MasterConfig> | Readonly<SlaveConfig>;

function roleChecks({ role, adminToken }: OwnFlags, config: RoleConfig): Check[] {
  const ports: RolePort[] = [
    { name: "API_PORT", port: config.API_PORT, zero: "any" },
    { name: "RTMP_PORT", port: config.RTMP_PORT, zero: "off" },
    ...("HLS_PORT" in config ? [{ name: "HLS_PORT", port: config.HLS_PORT, zero: "any" as const }] : []),
  ];
  const secrets = Object.fromEntries(
    Object.entries({
      CLUSTER_SECRET: config.CLUSTER_SECRET,
      ADMIN_TOKEN: adminToken,
      JWT_SECRET: "JWT_SECRET" in config ? config.JWT_SECRET : undefined,
    }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  return [
    ...ports.map((port) => ({ name: "ports", run: async () => [await portFinding(port, config.BIND_HOST, role)] })),
    // A slave keeps its id there and nothing else.
    ...("NODE_ID" in config && config.NODE_ID !== undefined ? [] : [{ name: "data", run: () => dataDirFindings(role, config.DATA_DIR) }]),
    { name: "secrets", run: () => secretFindings(secrets) },
    { name: "clock", run: timeSyncFindings },
  ];
}

/** @param config undefined on a machine that is no part of the cluster. */
function networkChecks(own: OwnFlags, config: RoleConfig | undefined, deps: DoctorDeps): Check[] {
  const { role, adminToken } = own;
  const { answerTimeoutMs: timeoutMs = 4_000, wallMs = Date.now, version } = deps;
  const masterUrls = (own.master?.split(",") ?? masterUrlsOf(config, deps.env)).map((url) => url.trim().replace(/\/+$/, ""));
  const question = { role, clusterSecret: config?.CLUSTER_SECRET, adminToken, version, timeoutMs, wallMs };
  return [
    ...masterUrls.map((masterUrl) => ({ name: "master", run: () => masterFindings({ ...question, masterUrl }) })),
    ...masterUrls.slice(0, adminToken === undefined ? 0 : 1).map((masterUrl) => ({
      name: "slaves",
      run: () => nodeFindings({ masterUrl, adminToken: adminToken ?? "", version, timeoutMs }),
    })),
  ];
}

/** A master is looked at by the MASTER_URL that is told to commands (a door before it), else where it listens; with TLS by the name of its certificate. */
function masterUrlsOf(config: RoleConfig | undefined, env: DoctorDeps["env"]): readonly string[] {
  if (config === undefined) return [];
  if ("MASTER_URL" in config) return config.MASTER_URL;
  if (env["MASTER_URL"]) return env["MASTER_URL"].split(",");
  const { BIND_HOST, API_PORT, TLS_CERT, PUBLIC_URL } = config;
  if (PUBLIC_URL !== undefined && TLS_CERT !== undefined) return [PUBLIC_URL];
  if (API_PORT === 0) return PUBLIC_URL === undefined ? [] : [PUBLIC_URL];
  const host = ["0.0.0.0", "::"].includes(BIND_HOST) ? "127.0.0.1" : BIND_HOST;
  return [`${TLS_CERT === undefined ? "http" : "https"}://${urlHost(host)}:${API_PORT}`];
}

const marks: Readonly<Record<Level, (paint: Paint) => string>> = {
  ok: (paint) => paint("green", "✓"),
  warning: (paint) => paint("yellow", "!"),
  failed: (paint) => paint("red", "✗"),
};

/** Longest sentence of others' names that is shown whole. */
const maxTextLength = 300;

function findingLines(findings: readonly Finding[], paint: Paint): string[] {
  const width = Math.max(0, ...findings.map(({ check }) => check.length));
  const lines = findings.map(({ check, level, text, advice }) => {
    const sentence = harmless(text, maxTextLength);
    return `${marks[level](paint)} ${check.padEnd(width)}  ${sentence}${advice === undefined ? "" : ` ${paint("bold", advice)}`}`;
  });
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const [failures, warnings] = [count("failed"), count("warning")];
  if (failures + warnings === 0) return [...lines, "Nothing to do."];
  return [...lines, `${failures} failed, ${warnings} ${warnings === 1 ? "warning" : "warnings"}`];
}
