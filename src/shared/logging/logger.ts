// One logger for a process: pino JSON lines, pretty on a terminal. Secrets never reach a log line.
import pino from "pino";
import type { Logger } from "pino";
import pretty from "pino-pretty";

export type { Logger } from "pino";

export const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Field names that hold secrets wherever they appear in a logged object, one or two levels deep. */
const secretFields = [
  "authorization",
  "cookie",
  "jwt",
  "token",
  "key",
  "stream_key",
  "join_code",
  "secret",
  "cluster_secret",
  "admin_token",
  "password",
];

/** `?jwt=`, `?key=`, `?token=` and `?relay=` in a URL or stream name, for logging it. */
export function withoutSecrets(url: string): string {
  return url.replaceAll(/([?&](?:jwt|key|token|relay)=)[^&\s]*/gi, "$1…");
}

/** Children follow its level, whenever that changes. @param fields on every line, for example `{ role: "slave" }`. */
export function createLogger(level: LogLevel, fields: Record<string, string>, stream: NodeJS.WriteStream = process.stdout): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: fields,
    timestamp: pino.stdTimeFunctions.isoTime,
    // Words, as whoever collects logs expects them.
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`, `headers.${field}`, `*.headers.${field}`]), censor: "[secret]" },
  };
  return stream.isTTY
    ? pino(options, pretty({ colorize: true, ignore: "pid,hostname", sync: true, destination: stream }))
    : pino(options, stream);
}
