// Tokens per second of a master with 1,000 nodes: runs tokens.bench.ts with the master alone on the server core.
import { join } from "node:path";
import { runProgram } from "../../src/shared/process/run-program.ts";
import type { BenchContext, PartResult } from "./support/bench-part.ts";
import { otherCores, pin, serverCore } from "./support/cpu.ts";
import { figure } from "./support/report.ts";
import { descendantsOf } from "../support/processes.ts";

const floorPerS = 10_000;
const floorP99Ms = 10;
const lookEveryMs = 100;

interface TokenFigures {
  readonly tokens_per_s: number;
  readonly p99_ms: number;
}

interface TokensReport {
  readonly nodes: number;
  readonly choose_and_sign: Readonly<Record<"ES256" | "HS256", TokenFigures>>;
  readonly http: Readonly<Record<"ES256" | "HS256", TokenFigures & { readonly tokens_per_cpu_s: number; readonly steady: TokenFigures }>>;
}

export async function benchTokens({ settings, log, closer }: BenchContext): Promise<PartResult> {
  // The masters are grandchildren of ours, started one after the other.
  const pinned = new Set<number>();
  const looking = setInterval(() => void pinMasters(pinned), lookEveryMs);
  closer.add("core keeper", () => clearInterval(looking));
  const program = [process.execPath, "--disable-warning=ExperimentalWarning", join(import.meta.dirname, "tokens.bench.ts")];
  const limits = { timeoutMs: 120_000, maxOutputBytes: 64 * 1_024 };
  const args = ["-c", otherCores, ...program, settings.quick ? "0.5" : "4"];
  const { code, stdout, stderr } = await runProgram("taskset", args, limits);
  clearInterval(looking);
  if (code !== 0) throw new Error(`tokens.bench.ts: ${stderr}`);
  const report = JSON.parse(stdout) as TokensReport;
  log(`tokens: ES256 ${report.http.ES256.tokens_per_s}/s, HS256 ${report.http.HS256.tokens_per_s}/s over HTTP`);
  return {
    figures: Object.fromEntries(
      (["ES256", "HS256"] as const).flatMap((algorithm) => {
        const { http, choose_and_sign } = report;
        const name = algorithm.toLowerCase();
        const at = `POST /api/token at ${http[algorithm].steady.tokens_per_s}/s`;
        return [
          [
            `${name}_issued_per_s`,
            figure(choose_and_sign[algorithm].tokens_per_s, "1/s", {
              floor: { atLeast: floorPerS },
              digits: 0,
              note: "node chosen and reserved, token signed, no HTTP",
            }),
          ],
          [`${name}_issue_p99`, figure(choose_and_sign[algorithm].p99_ms, "ms", { floor: { atMost: floorP99Ms }, digits: 3 })],
          [`${name}_http_per_s`, figure(http[algorithm].tokens_per_s, "1/s", { floor: { atLeast: floorPerS }, digits: 0 })],
          [`${name}_http_p99`, figure(http[algorithm].steady.p99_ms, "ms", { floor: { atMost: floorP99Ms }, note: at })],
        ];
      }),
    ),
    details: report,
  };
}

async function pinMasters(pinned: Set<number>): Promise<void> {
  for (const { pid, command } of await descendantsOf(process.pid)) {
    if (pinned.has(pid) || !command.includes("tokens.bench.ts --master")) continue;
    pinned.add(pid);
    // It may have ended since it was listed: then there is nothing to pin.
    await pin(pid, serverCore).catch(() => {});
  }
}
