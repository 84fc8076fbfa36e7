// A real Prometheus with the configuration that is shipped, beside a cluster of the tests: only addresses, files and
// intervals are replaced. Needs Debian's package, or PROMETHEUS_PATH.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import { testPort } from "./test-port.ts";
import { createCloser } from "../../src/shared/kernel/closer.ts";
import { childEnvironment, startChild } from "../../src/shared/process/child.ts";
import { eventually } from "./eventually.ts";
import { adminToken as tokenOfTests } from "./master-environment.ts";

/** What is shipped, as far as it is replaced. */
interface ShippedConfig {
  readonly global: object;
  readonly rule_files: readonly string[];
  readonly scrape_configs: readonly {
    readonly static_configs?: readonly { readonly targets: readonly string[]; readonly labels?: Record<string, string> }[];
    readonly http_sd_configs?: readonly { readonly url: string; readonly authorization: { readonly credentials_file: string } }[];
  }[];
}

export const prometheusFolder = fileURLToPath(new URL("../../prometheus", import.meta.url));
const prometheusProgram = process.env["PROMETHEUS_PATH"] ?? "prometheus";

export type SeriesLabels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: SeriesLabels;
  readonly value: number;
}

export interface ScrapeTarget {
  readonly labels: SeriesLabels;
  readonly scrapeUrl: string;
  readonly health: "up" | "down" | "unknown";
  readonly lastError: string;
}

export interface Alert {
  readonly labels: SeriesLabels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing";
}

export interface RuleState {
  readonly name: string;
  readonly lastError: string;
}

export interface Prometheus {
  readonly url: string;
  /** An instant query now, for an expression that gives a vector or a scalar. @throws with Prometheus's words when it is refused. */
  query(expression: string): Promise<readonly Sample[]>;
  /** Of the shipped jobs, in no order. */
  targets(): Promise<readonly ScrapeTarget[]>;
  /** Those that are pending or fire. */
  alerts(): Promise<readonly Alert[]>;
  /** All shipped rules; `lastError` is empty where the last evaluation went well. */
  rules(): Promise<readonly RuleState[]>;
  /** All targets that the master lists are scraped, `slaves` of them and the master. */
  untilUp(slaves: number): Promise<void>;
  /** Idempotent. */
  stop(): Promise<void>;
}

export interface PrometheusOptions {
  readonly masterUrl: string;
  readonly adminToken?: string;
  /** Of scrapes, rules and discovery; `/metrics` is rendered once a second. */
  readonly intervalMs?: number;
}

/** Resolves when it answers; nothing may have been scraped yet. */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const closer = createCloser();
  return closer.orClose(() => start(options, closer));
}

async function start(
  { masterUrl, adminToken = tokenOfTests, intervalMs = 1_000 }: PrometheusOptions,
  closer: ReturnType<typeof createCloser>,
): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), "airclass-prometheus-"));
  closer.add("folder", () => rmSync(folder, { recursive: true, force: true }));
  const tokenFile = join(folder, "admin-token");
  writeFileSync(tokenFile, `${adminToken}\n`, { mode: 0o600 });
  const configFile = join(folder, "prometheus.yml");
  writeFileSync(configFile, stringify(configFor({ masterUrl, tokenFile, interval: `${intervalMs}ms` })));

  const port = await testPort();
  const url = `http://127.0.0.1:${port}`;
  const child = startChild({
    command: prometheusProgram,
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ],
    stdio: ["ignore", "ignore", "pipe"],
    env: childEnvironment({ GOMAXPROCS: "1" }),
  });
  closer.add("prometheus", async () => void (await child.stop(5_000)));
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-8_192);
  });
  let ended: string | undefined;
  void child.exited.then(({ code, error }) => (ended = `${prometheusProgram} ended (${error?.message ?? code}): ${log}`));

  async function api<Data>(path: string, body?: URLSearchParams): Promise<Data> {
    const signal = AbortSignal.timeout(5_000);
    const response = await fetch(`${url}/api/v1/${path}`, body ? { method: "POST", body, signal } : { signal });
    const answer = (await response.json()) as { status: "success" | "error"; data: Data; error?: string };
    if (answer.status !== "success") throw new Error(`${path} ${body?.toString() ?? ""}: ${answer.error}`);
    return answer.data;
  }

  const prometheus: Prometheus = {
    url,
    async query(expression) {
      type Answer =
        | { resultType: "vector"; result: { metric: Record<string, string>; value: [number, string] }[] }
        | { resultType: "scalar"; result: [number, string] };
      const answer = await api<Answer>("query", new URLSearchParams({ query: expression }));
      if (answer.resultType === "scalar") return [{ labels: {}, value: toNumber(answer.result[1]) }];
      return answer.result.map(({ metric, value }) => ({ labels: metric, value: toNumber(value[1]) }));
    },
    async targets() {
      const { activeTargets } = await api<{ activeTargets: ScrapeTarget[] }>("targets?state=active");
      return activeTargets;
    },
    alerts: async () => (await api<{ alerts: Alert[] }>("alerts")).alerts,
    async rules() {
      const { groups } = await api<{ groups: { rules: { name: string; lastError?: string }[] }[] }>("rules");
      return groups.flatMap(({ rules }) => rules.map(({ name, lastError = "" }) => ({ name, lastError })));
    },
    // Prometheus looks at what it has discovered every 5 s only, twice: 10 s, and more on a busy machine.
    untilUp: (slaves) =>
      eventually(
        `the master and ${slaves} slaves are scraped`,
        async () => {
          const targets = await prometheus.targets();
          if (targets.length === slaves + 1 && targets.every(({ health }) => health === "up")) return true;
          throw new Error(targets.map(({ scrapeUrl, health, lastError }) => `${scrapeUrl} ${health} ${lastError}`).join("; "));
        },
        60_000,
      ),
    stop: () => closer.close(),
  };

  await eventually("Prometheus is ready", async () => {
    // Nothing to wait for: `eventually` would try until its time is over.
    if (ended !== undefined) return true;
    return (await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(1_000) })).ok;
  });
  if (ended !== undefined) throw new Error(ended);
  return prometheus;
}

/** The shipped configuration with the addresses, files and intervals of a test. */
function configFor({ masterUrl, tokenFile, interval }: { masterUrl: string; tokenFile: string; interval: string }): ShippedConfig {
  const shipped = parse(readFileSync(join(prometheusFolder, "prometheus.yml"), "utf8")) as ShippedConfig;
  return {
    ...shipped,
    global: { ...shipped.global, scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: shipped.rule_files.map((file) => join(prometheusFolder, file)),
    scrape_configs: shipped.scrape_configs.map(({ static_configs: fixed, http_sd_configs: discovered, ...job }) => ({
      ...job,
      ...(fixed && { static_configs: fixed.map((group) => ({ ...group, targets: [new URL(masterUrl).host] })) }),
      ...(discovered && {
        http_sd_configs: discovered.map((sd) => ({
          ...sd,
          url: new URL(new URL(sd.url).pathname, masterUrl).href,
          refresh_interval: interval,
          authorization: { ...sd.authorization, credentials_file: tokenFile },
        })),
      }),
    })),
  };
}

/** `NaN`, `+Inf` and `-Inf` are values too. */
function toNumber(text: string): number {
  return Number(text.replace("Inf", "Infinity"));
}
