// Environment and flags → a frozen, typed configuration of one role, or a sentence per mistake. Pure: reads no process.
import { closest, distance } from "fastest-levenshtein";
import { UserError } from "../kernel/user-error.ts";
import { variables } from "./variables.ts";
import type { GatewayConfig, MasterConfig, Role, SlaveConfig, Variable } from "./variables.ts";
import { isExampleSecret } from "./example-secret.ts";
import { describeConstraint, parseValue } from "./parse-value.ts";

interface Input {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What follows the subcommand. */
  readonly args: readonly string[];
}

export interface Loaded<Config> {
  readonly config: Readonly<Config>;
  /** Sentences about variables that look like ours but are not. */
  readonly warnings: readonly string[];
}

/** @throws UserError (exit code 2), one line per mistake: name, value, why, example. Flags win over the environment. */
export function loadMasterConfig(input: Input): Loaded<MasterConfig> {
  return load<MasterConfig>("master", input);
}

/** @throws UserError as `loadMasterConfig`. */
export function loadSlaveConfig(input: Input): Loaded<SlaveConfig> {
  return load<SlaveConfig>("slave", input);
}

/** @throws UserError as `loadMasterConfig`. */
export function loadGatewayConfig(input: Input): Loaded<GatewayConfig> {
  return load<GatewayConfig>("gateway", input);
}

function load<Config>(role: Role, { env, args }: Input): Loaded<Config> {
  const mine = variables.filter((variable) => variable.roles.includes(role));
  const { values: flags, problems } = readFlags(args, role, mine);
  const config: Record<string, unknown> = {};
  for (const variable of mine) {
    const flag = flags.get(variable.name);
    // An empty variable counts as not set: compose files write `NAME=${NAME:-}`.
    const raw = flag ?? (env[variable.name] === "" ? undefined : env[variable.name]) ?? defaultText(variable);
    if (raw === undefined) {
      if (variable.required)
        problems.push(`${variable.name} is not set: it must be ${describeConstraint(variable.schema)}, for example ${exampleOf(variable)}`);
      continue;
    }
    if (variable.schema.secret && isExampleSecret(raw)) {
      problems.push(
        `${variable.name} is the one of the example file, which everybody knows: make one of your own with ${commandOf(variable)}`,
      );
      continue;
    }
    const parsed = parseValue(variable, raw);
    if ("value" in parsed) config[variable.name] = parsed.value;
    else
      problems.push(
        `${flag === undefined ? variable.name : variable.flag}=${shown(variable, raw)} is not valid: it must be ${parsed.problem}, for example ${exampleOf(variable)}`,
      );
  }
  problems.push(...contradictions(config));
  if (problems.length > 0) throw new UserError(problems.join("\n"), { exitCode: 2 });
  return { config: Object.freeze(config) as Readonly<Config>, warnings: lookalikes(env) };
}

function defaultText({ schema }: Variable): string | undefined {
  return schema.default === undefined ? undefined : String(schema.default);
}

/** `openssl rand -hex 24` of `$(openssl rand -hex 24)`. */
const commandOf = ({ schema }: Variable): string => schema.example.replace(/^\$\((.*)\)$/, "$1");
const shown = ({ schema }: Variable, raw: string): string => (schema.secret ? "[secret]" : JSON.stringify(raw));
const exampleOf = ({ name, schema }: Variable): string => `${name}=${schema.example}`;

function readFlags(args: readonly string[], role: Role, mine: readonly Variable[]): { values: Map<string, string>; problems: string[] } {
  const values = new Map<string, string>();
  const problems: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    const [flag, inline] = splitOnce(arg, "=");
    const variable = mine.find((candidate) => candidate.flag === flag);
    if (!variable) {
      problems.push(unknownFlag(arg, flag, role, mine));
      // Its value, if it has one, is not a mistake of its own.
      if (inline === undefined && args[index + 1]?.startsWith("--") === false) index += 1;
      continue;
    }
    const next = args[index + 1];
    if (inline !== undefined) values.set(variable.name, inline);
    else if (next === undefined || next.startsWith("--")) problems.push(`${flag} has no value: write ${flag} ${variable.schema.example}`);
    else {
      values.set(variable.name, next);
      index += 1;
    }
  }
  return { values, problems };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function unknownFlag(arg: string, flag: string, role: Role, mine: readonly Variable[]): string {
  const name = withoutValue(arg);
  const elsewhere = variables.find((variable) => variable.flag === flag);
  if (elsewhere) return `${name} is a setting of the ${elsewhere.roles.join(" and ")}, not of the ${role}`;
  if (!arg.startsWith("--"))
    return `${JSON.stringify(arg)} is not expected here: settings are given as --name value, see airclass ${role} --help`;
  const nearest = closest(
    flag,
    mine.map((variable) => variable.flag),
  );
  return `${name} is not known: did you mean ${nearest}? See airclass ${role} --help`;
}

const withoutValue = (arg: string): string => splitOnce(arg, "=")[0];

/** What no single variable shows. */
function contradictions(config: Record<string, unknown>): string[] {
  const problems: string[] = [];
  const [warning, critical, segment, part] = ["WARNING_PERCENT", "CRITICAL_PERCENT", "SEGMENT_DURATION", "PART_DURATION"].map((name) =>
    Number(config[name]),
  ) as [number, number, number, number];
  if (warning >= critical)
    problems.push(`WARNING_PERCENT=${warning} must be below CRITICAL_PERCENT=${critical}, for example WARNING_PERCENT=70`);
  if (part * 2 > segment)
    problems.push(`PART_DURATION=${part} must be at most half of SEGMENT_DURATION=${segment}, for example PART_DURATION=0.333`);
  const renditions = config["RENDITIONS"];
  if (Array.isArray(renditions) && new Set(renditions).size !== renditions.length)
    problems.push(`RENDITIONS=${renditions.join(",")} names a quality twice, for example RENDITIONS=source,720p`);
  return problems;
}

/** MAX_CONECTIONS=200 would be ignored without a word; other programs' variables are none of our business. */
function lookalikes(env: Input["env"]): string[] {
  const names = variables.map((variable) => variable.name).filter((name) => name.length >= 7);
  return Object.keys(env).flatMap((name) => {
    if (names.includes(name) || variables.some((variable) => variable.name === name)) return [];
    const nearest = closest(name, names);
    return distance(name, nearest) <= 2 ? [`${name} is not known: did you mean ${nearest}?`] : [];
  });
}
