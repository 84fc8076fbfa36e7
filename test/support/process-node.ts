// A node as an operator runs it: the real `airclass` command in a process of its own.
import { fileURLToPath } from "node:url";
import { airclassBin, startAirclass } from "./processes.ts";
import { endsWithin } from "./cluster-node.ts";
import type { StartNode } from "./cluster-node.ts";

const program = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const wrongClock = new URL("wrong-clock.ts", import.meta.url);

/** What starts it: the command itself, or Node with a clock that is wrong. */
function commandLine(role: string, clockOffsetMs: number): readonly [string, ...string[]] {
  if (clockOffsetMs === 0) return [airclassBin, role];
  const clock = `${wrongClock.href}?offset=${clockOffsetMs}`;
  return [process.execPath, "--disable-warning=ExperimentalWarning", "--import", clock, program, role];
}

export const startProcessNode: StartNode = ({ role, env, clockOffsetMs, netns }) => {
  const line = commandLine(role, clockOffsetMs);
  const [command, ...args] = netns === undefined ? line : (["ip", "netns", "exec", netns, ...line] as const);
  const child = startAirclass(args, { LOG_LEVEL: process.env["TEST_LOG_LEVEL"] ?? "info", ...env }, { command });
  let running = true;
  const ended = (async () => {
    await child.exited;
    running = false;
  })();
  const signal = (name: NodeJS.Signals): void => {
    if (running) child.signal(name);
  };

  return {
    pid: child.pid,
    ended,
    async kill() {
      signal("SIGKILL");
      await ended;
    },
    pause() {
      signal("SIGSTOP");
      return Promise.resolve();
    },
    resume: () => signal("SIGCONT"),
    async terminate(timeoutMs = 20_000) {
      signal("SIGCONT");
      signal("SIGTERM");
      try {
        await endsWithin(ended, timeoutMs, `the ${role}`);
      } finally {
        if (running) await child.stop();
      }
    },
    log: () => child.output.stdout + child.output.stderr,
  };
};
