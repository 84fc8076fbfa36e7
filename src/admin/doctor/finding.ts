// What the doctor finds, and how checks are run: side by side, each within its time. Knows no particular check.

export type Level = "ok" | "warning" | "failed";

export interface Finding {
  /** What was looked at, one word or two. */
  readonly check: string;
  readonly level: Level;
  /** What is so. */
  readonly text: string;
  /** One sentence: what to do. */
  readonly advice?: string;
}

export interface Check {
  readonly name: string;
  run(): Promise<readonly Finding[]> | readonly Finding[];
}

export const ok = (check: string, text: string): Finding => ({ check, level: "ok", text });
export const warning = (check: string, text: string, advice: string): Finding => ({ check, level: "warning", text, advice });
export const failed = (check: string, text: string, advice: string): Finding => ({ check, level: "failed", text, advice });

/** In the order of the checks. One that throws or takes too long is a finding too. */
export async function runChecks(checks: readonly Check[], timeoutMs: number): Promise<Finding[]> {
  const found = await Promise.all(checks.map((check) => inTime(check, timeoutMs)));
  return found.flat();
}

async function inTime(check: Check, timeoutMs: number): Promise<readonly Finding[]> {
  const { promise, resolve } = Promise.withResolvers<readonly Finding[]>();
  const late = failed(
    check.name,
    `no result within ${timeoutMs / 1_000} s`,
    "Look at this machine's load and network, and run the doctor again.",
  );
  const timer = setTimeout(() => resolve([late]), timeoutMs);
  try {
    return await Promise.race([promise, check.run()]);
  } catch (error) {
    return [failed(check.name, `could not be checked: ${(error as Error).message}`, "Mend that, and run the doctor again.")];
  } finally {
    clearTimeout(timer);
  }
}
