// Turns debug lines on and off while a process runs, for who looks into something that a restart would end.
import type { Logger, LogLevel } from "./logger.ts";

/** `debug`, and with the next call back to the level of LOG_LEVEL; a line says so, whatever that is. Children of the logger follow. */
export function switchDebug(logger: Logger, configured: LogLevel): void {
  if (logger.level === "debug" && configured !== "debug") {
    logger.info({ logLevel: configured }, `log level is ${configured} again (LOG_LEVEL)`);
    logger.level = configured;
    return;
  }
  logger.level = "debug";
  logger.info({ logLevel: "debug" }, configured === "debug" ? "log level is debug, as LOG_LEVEL says" : "log level is debug now");
}
