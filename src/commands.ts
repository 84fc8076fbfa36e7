// Every command of airclass, once: what `airclass --help` says of it, its own help, and what runs. Loads a command's code
// when that command is asked for: a slave needs no OpenAPI page, a master no ffmpeg. Reads no process.
import { availableParallelism } from "node:os";
import { helpText } from "./shared/config/describe-config.ts";
import { loadGatewayConfig, loadMasterConfig, loadSlaveConfig } from "./shared/config/load-config.ts";
import type { Loaded } from "./shared/config/load-config.ts";
import type { Role as RoleName } from "./shared/config/variables.ts";
import { systemClock } from "./shared/kernel/clock.ts";
import type { Clock } from "./shared/kernel/clock.ts";
import type { LogLevel, Logger } from "./shared/logging/logger.ts";

/** What a command gets of the process. */
export interface CommandDeps {
  /** What follows the command's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly version: string;
  /** Aborted by SIGINT and SIGTERM; a command that does not look at it ends with them. */
  readonly stopSignal: () => AbortSignal;
  /** The log of a role; its level can be changed from outside while it runs. */
  readonly openLog: (role: string, level: LogLevel) => Logger;
  /** How airclass was started, to start others: program and first arguments. */
  readonly self: readonly string[];
}

/** Goes on until the process is asked to stop. */
export interface Running {
  stop(): Promise<void>;
}

export interface Command {
  /** Its line in the usage, without its name. */
  readonly summary: string;
  help(): Promise<string>;
  /** @returns what runs, or the exit code of what has ended; 0 for nothing. @throws UserError */
  run(deps: CommandDeps): Promise<Running | number | void>;
}

/** In the order of the usage. */
export const commands: Readonly<Record<string, Command>> = {
  master: role("master", {
    summary: "routes students to slaves, issues tokens, keeps classes, relays teachers' streams",
    load: loadMasterConfig,
    async create(config, { print, ...deps }) {
      const { createMaster } = await import("./master/master.ts");
      return createMaster(config, { ...deps, announce: print });
    },
  }),
  slave: role("slave", {
    summary: "takes a teacher's RTMP stream and serves it as low-latency HLS",
    load: loadSlaveConfig,
    async create(config, deps) {
      const { createSlave } = await import("./slave/slave.ts");
      return createSlave(config, deps);
    },
  }),
  gateway: role("gateway", {
    summary: "the master's RTMP door for teachers alone: a restart of the master cuts no teacher",
    load: loadGatewayConfig,
    async create(config, deps) {
      const { createStandaloneGateway } = await import("./gateway/standalone-gateway.ts");
      return createStandaloneGateway(config, deps);
    },
  }),
  demo: tool("a master, two slaves and a synthetic teacher on this machine", async () => {
    const { demoHelp, runDemo } = await import("./demo/demo.ts");
    return { help: demoHelp, run: (deps) => runDemo({ ...deps, command: deps.self, ffmpegPath: deps.env["FFMPEG_PATH"] }) };
  }),
  status: tool("slaves, viewers and live classes: airclass status --watch", async () => {
    const { statusHelp, runStatus } = await import("./admin/status.ts");
    return { help: statusHelp, run: runStatus };
  }),
  doctor: tool("looks at this machine and the cluster, and says what to do: airclass doctor --role slave", async () => {
    const { doctorHelp, runDoctor } = await import("./admin/doctor/doctor.ts");
    return { help: doctorHelp, run: runDoctor };
  }),
  drain: tool("empties a slave, so that it can be stopped: airclass drain <node>", async () => {
    const { drainHelp, runDrain } = await import("./admin/drain.ts");
    return { help: drainHelp, run: runDrain };
  }),
  undrain: tool("sends viewers and publishers there again", async () => {
    const { drainHelp, runUndrain } = await import("./admin/drain.ts");
    return { help: drainHelp, run: runUndrain };
  }),
  token: tool("an address for one viewer of a class, for players that are no browser: airclass token <class>", async () => {
    const { runToken, tokenHelp } = await import("./admin/token.ts");
    return { help: tokenHelp, run: runToken };
  }),
  backup: tool("writes the master's data to one file, also while it runs: airclass backup [file]", async () => {
    const { backupHelp, runBackup } = await import("./admin/backup.ts");
    return { help: backupHelp, run: runBackup };
  }),
  restore: tool("puts it in place again: airclass restore <file>", async () => {
    const { backupHelp, runRestore } = await import("./admin/backup.ts");
    return { help: backupHelp, run: runRestore };
  }),
  loadtest: tool("simulates students on the school's own network: airclass loadtest --viewers 100 <watch address>", async () => {
    const [{ loadtestHelp }, { runLoadtest }] = await Promise.all([
      import("./capacity/loadtest-arguments.ts"),
      import("./capacity/loadtest-command.ts"),
    ]);
    return { help: loadtestHelp, run: (deps) => runLoadtest({ ...deps, progress: deps.stderr, cores: availableParallelism() }) };
  }),
  plan: tool("how many slaves a school needs: airclass plan --students 500 --mbps 1.6 --link 240", async () => {
    const { planHelp, runPlan } = await import("./capacity/plan-command.ts");
    return { help: planHelp, run: async (deps) => runPlan(deps) };
  }),
};

interface RoleDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly version: string;
  readonly print: (line: string) => void;
}

interface RoleSource<Config> {
  readonly summary: string;
  readonly load: (input: Pick<CommandDeps, "args" | "env">) => Loaded<Config>;
  readonly create: (config: Readonly<Config>, deps: RoleDeps) => Promise<Running & { start(): Promise<unknown> }>;
}

function role<Config extends { LOG_LEVEL: LogLevel }>(name: RoleName, { summary, load, create }: RoleSource<Config>): Command {
  return {
    summary,
    help: async () => `usage: airclass ${name} [--setting value …]\n\nSettings (what they must be; default):\n${helpText(name)}`,
    async run({ args, env, openLog, version, print }) {
      const { config, warnings } = load({ args, env });
      const logger = openLog(name, config.LOG_LEVEL);
      for (const warning of warnings) logger.warn(warning);
      const created = await create(config, { logger, clock: systemClock, version, print });
      await created.start();
      return created;
    },
  };
}

function tool(summary: string, load: () => Promise<{ readonly help: string; readonly run: Command["run"] }>): Command {
  return { summary, help: async () => (await load()).help, run: async (deps) => (await load()).run(deps) };
}
