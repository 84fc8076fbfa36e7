// One node of a cluster under test, whatever it runs in: what can be done to it from outside. Types only, and its log.
export interface NodeStart {
  readonly role: "master" | "slave" | "gateway";
  readonly env: Readonly<Record<string, string>>;
  /** Its wall clock is wrong by this much; 0 for a right one. */
  readonly clockOffsetMs: number;
  /** Network namespace that it runs in; only processes can. */
  readonly netns?: string;
}

export interface ClusterNode {
  /** Of the main process; undefined for a thread. */
  readonly pid: number | undefined;
  /** Settles when it has ended, whatever ended it. */
  readonly ended: Promise<void>;
  /** SIGKILL of the main process alone: its children have to notice by themselves. Resolves when it has ended. */
  kill(): Promise<void>;
  /** SIGSTOP: sockets stay open, nothing is served. Resolves when it stands. */
  pause(): Promise<void>;
  /** SIGCONT. */
  resume(): void;
  /** SIGTERM; resolves when it has ended by itself. @throws when it does not within `timeoutMs`; it is killed then. */
  terminate(timeoutMs?: number): Promise<void>;
  /** What it has logged so far. */
  log(): string;
}

export type StartNode = (start: NodeStart) => ClusterNode;

/** Rejects when a node takes too long to end. */
export async function endsWithin(ended: Promise<void>, timeoutMs: number, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}
