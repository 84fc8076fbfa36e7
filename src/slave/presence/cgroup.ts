// Numbers out of the files of control groups v2 (kernel documentation: admin-guide/cgroup-v2). Pure.

export interface CpuReading {
  readonly usageUs: number;
  readonly atMs: number;
}

/** `usage_usec` of cpu.stat. */
export function parseUsageUs(stat: string): number {
  return Number(/^usage_usec (\d+)$/m.exec(stat)?.[1] ?? 0);
}

/** cpu.max "200000 100000" → 2 CPUs; "max 100000" → undefined, no limit. */
export function parseCpuMax(text: string): number | undefined {
  const [quota, period] = text.trim().split(/\s+/);
  return quota === undefined || quota === "max" ? undefined : Number(quota) / Number(period ?? 100_000);
}

/** Percent of the CPUs that the container may use, between two readings; 0 to 100. */
export function cpuPercent(before: CpuReading, now: CpuReading, cpus: number): number {
  const elapsedUs = (now.atMs - before.atMs) * 1_000;
  if (elapsedUs <= 0 || cpus <= 0) return 0;
  return Math.min(100, Math.max(0, ((now.usageUs - before.usageUs) / elapsedUs / cpus) * 100));
}

/** Percent of the container's limit; undefined when it has none below the machine's memory. */
export function memoryPercent(usedBytes: number, max: string, machineBytes: number): number | undefined {
  const limit = Number(max);
  if (max === "max" || !(limit > 0) || limit >= machineBytes) return undefined;
  return Math.min(100, (usedBytes / limit) * 100);
}
