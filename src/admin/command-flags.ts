// Flags of a command, for all commands but the roles (theirs are settings): which there are, numbers and times with bounds.
// Reads no process.
import { parseArgs } from "node:util";
import { closest } from "fastest-levenshtein";
import { UserError } from "../shared/kernel/user-error.ts";

export interface KnownFlags {
  /** Flags with a value. */
  readonly values?: readonly string[];
  /** Flags without. */
  readonly switches?: readonly string[];
}

export interface GivenFlags {
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly switches: ReadonlySet<string>;
  /** Words that are no flags. */
  readonly words: readonly string[];
}

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
  /** For the message, `240`. */
  readonly example: number;
}

/** Of what somebody typed, in a message. */
const maxShown = 40;

/** @throws UserError (exit code 2); for a flag that is not known naming the nearest one. */
export function readFlags(command: string, { values: withValue = [], switches = [] }: KnownFlags, args: readonly string[]): GivenFlags {
  const known = [...withValue, ...switches];
  for (const arg of args) {
    const name = /^--([^=]+)/.exec(arg)?.[1]?.slice(0, maxShown);
    if (name !== undefined && !known.includes(name))
      throw wrongUse(command, `airclass ${command} has no --${name}: did you mean --${closest(name, known)}?`);
  }
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
    throw wrongUse(command, `${(cause as Error).message.split(/\. |\.?\n/)[0]}.`, cause);
  }
}

/** @throws UserError (exit code 2) outside of the range. */
export function readNumber(flag: string, text: string, { min, max, integer = false, example }: NumberRange): number {
  const value = /^\d{1,12}(?:\.\d{1,6})?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= min && value <= max && (!integer || Number.isInteger(value))) return value;
  throw notValid(flag, text, `${integer ? "a whole number" : "a number"} from ${min} to ${max}`, String(example));
}

/** `90`, `90s`, `2m`, `1h` → seconds. @throws UserError (exit code 2) outside of `min` to `max` seconds. */
export function readDuration(flag: string, text: string, { min, max }: { readonly min: number; readonly max: number }): number {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(s|m|h)?$/.exec(text.trim()) ?? [];
  const seconds = Number(number) * { s: 1, m: 60, h: 3_600 }[unit as "s" | "m" | "h"];
  if (number !== undefined && seconds >= min && seconds <= max) return seconds;
  throw notValid(flag, text, `${min} s to ${max} s`, "60s");
}

/** For what a command cannot do as it was typed (exit code 2). */
export function wrongUse(command: string, sentence: string, cause?: unknown): UserError {
  return new UserError(`${sentence} See airclass ${command} --help`, { exitCode: 2, cause });
}

function notValid(flag: string, text: string, must: string, example: string): UserError {
  const shown = JSON.stringify(text.slice(0, maxShown));
  return new UserError(`--${flag}=${shown} is not valid: it must be ${must}, for example --${flag} ${example}`, { exitCode: 2 });
}
