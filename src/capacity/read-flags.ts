// What the commands of this room have in common: flags with a value, numbers with bounds. Reads no process.
import { parseArgs } from "node:util";
import { closest } from "fastest-levenshtein";
import { UserError } from "../shared/kernel/user-error.ts";

export interface Flags {
  /** Words that are no flags. */
  readonly words: readonly string[];
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly switches: Readonly<Record<string, boolean>>;
}

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
  /** For the message, `240`. */
  readonly example: number;
}

/**
 * @param names flags that take a value. @param switchNames flags that take none.
 * @throws UserError (exit code 2) for a flag that is not known, naming the nearest one.
 */
export function readFlags(command: string, names: readonly string[], switchNames: readonly string[], args: readonly string[]): Flags {
  const known = [...names, ...switchNames];
  for (const arg of args) {
    const name = /^--([^=]+)/.exec(arg)?.[1];
    if (name !== undefined && !known.includes(name))
      throw wrongUse(`airclass ${command} has no --${name.slice(0, 40)}: did you mean --${closest(name.slice(0, 40), known)}?`, command);
  }
  const options: Record<string, { type: "string" | "boolean" }> = {};
  for (const name of names) options[name] = { type: "string" };
  for (const name of switchNames) options[name] = { type: "boolean" };
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    return {
      words: positionals,
      values: Object.fromEntries(names.map((name) => [name, values[name] as string | undefined])),
      switches: Object.fromEntries(switchNames.map((name) => [name, values[name] === true])),
    };
  } catch (cause) {
    // Node's sentence names the flag; nothing of it is a secret, since it never repeats a value.
    throw wrongUse(`${(cause as Error).message.split(/[.\n]/)[0]}`, command, cause);
  }
}

/** @throws UserError (exit code 2) outside of the range. */
export function readNumber(flag: string, text: string, { min, max, integer = false, example }: NumberRange): number {
  const value = /^\d{1,12}(?:\.\d{1,6})?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= min && value <= max && (!integer || Number.isInteger(value))) return value;
  const kind = integer ? "a whole number" : "a number";
  throw new UserError(
    `--${flag}=${JSON.stringify(text.slice(0, 40))} is not valid: it must be ${kind} from ${min} to ${max}, for example --${flag} ${example}`,
    { exitCode: 2 },
  );
}

export function wrongUse(sentence: string, command: string, cause?: unknown): UserError {
  return new UserError(`${sentence} See airclass ${command} --help`, { exitCode: 2, cause });
}
