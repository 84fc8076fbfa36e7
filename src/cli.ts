// argv → command → exit code. The only file that reads the arguments, variables and signals of the process, and that ends it
// (the RTMP worker, a process of its own, ends itself).
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { closest } from "fastest-levenshtein";
import { helpText } from "./shared/config/describe-config.ts";
import { loadGatewayConfig, loadMasterConfig, loadSlaveConfig } from "./shared/config/load-config.ts";
import type { Loaded } from "./shared/config/load-config.ts";
import { systemClock } from "./shared/kernel/clock.ts";
import { UserError } from "./shared/kernel/user-error.ts";
import { switchDebug } from "./shared/logging/debug-switch.ts";
import { createLogger } from "./shared/logging/logger.ts";
import type { LogLevel, Logger } from "./shared/logging/logger.ts";

const commands = ["master", "slave", "gateway", "demo"] as const;
type Command = (typeof commands)[number];
/** What a tool gets of this process. */
interface ToolDeps {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly version: string;
  /** Aborted by SIGINT and SIGTERM; a tool that does not look at it ends with them. */
  readonly stopSignal: () => AbortSignal;
}

/** A command that does something, and ends. */
interface Tool {
  readonly help: string;
  /** @returns the exit code; 0 for nothing. */
  run(deps: ToolDeps): Promise<number | void>;
}

/** Each is loaded when it is asked for. */
const tools: Readonly<Record<string, () => Promise<Tool>>> = {
  drain: async () => {
    const { drainHelp, runDrain } = await import("./admin/drain.ts");
    return { help: drainHelp, run: runDrain };
  },
  undrain: async () => {
    const { drainHelp, runUndrain } = await import("./admin/drain.ts");
    return { help: drainHelp, run: runUndrain };
  },
  loadtest: async () => {
    const [{ loadtestHelp }, { runLoadtest }] = await Promise.all([
      import("./capacity/loadtest-arguments.ts"),
      import("./capacity/loadtest-command.ts"),
    ]);
    return { help: loadtestHelp, run: (deps) => runLoadtest({ ...deps, progress: process.stderr, cores: availableParallelism() }) };
  },
  plan: async () => {
    const { planHelp, runPlan } = await import("./capacity/plan-command.ts");
    return { help: planHelp, run: async (deps) => runPlan(deps) };
  },
  status: async () => {
    const { statusHelp, runStatus } = await import("./admin/status.ts");
    return { help: statusHelp, run: runStatus };
  },
  doctor: async () => {
    const { doctorHelp, runDoctor } = await import("./admin/doctor/doctor.ts");
    return { help: doctorHelp, run: runDoctor };
  },
  backup: async () => {
    const { backupHelp, runBackup } = await import("./admin/backup.ts");
    return { help: backupHelp, run: runBackup };
  },
  restore: async () => {
    const { backupHelp, runRestore } = await import("./admin/backup.ts");
    return { help: backupHelp, run: runRestore };
  },
};

const version = (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }).version;

const usage = `AIRClass ${version}: classroom video that a school can run itself.

usage: airclass <command> [--setting value …]

  master    routes students to slaves, issues tokens, keeps classes, relays teachers' streams
  slave     takes a teacher's RTMP stream and serves it as low-latency HLS
  gateway   the master's RTMP door for teachers alone: a restart of the master cuts no teacher
  demo      a master, two slaves and a synthetic teacher on this machine
  status    slaves, viewers and live classes: airclass status --watch
  doctor    looks at this machine and the cluster, and says what to do: airclass doctor --role slave
  drain     empties a slave, so that it can be stopped: airclass drain <node>
  undrain   sends viewers and publishers there again
  backup    writes the master's data to one file, also while it runs: airclass backup [file]
  restore   puts it in place again: airclass restore <file>
  loadtest  simulates students on the school's own network: airclass loadtest --viewers 100 <watch address>
  plan      how many slaves a school needs: airclass plan --students 500 --mbps 1.6 --link 240

  --help    after a command: its settings         --version

Settings are given as flags (--max-connections 200) or variables (MAX_CONNECTIONS=200);
MODE=master or MODE=slave stands for the command.`;

/** What a running role looks like from here. */
interface Running {
  stop(): Promise<void>;
}

/** Between the first signal and giving up on a clean end: 8 s to move viewers, 10 s for running responses, and some for the rest. */
const stopTimeoutMs = 25_000;

async function main(argv: readonly string[]): Promise<void> {
  const [first, ...rest] = argv;
  if (first === "--version" || first === "-v") return print(version);
  if (first === "--help" || first === "-h" || first === "help") return print(usage);
  const loadTool = first !== undefined && Object.hasOwn(tools, first) ? tools[first] : undefined;
  if (first !== undefined && loadTool) return runTool(first, await loadTool(), rest);
  const isCommand = first !== undefined && !first.startsWith("-");
  const command = readCommand(isCommand ? first : process.env["MODE"], isCommand);
  const args = isCommand ? rest : argv;
  if (args.includes("--help") || args.includes("-h")) return print(commandHelp(command));
  process.title = `airclass ${command}`;
  const running = await start(command, args);
  await untilAskedToStop();
  await stopInTime(running);
}

function readCommand(word: string | undefined, isArgument: boolean): Command {
  if (word === undefined || word === "")
    throw new UserError(
      `Say what this process is to be: airclass master, airclass slave, airclass gateway or airclass demo (or MODE=master, MODE=slave). See airclass --help`,
      { exitCode: 2 },
    );
  const command = commands.find((known) => known === word);
  // MODE is for what containers run; only the master and slaves are named by it.
  if (command !== undefined && (isArgument || command === "master" || command === "slave")) return command;
  if (!isArgument)
    throw new UserError(`MODE=${JSON.stringify(word)} is not valid: it must be master or slave, for example MODE=slave`, { exitCode: 2 });
  throw new UserError(
    `There is no command ${JSON.stringify(word)}: did you mean airclass ${closest(word, [...commands, ...Object.keys(tools)])}? See airclass --help`,
    { exitCode: 2 },
  );
}

function commandHelp(command: Command): string {
  if (command === "demo")
    return `usage: airclass demo\n\nStarts a master, two slaves and a synthetic teacher on free ports, and prints the page to open. Ctrl-C ends it all.`;
  return `usage: airclass ${command} [--setting value …]\n\nSettings (what they must be; default):\n${helpText(command)}`;
}

async function runTool(name: string, tool: Tool, args: readonly string[]): Promise<void> {
  if (args.includes("--help") || args.includes("-h")) return print(tool.help);
  process.title = `airclass ${name}`;
  const { env, stdout, stdin } = process;
  process.exitCode = (await tool.run({ args, env, print, printError, stdout, stdin, version, stopSignal })) ?? 0;
}

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

async function start(command: Command, args: readonly string[]): Promise<Running> {
  const input = { env: process.env, args };
  // Each role loads only its own code: a slave needs no OpenAPI page, a master no ffmpeg.
  switch (command) {
    case "master": {
      const { config, logger } = prepare("master", loadMasterConfig(input));
      const { createMaster } = await import("./master/master.ts");
      const master = createMaster(config, {
        logger,
        clock: systemClock,
        version,
        announce: print,
      });
      return started(master);
    }
    case "slave": {
      const { config, logger } = prepare("slave", loadSlaveConfig(input));
      const { createSlave } = await import("./slave/slave.ts");
      return started(createSlave(config, { logger, clock: systemClock, version }));
    }
    case "gateway": {
      const { config, logger } = prepare("gateway", loadGatewayConfig(input));
      const { createStandaloneGateway } = await import("./gateway/standalone-gateway.ts");
      return started(createStandaloneGateway(config, { logger, clock: systemClock }));
    }
    case "demo": {
      const { runDemo } = await import("./demo/demo.ts");
      return runDemo({
        args,
        command: [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)],
        print,
        ffmpegPath: process.env["FFMPEG_PATH"],
      });
    }
  }
}

function prepare<Config extends { LOG_LEVEL: LogLevel }>(
  role: string,
  { config, warnings }: Loaded<Config>,
): { config: Readonly<Config>; logger: Logger } {
  const logger = createLogger(config.LOG_LEVEL, { role });
  process.on("SIGUSR2", () => switchDebug(logger, config.LOG_LEVEL));
  for (const warning of warnings) logger.warn(warning);
  return { config, logger };
}

async function started(role: Running & { start(): Promise<unknown> }): Promise<Running> {
  await role.start();
  return role;
}

function untilAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
    // Set by a parent that wants its children to end with it, however it ends.
    if (process.env["AIRCLASS_STOP_WITH_STDIN"] === "1") process.stdin.resume().once("close", resolve).once("end", resolve);
  });
}

async function stopInTime(running: Running): Promise<void> {
  // Asked again, or too slow: end at once.
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(1));
  const timer = setTimeout(() => {
    process.stderr.write(`airclass: did not stop within ${stopTimeoutMs / 1000} s, ending now\n`);
    process.exit(1);
  }, stopTimeoutMs);
  await running.stop();
  clearTimeout(timer);
  process.exit(0);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function printError(text: string): void {
  process.stderr.write(`${text}\n`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UserError) {
    process.stderr.write(
      `${error.message
        .split("\n")
        .map((line) => `airclass: ${line}`)
        .join("\n")}\n`,
    );
    process.exit(error.exitCode);
  }
  process.stderr.write(
    `airclass: this should not happen, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
}
