// CPU and memory of the machine, or of the container where its limits are smaller. The only file that asks the system.
import { readFile } from "node:fs/promises";
import si from "systeminformation";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { Logger } from "../../shared/logging/logger.ts";
import { cpuPercent, memoryPercent, parseCpuMax, parseUsageUs } from "./cgroup.ts";
import type { CpuReading } from "./cgroup.ts";

export interface MachineLoad {
  /** Percent, 0 to 100. */
  readonly cpu: number;
  readonly memory: number;
}

export interface LoadSampler {
  /** Takes a sample each `intervalMs` until `stop`. */
  start(): void;
  stop(): void;
  /** The newest sample; zeros before the first. */
  readonly load: MachineLoad;
}

const cgroupRoot = "/sys/fs/cgroup";

export function createLoadSampler(deps: { clock: Clock; logger: Logger; intervalMs: number }): LoadSampler {
  const { clock, logger, intervalMs } = deps;
  let load: MachineLoad = { cpu: 0, memory: 0 };
  let before: CpuReading | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failed = false;
  let stopped = false;

  async function sample(): Promise<MachineLoad> {
    const [machine, memory, container] = await Promise.all([si.currentLoad(), si.mem(), readContainer()]);
    const now: CpuReading | undefined = container && { usageUs: container.usageUs, atMs: clock.monotonicMs() };
    const cpus = container?.cpus;
    const limited = now && before && cpus !== undefined ? cpuPercent(before, now, cpus) : undefined;
    before = now;
    return {
      cpu: limited ?? clampPercent(machine.currentLoad),
      memory:
        (container && memoryPercent(container.memoryBytes, container.memoryMax, memory.total)) ??
        clampPercent((memory.active / memory.total) * 100),
    };
  }

  async function loop(): Promise<void> {
    try {
      load = await sample();
      failed = false;
    } catch (error) {
      // Load figures are for people and dashboards; routing goes by viewers. So a system that hides them is no reason to stop.
      if (!failed) logger.warn({ err: error }, "CPU and memory of this machine cannot be read");
      failed = true;
    }
    if (!stopped) timer = setTimeout(() => void loop(), intervalMs).unref();
  }

  return {
    start: () => void loop(),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
    get load() {
      return load;
    },
  };
}

const clampPercent = (value: number): number => (Number.isFinite(value) ? Math.min(100, Math.max(0, value)) : 0);

interface Container {
  readonly usageUs: number;
  readonly cpus: number | undefined;
  readonly memoryBytes: number;
  readonly memoryMax: string;
}

/** Control group v2 of this process's container; undefined outside of one. */
async function readContainer(): Promise<Container | undefined> {
  const read = (file: string) => readFile(`${cgroupRoot}/${file}`, "utf8");
  try {
    const [stat, max, memoryBytes, memoryMax] = await Promise.all([
      read("cpu.stat"),
      read("cpu.max"),
      read("memory.current"),
      read("memory.max"),
    ]);
    return { usageUs: parseUsageUs(stat), cpus: parseCpuMax(max), memoryBytes: Number(memoryBytes), memoryMax: memoryMax.trim() };
  } catch {
    return undefined; // The root group has no such files: not in a container, or control groups v1.
  }
}
