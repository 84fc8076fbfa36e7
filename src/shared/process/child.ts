// Starts other programs and makes sure that none is left behind. The only file that imports child_process;
// it knows nothing of what the programs do.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import type { Duplex, Readable, Writable } from "node:stream";

export interface ChildConfig {
  readonly command: string;
  readonly args: readonly string[];
  /** One entry per file descriptor from 0 on; a `pipe` from 3 on is a stream for both directions. */
  readonly stdio: readonly ("pipe" | "ignore" | "inherit")[];
  /** The whole environment of the child; use `childEnvironment` so that it sees no secret of ours. */
  readonly env: NodeJS.ProcessEnv;
}

export interface ChildExit {
  /** Undefined when a signal ended it or when it could not be started. */
  readonly code: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  /** Why it could not be started at all. */
  readonly error: Error | undefined;
}

export interface Child {
  /** Undefined when it could not be started; `exited` says why. */
  readonly pid: number | undefined;
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  /** The stream of a descriptor from 3 on. @throws RangeError when it is no pipe. */
  pipe(descriptor: number): Duplex;
  /** Settles when it has ended and its pipes are closed; never rejects. */
  readonly exited: Promise<ChildExit>;
  /** Sends to the whole process group, so that helpers of the child get it too. No effect after the end. */
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL after `graceMs` (0: SIGKILL at once). Idempotent; resolves when it has ended. */
  stop(graceMs: number): Promise<ChildExit>;
}

/** Variables that programs need to run at all; nothing of what configures us, which may be secret. */
const passedVariables = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SystemRoot"];

/** The environment for a child: what programs need, and `extra`. */
export function childEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const name of passedVariables) if (process.env[name] !== undefined) env[name] = process.env[name];
  return { ...env, ...extra };
}

/** Starts a program in a process group of its own. Does not throw: a program that cannot be started shows in `exited`. */
export function startChild(config: ChildConfig): Child {
  const child: ChildProcess = spawn(config.command, config.args, { stdio: [...config.stdio], env: config.env, detached: true });
  let ended = false;

  const exited = new Promise<ChildExit>((resolve) => {
    child.once("error", (error) => {
      // Also emitted when a signal could not be sent; then the end still comes as `close`.
      if (child.pid !== undefined) return;
      ended = true;
      resolve({ code: undefined, signal: undefined, error });
    });
    child.once("exit", () => {
      ended = true;
    });
    child.once("close", (code, signal) => {
      resolve({ code: code ?? undefined, signal: signal ?? undefined, error: undefined });
    });
  });

  function signal(name: NodeJS.Signals): void {
    if (ended || child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch (error) {
      // It ended between the check and the call: what was asked for is already so.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  return {
    pid: child.pid,
    stdin: child.stdin ?? undefined,
    stdout: child.stdout ?? undefined,
    stderr: child.stderr ?? undefined,
    pipe(descriptor) {
      const stream = child.stdio[descriptor];
      if (!stream || descriptor < 3) throw new RangeError(`Descriptor ${descriptor} of ${config.command} is no pipe`);
      return stream as Duplex;
    },
    exited,
    signal,
    async stop(graceMs) {
      if (graceMs <= 0) {
        signal("SIGKILL");
        return exited;
      }
      signal("SIGTERM");
      const timer = setTimeout(() => signal("SIGKILL"), graceMs);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
  };
}
