// Whether this machine can carry a role: Node, ffmpeg, open files, processors, its clock.
import { readFileSync } from "node:fs";
import { locateFfmpeg } from "../../slave/engine/stage/locate-ffmpeg.ts";
import type { SlaveConfig } from "../../shared/config/variables.ts";
import { UserError } from "../../shared/kernel/user-error.ts";
import { runProgram } from "../../shared/process/run-program.ts";
import { failed, ok, warning } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** What is tested with; package.json says the same to npm. */
const oldestNode = 24;

export function nodeVersionFinding(version: string): Finding {
  const major = Number(/^v(\d+)\./.exec(version)?.[1]);
  if (major >= oldestNode) return ok("node", `Node.js ${version}`);
  return failed("node", `Node.js ${version} is too old.`, `Use ${oldestNode} or newer; bin/airclass takes the one that npm ci installs.`);
}

export async function ffmpegFinding(ffmpegPath: string | undefined): Promise<Finding> {
  try {
    const { version, path } = await locateFfmpeg({ ffmpegPath });
    return ok("ffmpeg", `${version} (${path}), with libx264 and aac`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [text = "", advice = ""] = error.message.split(/: (?=install|update)/);
    return failed("ffmpeg", `${text}.`, `${advice.charAt(0).toUpperCase()}${advice.slice(1)}.`);
  }
}

/** A player has a blocking request and another one under way, and while it changes slaves a third. */
const descriptorsPerViewer = 3;
/** Logs, ffmpeg's pipes, followers, the store. */
const descriptorsBesides = 256;

/** @param limit of open files; undefined where it cannot be read. */
export function openFilesFinding(limit: number | undefined, viewers: number): Finding {
  const wanted = viewers * descriptorsPerViewer + descriptorsBesides;
  if (limit === undefined) return ok("open files", "this system does not say its limit");
  if (limit >= wanted) return ok("open files", `${limit === Infinity ? "no limit" : `up to ${limit}`}; ${wanted} are wanted`);
  const text = `only ${limit} open files are allowed, and ${viewers} viewers want ${wanted}.`;
  const advice = "Raise it (ulimit -n, LimitNOFILE of systemd, ulimits of Compose), or lower MAX_CONNECTIONS.";
  return limit < viewers + descriptorsBesides ? failed("open files", text, advice) : warning("open files", text, advice);
}

/** Linux says it in /proc; elsewhere undefined. */
export function openFilesLimit(): number | undefined {
  try {
    const [, limit] = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return limit === undefined ? undefined : limit === "unlimited" ? Infinity : Number(limit);
  } catch {
    return undefined; // Not Linux: nothing to compare with.
  }
}

/** @param processors that this process may use. */
export function processorsFinding({ RENDITIONS, KEYFRAMES }: Pick<SlaveConfig, "RENDITIONS" | "KEYFRAMES">, processors: number): Finding {
  const encoded = RENDITIONS.filter((name) => name !== "source").length + Number(KEYFRAMES === "encode");
  const machine = `${processors} ${processors === 1 ? "processor" : "processors"}`;
  if (encoded === 0) return ok("processors", `${machine}; nothing is encoded with RENDITIONS=${RENDITIONS.join(",")}`);
  const text = `${encoded} ${encoded === 1 ? "rendition" : "renditions"} to encode for each stream on ${machine}`;
  if (encoded < processors) return ok("processors", text);
  return warning(
    "processors",
    `${text}: one stream may use up this machine.`,
    "Name fewer RENDITIONS, or use a machine with more processors.",
  );
}

/** What the system says of its clock; nothing where it says nothing (containers, other systems). */
export async function timeSyncFindings(): Promise<Finding[]> {
  const args = ["show", "--property=NTPSynchronized", "--value"];
  const { code, stdout } = await runProgram("timedatectl", args, { timeoutMs: 5_000, maxOutputBytes: 1_000 });
  if (code !== 0) return [];
  if (stdout.trim() === "yes") return [ok("clock", "kept right by NTP")];
  return [warning("clock", "this system's clock is not kept right by NTP.", "Turn it on: timedatectl set-ntp true (or install chrony).")];
}
