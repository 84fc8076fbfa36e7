// `npm run bench [-- part …]`: measures this product on this machine and prints one JSON; progress goes to stderr.
// BENCH_QUICK=1 uses small numbers, to see that everything runs.
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { createCloser } from "../../src/shared/kernel/closer.ts";
import type { Closer } from "../../src/shared/kernel/closer.ts";
import type { BenchPart } from "./support/bench-part.ts";
import { cores, otherCores, pin } from "./support/cpu.ts";
import { findGenerator } from "./support/hlsload.ts";
import { benchSettings } from "./support/settings.ts";
import { benchClusterPage } from "./cluster-page.ts";
import { benchDelivery } from "./delivery.ts";
import { benchEngine } from "./engine.ts";
import { benchFailover } from "./failover.ts";
import { benchFootprint } from "./footprint.ts";
import { benchLatency } from "./latency.ts";
import { benchLive } from "./live.ts";
import { benchLoadtest } from "./loadtest.ts";
import { benchLowLatency } from "./low-latency.ts";
import { benchMetrics } from "./metrics.ts";
import { benchPages } from "./pages.ts";
import { benchReplication } from "./replication.ts";
import { benchTokens } from "./tokens.ts";
import { benchWhep } from "./whep.ts";

const parts: Readonly<Record<string, BenchPart>> = {
  delivery: benchDelivery,
  "low-latency": benchLowLatency,
  tokens: benchTokens,
  latency: benchLatency,
  footprint: benchFootprint,
  replication: benchReplication,
  failover: benchFailover,
  loadtest: benchLoadtest,
  metrics: benchMetrics,
  live: benchLive,
  whep: benchWhep,
  engine: benchEngine,
  pages: benchPages,
  "cluster-page": benchClusterPage,
};

const startMs = performance.now();
const log = (line: string): void => console.error(`${((performance.now() - startMs) / 1_000).toFixed(0).padStart(4)} s  ${line}`);

async function runPart(name: string, part: BenchPart, opened: (closer: Closer) => void): Promise<object> {
  const closer = createCloser();
  opened(closer);
  log(`${name} …`);
  // This process, and what it starts, stay off the core of what is measured, unless the part says otherwise.
  await pin(process.pid, otherCores);
  try {
    return await part({ settings, closer, log });
  } catch (error) {
    log(`${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exitCode = 1;
    return { failed: error instanceof Error ? error.message : String(error) };
  } finally {
    await closer.close();
  }
}

const settings = benchSettings(process.env);
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in parts));
if (process.platform !== "linux" || unknown !== undefined) {
  console.error(
    unknown === undefined
      ? "bench: pins and measures processes, which it can on Linux only"
      : `bench: no part ${unknown}; there are ${Object.keys(parts).join(", ")}`,
  );
  process.exit(2);
}

let current: Closer | undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    log("interrupted, ending everything");
    void current?.close().finally(() => process.exit(130));
  });
}

const results: Record<string, object> = {};
for (const [name, part] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  results[name] = await runPart(name, part, (closer) => {
    current = closer;
  });
}

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
const report = {
  airclass: version,
  node: process.version,
  machine: { cpu: cpus()[0]?.model, cores },
  generator: (await findGenerator()).name,
  quick: settings.quick,
  elapsed_s: Math.round((performance.now() - startMs) / 1_000),
  parts: results,
};
console.log(JSON.stringify(report, null, 2));
