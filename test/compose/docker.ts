// Docker and Compose as a person types them. Knows no container of ours.
import { childEnvironment, startChild } from "../../src/shared/process/child.ts";

export interface Ran {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const maxOutput = 8 * 1024 * 1024;

/** Runs it to its end, whatever that is. @param env beside what every program gets. */
export async function run(command: readonly string[], env: NodeJS.ProcessEnv = {}, timeoutMs = 120_000): Promise<Ran> {
  const [program = "", ...args] = command;
  const passed = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("DOCKER_")));
  const child = startChild({ command: program, args, stdio: ["ignore", "pipe", "pipe"], env: childEnvironment({ ...passed, ...env }) });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      if (output[name].length < maxOutput) output[name] += text;
    });
  const timer = setTimeout(() => child.signal("SIGKILL"), timeoutMs);
  const { code, error } = await child.exited;
  clearTimeout(timer);
  return { code, stdout: output.stdout, stderr: error === undefined ? output.stderr : error.message };
}

/** @returns what it printed. @throws Error with the end of what it complained of, unless it went well. */
export async function must(command: readonly string[], env?: NodeJS.ProcessEnv, timeoutMs?: number): Promise<string> {
  const { code, stdout, stderr } = await run(command, env, timeoutMs);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${`${stdout.slice(-3_000)}\n${stderr.slice(-3_000)}`.trim()}`);
  return stdout;
}

export const docker = (...args: readonly string[]): Promise<string> => must(["docker", ...args]);

/** `docker inspect` of one container or image. */
export async function inspect<Kind>(name: string): Promise<Kind> {
  const [found] = JSON.parse(await docker("inspect", name)) as Kind[];
  if (found === undefined) throw new Error(`docker inspect ${name}: nothing`);
  return found;
}

/** The command of Compose 2 where it is there, else that of 1.29. @returns words, or why nothing can be tried here. */
export async function findCompose(): Promise<readonly string[] | string> {
  const engine = await run(["docker", "version", "--format", "{{.Server.Version}}"]);
  if (engine.code !== 0) return `no Docker engine answers here (${lastLine(engine.stderr)})`;
  for (const command of [["docker", "compose"], ["docker-compose"]]) {
    if ((await run([...command, "version"])).code === 0) return command;
  }
  return "neither `docker compose` nor `docker-compose` is installed here";
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";
