// What commands for a running cluster have in common: where the master is, and the admin token. Reads no process.
import { parseArgs } from "node:util";
import { UserError } from "../shared/kernel/user-error.ts";

export interface AdminArguments {
  /** Words that are no flags. */
  readonly words: readonly string[];
  /** Of the flags that the command declares. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly switches: ReadonlySet<string>;
  /** Without a slash at its end. */
  readonly masterUrl: string;
  readonly adminToken: string;
}

const defaultMasterUrl = "http://127.0.0.1:8000";

/** @param flags those of the command beside `--master` and `--admin-token`. @throws UserError (exit code 2) */
export function readAdminArguments(
  command: string,
  flags: readonly string[],
  { args, env }: { readonly args: readonly string[]; readonly env: Readonly<Record<string, string | undefined>> },
  switches: readonly string[] = [],
): AdminArguments {
  const parsed = parseCommand(command, { values: ["master", "admin-token", ...flags], switches }, args);
  const { values } = parsed;
  const masterUrl = (values["master"] ?? (env["MASTER_URL"] || defaultMasterUrl)).split(",")[0]?.trim() ?? "";
  if (!URL.canParse(masterUrl) || !/^https?:\/\//.test(masterUrl)) {
    throw new UserError(
      `The address of the master, ${JSON.stringify(masterUrl)}, is not one: for example --master http://192.168.1.10:8000`,
      {
        exitCode: 2,
      },
    );
  }
  const adminToken = values["admin-token"] ?? env["ADMIN_TOKEN"];
  if (!adminToken) {
    throw new UserError(
      `airclass ${command} needs the admin token: set ADMIN_TOKEN, or give --admin-token. The master printed it at its first start.`,
      {
        exitCode: 2,
      },
    );
  }
  return { words: parsed.words, flags: values, switches: parsed.switches, masterUrl: masterUrl.replace(/\/+$/, ""), adminToken };
}

export interface CommandFlags {
  /** Flags with a value. */
  readonly values?: readonly string[];
  /** Flags without. */
  readonly switches?: readonly string[];
}

export interface ParsedCommand {
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly switches: ReadonlySet<string>;
  readonly words: readonly string[];
}

/** @throws UserError (exit code 2) */
export function parseCommand(command: string, flags: CommandFlags, args: readonly string[]): ParsedCommand {
  const { values: withValue = [], switches = [] } = flags;
  const options = Object.fromEntries([
    ...withValue.map((name) => [name, { type: "string" as const }] as const),
    ...switches.map((name) => [name, { type: "boolean" as const }] as const),
  ]);
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    const given = values as Record<string, string | boolean | undefined>;
    return {
      values: Object.fromEntries(withValue.map((name) => [name, given[name] as string | undefined])),
      switches: new Set(switches.filter((name) => given[name] === true)),
      words: positionals,
    };
  } catch (cause) {
    // Node's sentence names the flag; nothing of it is a secret, since it never repeats a value.
    throw new UserError(`${(cause as Error).message.split(". ")[0]}. See airclass ${command} --help`, { exitCode: 2, cause });
  }
}

/** `90`, `90s`, `2m`, `1h` → seconds. @throws UserError (exit code 2) outside of `min` to `max` seconds. */
export function readDuration(flag: string, text: string, { min, max }: { readonly min: number; readonly max: number }): number {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(s|m|h)?$/.exec(text.trim()) ?? [];
  const seconds = Number(number) * { s: 1, m: 60, h: 3_600 }[unit as "s" | "m" | "h"];
  if (number !== undefined && seconds >= min && seconds <= max) return seconds;
  throw new UserError(`--${flag}=${JSON.stringify(text)} is not valid: it must be ${min} s to ${max} s, for example --${flag} 60s`, {
    exitCode: 2,
  });
}
