// argv → command → exit code. The only file that reads the arguments, variables and signals of the process, and that ends it
// (the RTMP worker, a process of its own, ends itself).
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { closest } from "fastest-levenshtein";
import { commands } from "./commands.ts";
import type { CommandDeps, Running } from "./commands.ts";
import { UserError } from "./shared/kernel/user-error.ts";
import { visibleText } from "./shared/kernel/visible-text.ts";
import { switchDebug } from "./shared/logging/debug-switch.ts";
import { createLogger } from "./shared/logging/logger.ts";
import type { LogLevel, Logger } from "./shared/logging/logger.ts";

const version = (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }).version;

/** MODE is for what containers run; only these are named by it. */
const modes = ["master", "slave"];

/** Between the first signal and giving up on a clean end: 8 s to move viewers, 10 s for running responses, and some for the rest. */
const stopTimeoutMs = 25_000;

async function main(argv: readonly string[]): Promise<void> {
  const [first, ...rest] = argv;
  if (first === "--version" || first === "-v") return print(version);
  if (first === "--help" || first === "-h" || first === "help") return print(usage());
  const isCommand = first !== undefined && !first.startsWith("-");
  const name = isCommand ? first : checkedMode(process.env["MODE"]);
  const args = isCommand ? rest : argv;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw noSuchCommand(name);
  if (args.includes("--help") || args.includes("-h")) return print(await command.help());
  process.title = `airclass ${name}`;
  const result = await command.run(depsOf(args));
  if (typeof result !== "object") {
    process.exitCode = result ?? 0;
    return;
  }
  await untilAskedToStop();
  await stopInTime(result);
}

function depsOf(args: readonly string[]): CommandDeps {
  const { env, stdout, stderr } = process;
  const self = [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)];
  return {
    args,
    env,
    print,
    printError,
    stdout,
    stderr,
    // Node opens it when it is looked at.
    get stdin() {
      return process.stdin;
    },
    version,
    stopSignal,
    openLog,
    self,
  };
}

function usage(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length)) + 2;
  return `AIRClass ${version}: classroom video that a school can run itself.

usage: airclass <command> [--setting value …]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(width)}${summary}`)
  .join("\n")}

  --help    after a command: its settings         --version

Settings are given as flags (--max-connections 200) or variables (MAX_CONNECTIONS=200);
MODE=master or MODE=slave stands for the command.`;
}

function noSuchCommand(word: string): UserError {
  return new UserError(
    `There is no command ${JSON.stringify(word)}: did you mean airclass ${closest(word, Object.keys(commands))}? See airclass --help`,
    { exitCode: 2 },
  );
}

function checkedMode(mode: string | undefined): string {
  if (mode === undefined || mode === "")
    throw new UserError(
      `Say what this process is to be: airclass master, airclass slave, airclass gateway or airclass demo (or MODE=master, MODE=slave). See airclass --help`,
      { exitCode: 2 },
    );
  if (modes.includes(mode)) return mode;
  throw new UserError(`MODE=${JSON.stringify(mode)} is not valid: it must be master or slave, for example MODE=slave`, { exitCode: 2 });
}

function openLog(role: string, level: LogLevel): Logger {
  const logger = createLogger(level, { role });
  process.on("SIGUSR2", () => switchDebug(logger, level));
  return logger;
}

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => controller.abort());
  return controller.signal;
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
        .map((line) => `airclass: ${visibleText(line)}`)
        .join("\n")}\n`,
    );
    process.exit(error.exitCode);
  }
  process.stderr.write(
    `airclass: this should not happen, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
}
