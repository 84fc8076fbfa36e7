// Runs mediamtx for a slave and ends it with the slave, however that ends: a MediaMTX without a slave would keep teachers
// connected to nobody. Started by mediamtx-process.ts only: `mediamtx-guard.ts <program> <configuration>`.
import { startChild } from "../../../shared/process/child.ts";

const [, , command = "", configuration = ""] = process.argv;
const graceMs = 1_500;

const child = startChild({ command, args: [configuration], stdio: ["ignore", "pipe", "pipe"], env: process.env });
// Through this process, so that the slave sees at once when this process is gone.
child.stdout?.pipe(process.stdout);
child.stderr?.pipe(process.stderr);
// Should this process be killed, the slave ends the other one.
process.stderr.write(`guarded ${child.pid ?? 0}\n`);
let stopping = false;

function stop(): void {
  if (stopping) return;
  stopping = true;
  void child.stop(graceMs);
}

// The slave closed its end, or died.
process.stdin.on("end", stop).on("error", stop).resume();
process.on("SIGTERM", stop);
process.on("SIGINT", stop);

const exit = await child.exited;
if (exit.error) process.stderr.write(`${exit.error.message}\n`);
// Who waits for this process reads its output to the end first.
process.exit(exit.code ?? 1);
