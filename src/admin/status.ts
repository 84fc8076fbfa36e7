// airclass status: the cluster as a table, once or again and again, or as JSON. Reads only.
import { setTimeout as wait } from "node:timers/promises";
import type { UserError } from "../shared/kernel/user-error.ts";
import { readAdminArguments } from "./admin-arguments.ts";
import { AdminRefusal, createAdminClient, MasterAway } from "./admin-client.ts";
import type { AdminClient } from "./admin-client.ts";
import { readDuration, wrongUse } from "./command-flags.ts";
import { createLiveScreen } from "./live-screen.ts";
import type { TerminalOutput } from "./live-screen.ts";
import { HealthAnswer, NodesAnswer, StreamsAnswer } from "./status-answers.ts";
import { statusLines } from "./status-text.ts";
import type { ClusterStatus } from "./status-text.ts";
import { createPaint, wantsColours } from "./terminal-text.ts";

export const statusHelp = `usage: airclass status [--watch [2s]] [--json] [--master URL] [--admin-token T]

Shows slaves, viewers and live streams. Ends with code 0 when the cluster is well, 1 when it is not (GET /health/cluster says
starting, degraded or unavailable) or cannot be asked; with --watch with code 0 at Ctrl-C.

  --watch         draws it again every so many seconds (1s to 1h; default 2s); waits for a master that is away
  --json          {health, nodes, streams}, as the API gives them; with --watch one line each time
  --master        default MASTER_URL (the first), else http://127.0.0.1:8000
  --admin-token   default ADMIN_TOKEN
NO_COLOR=1 turns colours off; they are only used on a terminal.`;

export interface StatusDeps {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: TerminalOutput;
  /** Made when something is to be watched until it is aborted. */
  readonly stopSignal: () => AbortSignal;
  readonly wallMs?: () => number;
}

const defaultWatch = "2s";

/** @returns the exit code. @throws UserError */
export async function runStatus(deps: StatusDeps): Promise<number> {
  const parsed = readAdminArguments("status", { values: ["watch"], switches: ["json"] }, { ...deps, args: withWatchValue(deps.args) });
  if (parsed.words.length > 0) throw wrongUse("status", `${JSON.stringify(parsed.words[0])} is not expected here.`);
  const { watch } = parsed.values;
  const client = createAdminClient({ ...parsed, timeoutMs: watch === undefined ? 10_000 : 4_000 });
  const json = parsed.switches.has("json");
  if (watch !== undefined) {
    const everyMs = readDuration("watch", watch, { min: 1, max: 3_600 }) * 1_000;
    await watchStatus({ client, everyMs, json, masterUrl: parsed.masterUrl }, deps);
    return 0;
  }
  const status = await readStatus(client, deps.wallMs ?? Date.now);
  const paint = createPaint(wantsColours(deps.stdout, deps.env));
  deps.stdout.write(json ? `${JSON.stringify(jsonOf(status), undefined, 2)}\n` : `${statusLines(status, paint).join("\n")}\n`);
  return status.health === "ok" ? 0 : 1;
}

interface Watch {
  readonly client: AdminClient;
  readonly everyMs: number;
  readonly json: boolean;
  readonly masterUrl: string;
}

async function watchStatus({ client, everyMs, json, masterUrl }: Watch, deps: StatusDeps): Promise<void> {
  const { stdout, env, wallMs = Date.now } = deps;
  const stop = deps.stopSignal();
  const paint = createPaint(wantsColours(stdout, env));
  const screen = stdout.isTTY === true && !json ? createLiveScreen(stdout) : undefined;
  const show = (lines: readonly string[]) => (screen ? screen.draw(lines) : stdout.write(`${lines.join("\n")}\n${json ? "" : "\n"}`));
  let last: readonly string[] = [];
  let awaySinceMs: number | undefined;
  try {
    while (!stop.aborted) {
      const time = paint("dim", new Date(wallMs()).toTimeString().slice(0, 8));
      try {
        const status = await readStatus(client, wallMs);
        awaySinceMs = undefined;
        last = statusLines(status, paint);
        show(json ? [JSON.stringify(jsonOf(status))] : [time, ...last]);
      } catch (error) {
        if (!isPassing(error)) throw error;
        awaySinceMs ??= wallMs();
        const awayS = Math.round((wallMs() - awaySinceMs) / 1_000);
        if (json) show([JSON.stringify({ health: "away", error: error.message })]);
        else show([time, paint("red", `The master at ${masterUrl} has not answered for ${awayS} s; as it was before:`), ...last]);
      }
      await wait(everyMs, undefined, { signal: stop }).catch(() => {}); // Aborted: the loop ends.
    }
  } finally {
    screen?.close();
  }
}

/** A master that restarts is away, or says 5xx through a proxy; what it refuses it will refuse again. */
function isPassing(error: unknown): error is UserError {
  return error instanceof MasterAway || (error instanceof AdminRefusal && (error.status >= 500 || error.status === 429));
}

async function readStatus(client: AdminClient, wallMs: () => number): Promise<ClusterStatus> {
  const [health, nodes, streams] = await Promise.all([
    client.ask(HealthAnswer, "/health/cluster", [503]),
    client.call(NodesAnswer, "GET", "/cluster/nodes"),
    client.call(StreamsAnswer, "GET", "/cluster/streams"),
  ]);
  return { health: health.body.status, nodes, streams, masterWallMs: health.masterWallMs ?? wallMs() };
}

const jsonOf = ({ health, nodes, streams }: ClusterStatus) => ({ health, nodes, streams });

/** `--watch` alone stands for `--watch 2s`. */
function withWatchValue(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    const isBare = arg === "--watch" && !/^\d/.test(args[index + 1] ?? "");
    return isBare ? [`--watch=${defaultWatch}`] : [arg];
  });
}
