// Which process listens on a TCP port, as far as this user may know: Linux's /proc. Reads only.
import { readdir, readFile, readlink } from "node:fs/promises";

export interface ListeningProcess {
  readonly pid: number;
  /** Its command line, and those of its parents: `airclass slave` for its RTMP process too. */
  readonly lineage: readonly string[];
}

/** Undefined where it cannot be known: another user's process, or not Linux. */
export async function findListeningProcess(port: number): Promise<ListeningProcess | undefined> {
  const inodes = await listeningInodes(port);
  if (inodes.size === 0) return undefined;
  for (const pid of (await list("/proc")).filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of await list(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => ""); // Closed, or its process ended, meanwhile.
      const [, inode] = /^socket:\[(\d+)\]$/.exec(target) ?? [];
      if (inode !== undefined && inodes.has(inode)) return { pid: Number(pid), lineage: await lineageOf(pid) };
    }
  }
  return undefined;
}

/** proc(5), /proc/net/tcp: `sl local_address rem_address st … inode`, addresses in hexadecimal; state 0A is LISTEN. */
async function listeningInodes(port: number): Promise<Set<string>> {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const inodes = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    const text = await readFile(table, "utf8").catch(() => ""); // Not Linux, or no IPv6.
    for (const line of text.split("\n").slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === "0A" && local?.endsWith(`:${hex}`) && inode) inodes.add(inode);
    }
  }
  return inodes;
}

const list = (folder: string): Promise<string[]> => readdir(folder).catch(() => []); // Another user's, or gone.

async function lineageOf(pid: string): Promise<string[]> {
  const lineage: string[] = [];
  for (let next: string | undefined = pid; next !== undefined && next !== "0" && lineage.length < 4;) {
    const command = await readFile(`/proc/${next}/cmdline`, "utf8").catch(() => "");
    lineage.push(command.replaceAll("\0", " ").trim());
    const status: string = await readFile(`/proc/${next}/status`, "utf8").catch(() => "");
    next = /^PPid:\s+(\d+)/m.exec(status)?.[1];
  }
  return lineage;
}
