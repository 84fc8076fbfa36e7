// A slave that counts and times its answers in every other window only, and writes down what each window cost. The same
// process, viewers and compiled code either way, so that nothing else differs. Stands for `airclass slave` (bench-cluster.ts).
import { appendFileSync } from "node:fs";
import { loadSlaveConfig } from "../../../src/shared/config/load-config.ts";
import { systemClock } from "../../../src/shared/kernel/clock.ts";
import { createLogger } from "../../../src/shared/logging/logger.ts";
import { unobserved } from "../../../src/slave/api/response-observer.ts";
import type { ResponseObserver } from "../../../src/slave/api/response-observer.ts";
import { createSlave } from "../../../src/slave/slave.ts";
import type { MeteredWindow } from "./metered-window.ts";
import { timesObserved, windowMs } from "./metered-window.ts";

const file = process.env["BENCH_WINDOWS"] ?? "";
let answers = 0;
let observed = true;
let metrics: ResponseObserver = unobserved;
let observer: ResponseObserver = unobserved;

function between(usual: ResponseObserver): ResponseObserver {
  metrics = usual;
  observer = usual;
  return {
    nowMs() {
      let nowMs = 0;
      for (let time = 0; time < timesObserved; time += 1) nowMs = observer.nowMs();
      return nowMs;
    },
    answered(asked, status, bodyBytes) {
      answers += 1;
      for (let time = 0; time < timesObserved; time += 1) observer.answered(asked, status, bodyBytes);
    },
    refused: (code) => observer.refused(code),
    failed: () => observer.failed(),
  };
}

/** On, off, off, on: a load that grows or shrinks slowly adds as much to one as to the other. */
const pattern = [true, false, false, true];
let windows = 0;
let last = { cpu: process.cpuUsage(), answers: 0, atMs: Date.now() };
setInterval(() => {
  const { user, system } = process.cpuUsage(last.cpu);
  const now = Date.now();
  const window: MeteredWindow = { observed, beganAtMs: last.atMs, endedAtMs: now, cpuUs: user + system, answers: answers - last.answers };
  appendFileSync(file, `${JSON.stringify(window)}\n`);
  windows += 1;
  observed = pattern[windows % pattern.length] ?? true;
  observer = observed ? metrics : unobserved;
  last = { cpu: process.cpuUsage(), answers, atMs: now };
}, windowMs).unref();

const { config } = loadSlaveConfig({ env: process.env, args: [] });
const slave = createSlave(config, { logger: createLogger("error", {}), clock: systemClock, version: "bench", observedBy: between });
await slave.start();
process.stdin.resume().once("close", () => void slave.stop().then(() => process.exit(0)));
