// The compose project of a test: own name, own ports, own secrets in an own .env, gone without a trace when it stops.
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../src/demo/free-port.ts";
import { projectRoot } from "./base-images.ts";
import { docker, must, run } from "./docker.ts";
import type { Ran } from "./docker.ts";

export interface StackOptions {
  /** Words of the command, see `findCompose`. */
  readonly command: readonly string[];
  readonly project: string;
  /** Of our image. */
  readonly tag: string;
  /** The second and later ones lie over those before. */
  readonly files?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

export interface Stack {
  readonly secrets: Readonly<Record<"CLUSTER_SECRET" | "ADMIN_TOKEN" | "GRAFANA_PASSWORD", string>>;
  readonly httpPort: number;
  readonly rtmpPort: number;
  readonly prometheusPort: number;
  /** @throws Error unless it goes well. @returns what it printed. */
  compose(...args: readonly string[]): Promise<string>;
  /** The same with redirections, as words of a shell. */
  shell(words: string): Promise<string>;
  /** Ids of the running containers of a service, as their host names are. */
  containers(service: string): Promise<readonly string[]>;
  /** Everything that the containers have logged. */
  logs(): Promise<string>;
  /** Containers, networks and volumes go. */
  down(): Promise<void>;
}

const newSecret = (): string => randomBytes(24).toString("hex");

/** Starts nothing. */
export async function createStack(options: StackOptions): Promise<Stack> {
  const { command, project, tag, files = ["docker-compose.yml"] } = options;
  const taken = new Set<number>();
  const port = (): Promise<number> => freePort(20_000 + Math.floor(Math.random() * 10_000), taken);
  const secrets = { CLUSTER_SECRET: newSecret(), ADMIN_TOKEN: newSecret(), GRAFANA_PASSWORD: newSecret() };
  const ports = { HTTP_PORT: await port(), RTMP_PORT: await port(), PROMETHEUS_PORT: await port(), GRAFANA_PORT: await port() };
  const folder = mkdtempSync(join(tmpdir(), "airclass-compose-"));
  const envFile = join(folder, ".env");
  const variables = {
    ...secrets,
    ...Object.fromEntries(Object.entries(ports).map(([name, value]) => [name, String(value)])),
    AIRCLASS_TAG: tag,
    ...options.variables,
  };
  writeFileSync(envFile, filledIn(variables), { mode: 0o600 });

  const named = files.flatMap((file) => ["--file", join(projectRoot, file)]);
  const given = ["--project-name", project, "--project-directory", projectRoot, ...named, "--env-file", envFile];
  const words = (args: readonly string[]): string[] => [...command, ...given, ...args];
  // Of the outer environment, where a proxy opens TLS: passed on to `docker build`, kept nowhere.
  const env = { BUILD_CA: process.env["BUILD_CA"] ?? "" };
  const tried = (...args: readonly string[]): Promise<Ran> => run(words(args), env, 900_000);

  return {
    secrets,
    httpPort: ports.HTTP_PORT,
    rtmpPort: ports.RTMP_PORT,
    prometheusPort: ports.PROMETHEUS_PORT,
    compose: (...args) => must(words(args), env, 900_000),
    shell: (line) => must(["sh", "-c", `${words([]).join(" ")} ${line}`], env, 120_000),
    async containers(service) {
      const filters = [`label=com.docker.compose.project=${project}`, `label=com.docker.compose.service=${service}`];
      const listed = await docker("ps", "--quiet", ...filters.flatMap((filter) => ["--filter", filter]));
      return listed.split("\n").filter((id) => id !== "");
    },
    async logs() {
      const { stdout, stderr } = await tried("logs", "--no-color");
      return stdout + stderr;
    },
    async down() {
      const { code, stderr } = await tried("down", "--volumes", "--remove-orphans", "--timeout", "5");
      rmSync(folder, { recursive: true, force: true });
      if (code !== 0) throw new Error(`what the test has started is not all gone: ${stderr.slice(-1_000)}`);
    },
  };
}

/** .env.example as a person fills it in: its own lines, changed, and others below. */
function filledIn(variables: Readonly<Record<string, string>>): string {
  const rest = new Map(Object.entries(variables));
  const lines = readFileSync(join(projectRoot, ".env.example"), "utf8")
    .split("\n")
    .map((line) => {
      const name = /^([A-Z_]+)=/.exec(line)?.[1];
      const value = name === undefined ? undefined : rest.get(name);
      if (name === undefined || value === undefined) return line;
      rest.delete(name);
      return `${name}=${value}`;
    });
  return [...lines, ...[...rest].map(([name, value]) => `${name}=${value}`), ""].join("\n");
}

/**
 * Prometheus runs as nobody, and its own image has a folder for it. One that was made elsewhere may have not: then the volume is made
 * before, and not empty, since Docker gives an empty one the owner of the image's folder.
 */
export async function prepareVolume(project: string, image: string): Promise<void> {
  const owner = (await docker("run", "--rm", "--user", "0", "--entrypoint", "stat", image, "-c", "%u", "/prometheus")).trim();
  if (owner === "65534") return;
  const volume = `${project}_prometheus-data`;
  const labels = [`com.docker.compose.project=${project}`, "com.docker.compose.volume=prometheus-data"];
  await docker("volume", "create", ...labels.flatMap((label) => ["--label", label]), volume);
  const script = "touch /prometheus/.made && chown -R 65534 /prometheus";
  await docker("run", "--rm", "--user", "0", "--entrypoint", "sh", "--volume", `${volume}:/prometheus`, image, "-c", script);
}
