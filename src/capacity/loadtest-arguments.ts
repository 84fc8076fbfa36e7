// What airclass loadtest is asked to do. Reads no process; asks no cluster.
import { masterFlags, readMasterAccess } from "../admin/admin-arguments.ts";
import { readDuration, readFlags, readNumber, wrongUse } from "../admin/command-flags.ts";
import { UserError } from "../shared/kernel/user-error.ts";
import { isClassName } from "../shared/protocol/names.ts";

export interface LoadtestOptions {
  /** Without a slash at its end. */
  readonly masterUrl: string;
  readonly adminToken: string;
  readonly className: string;
  readonly joinCode: string | undefined;
  readonly viewers: number;
  /** Seconds over which viewers come. */
  readonly rampS: number;
  /** Seconds from when the last one has come. */
  readonly durationS: number;
  readonly threads: number;
  readonly maxStalledPercent: number;
  readonly report: { readonly path: string; readonly format: "html" | "json" } | undefined;
}

const maxThreads = 32;
/** Each thread simulates some hundreds; more threads than cores only take turns. */
const defaultThreads = (cores: number): number => Math.max(1, Math.min(4, cores));

export const loadtestHelp = `usage: airclass loadtest --viewers N [--ramp 30s] [--duration 60s] <watch url, or master with --class>

Simulates students who watch a class that is on the air: each joins with a token of its own, plays low-latency HLS part by part and
goes to another slave when its own fails, as the player does. Nothing is decoded. Run it on other PCs than the cluster's, and
on as many as are needed: a thread simulates some hundreds. It aims at the cluster of the admin token only.

  <url>                    http://<master>:8000/watch/<class>, or http://<master>:8000 with --class; default MASTER_URL
  --class                  name of the class, where the address does not say it
  --join-code              of a class that is not open
  --viewers                1 to 10000
  --ramp                   over which they come, 0s to 1h; default 30s, longer where the master would see more than 100 a second
  --duration               how long after the last one has come, 1s to 4h; default 60s
  --threads                1 to ${maxThreads}; default one for each core, at most 4
  --max-stalled-percent    ends with code 1 when more viewers than this had a stall (0.3 s or longer) or no picture; default 1
  --report                 file.html (figures and tables) or file.json (everything, each viewer too)
  --master, --admin-token  default MASTER_URL, ADMIN_TOKEN

Ctrl-C ends it early, with a report. Users are called loadtest-<run>-<number>.`;

const valueFlags = ["class", "join-code", "viewers", "ramp", "duration", "threads", "max-stalled-percent", "report", ...masterFlags];

/** @throws UserError (exit code 2) */
export function readLoadtestArguments({
  args,
  env,
  cores,
}: {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cores: number;
}): LoadtestOptions {
  const { words, values } = readFlags("loadtest", { values: valueFlags }, args);
  if (words.length > 1) throw wrongUse("loadtest", "airclass loadtest takes one address.");
  const place = readPlace(words[0], values);
  const { masterUrl, adminToken } = readMasterAccess("loadtest", { ...values, master: place.masterUrl }, env);
  if (values["viewers"] === undefined) throw wrongUse("loadtest", "airclass loadtest needs --viewers, for example --viewers 100.");
  const viewers = readNumber("viewers", values["viewers"], { min: 1, max: 10_000, integer: true, example: 100 });
  return {
    masterUrl,
    adminToken,
    className: place.className,
    joinCode: values["join-code"],
    viewers,
    rampS: values["ramp"] === undefined ? Math.max(30, viewers / 100) : readDuration("ramp", values["ramp"], { min: 0, max: 3_600 }),
    durationS: readDuration("duration", values["duration"] ?? "60s", { min: 1, max: 14_400 }),
    threads: Math.min(
      viewers,
      values["threads"] === undefined
        ? defaultThreads(cores)
        : readNumber("threads", values["threads"], { min: 1, max: maxThreads, integer: true, example: 2 }),
    ),
    maxStalledPercent: readNumber("max-stalled-percent", values["max-stalled-percent"] ?? "1", { min: 0, max: 100, example: 1 }),
    report: readReport(values["report"]),
  };
}

function readPlace(
  word: string | undefined,
  values: Readonly<Record<string, string | undefined>>,
): { masterUrl: string | undefined; className: string } {
  const given = word === undefined ? undefined : readAddress(word);
  const className = values["class"] ?? given?.className;
  if (className === undefined)
    throw wrongUse("loadtest", "Say which class: its watch address, http://<master>:8000/watch/<class>, or --class <class>.");
  if (!isClassName(className)) throw new UserError(`${JSON.stringify(className.slice(0, 80))} is no name of a class.`, { exitCode: 2 });
  if (given?.className !== undefined && given.className !== className)
    throw new UserError(`The address is of the class ${given.className}, and --class says ${className}: leave one of them out.`, {
      exitCode: 2,
    });
  const master = values["master"];
  if (given && master !== undefined && originOf(master) !== originOf(given.masterUrl))
    throw new UserError(
      `${given.masterUrl} is not the master that --master names: a load test aims at one cluster only. Leave out --master, or give the class with --class.`,
      { exitCode: 2 },
    );
  return { masterUrl: given?.masterUrl ?? master, className };
}

/** `http://master:8000/watch/<class>` below whatever path the master has, or its address. */
function readAddress(word: string): { masterUrl: string; className: string | undefined } {
  const url = URL.canParse(word) ? new URL(word) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UserError(`${JSON.stringify(word.slice(0, 200))} is no address: for example http://192.168.1.10:8000/watch/math-3b`, {
      exitCode: 2,
    });
  if (url.username || url.password) throw new UserError("The address must not carry a user or password.", { exitCode: 2 });
  const [, path = "", className] = /^(.*?)(?:\/watch\/([^/]+))?\/*$/.exec(url.pathname) ?? [];
  return { masterUrl: url.origin + path, className: className === undefined ? undefined : decoded(className) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // No name of a class either way; refused there.
  }
}

const originOf = (text: string): string => (URL.canParse(text) ? new URL(text).origin : text);

function readReport(path: string | undefined): LoadtestOptions["report"] {
  if (path === undefined) return undefined;
  const format = /\.(html|json)$/.exec(path)?.[1];
  if (format === "html" || format === "json") return { path, format };
  throw new UserError(`--report=${JSON.stringify(path)} is not valid: it must end in .html or .json, for example --report loadtest.html`, {
    exitCode: 2,
  });
}
