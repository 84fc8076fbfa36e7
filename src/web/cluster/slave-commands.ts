// The commands that add a slave, ready to be typed on another PC. Pure: the secret that is put in goes nowhere but into the text.

/** Stands where the secret belongs until somebody has typed it. */
export const secretPlaceholder = "…";

/** What a shell takes as it is. */
const plainWord = /^[\w.,:/@%+=-]+$/;

/** One word for sh and bash, whatever is in it. */
export function shellWord(text: string): string {
  if (plainWord.test(text)) return text;
  return shellQuoted(text);
}

/** Always in quotes: a secret should look like one piece. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** What `.env` files of Compose 1.29 and 2 read alike without quotes. */
const plainValue = /^[\w.,:/@%+=-]*$/;

/** @returns undefined where the two Composes would read different values (quotes, backslashes, line breaks) */
export function envLine(name: string, value: string): string | undefined {
  if (plainValue.test(value)) return `${name}=${value}`;
  // Single quotes take `$`, `#` and spaces as they are.
  return /['\\\p{Cc}]/u.test(value) ? undefined : `${name}='${value}'`;
}

/** A command in pieces that belong together. */
export type Command = readonly string[];

export const inOneLine = (command: Command): string => command.join(" ");
/** As people read it; a shell takes it as well. */
export const inLines = (command: Command): string => command.join(" \\\n  ");

/** For a PC with a clone of AIRClass. */
export function cloneCommand(secret: string, masterUrl: string): Command {
  return [`CLUSTER_SECRET=${shellQuoted(secret)}`, "./bin/airclass slave", `--master-url ${shellWord(masterUrl)}`];
}

const usualPorts = [8_000, 1_935, 8_888] as const;

/** @param addresses of the slaves that are there; @returns for `samePcCommand`, so that none of its ports is one of theirs */
export function freeSlaveNumber(addresses: readonly string[]): number {
  const taken = new Set(addresses.map((address) => (URL.canParse(address) ? Number(new URL(address).port) : 0)));
  let nth = 1;
  while (usualPorts.some((port) => taken.has(port + nth))) nth += 1;
  return nth;
}

/** For a second slave on a PC where the master or another slave has the usual ports, without Docker. It gets a name: the host's is taken. */
export function samePcCommand(secret: string, masterUrl: string, nth: number): Command {
  const ports = [`--api-port ${8_000 + nth}`, `--rtmp-port ${1_935 + nth}`, `--hls-port ${8_888 + nth}`];
  return [...cloneCommand(secret, masterUrl), `--node-name slave-${nth}`, `--data-dir ./data-slave-${nth}`, ...ports];
}

/** `.env` of a PC with docker-compose.slave.yml. @returns undefined where it cannot hold this secret */
export function envLines(secret: string, masterUrl: string): string | undefined {
  const lines = [envLine("CLUSTER_SECRET", secret), envLine("MASTER_URL", masterUrl)];
  return lines.includes(undefined) ? undefined : lines.join("\n");
}

export const dockerCommand = "docker-compose -f docker-compose.slave.yml up -d";

/** @param count slaves on this PC afterwards, 1 and up */
export const scaleCommand = (count: number): string => `docker-compose up -d --scale slave=${Math.max(1, Math.floor(count) || 1)}`;

/** @returns the address as it goes into commands, without a slash at its end; undefined for what is none */
export function masterAddress(text: string): string | undefined {
  const trimmed = text.trim();
  if (!/^https?:\/\/[^\s<>"'\\]+$/.test(trimmed) || !URL.canParse(trimmed)) return undefined;
  return trimmed.replace(/\/+$/, "");
}

/** Whether only the PC itself reaches this address. */
export function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { hostname } = new URL(address);
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || hostname.startsWith("127.");
}
