import assert from "node:assert/strict";
import { test } from "node:test";
import { childEnvironment, startChild } from "./child.ts";
import { runProgram } from "./run-program.ts";

const node = (script: string) =>
  startChild({ command: process.execPath, args: ["-e", script], stdio: ["pipe", "pipe", "ignore", "pipe"], env: childEnvironment() });

test("a child that ignores SIGTERM is killed after the grace time", async () => {
  const child = node("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')");
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  assert.equal((await child.stop(200)).signal, "SIGKILL");
  child.signal("SIGTERM");
  assert.equal((await child.stop(0)).signal, "SIGKILL", "stopping again changes nothing");
});

test("the whole process group ends, helpers of the child too", async () => {
  const child = node("const { pid } = require('child_process').spawn('sleep', ['60']); console.log(pid)");
  const helper = await new Promise<number>((resolve) => child.stdout?.once("data", (text: Buffer) => resolve(Number(text.toString()))));
  assert.equal(process.kill(helper, 0), true);
  await child.stop(1_000);
  const isGone = async (): Promise<boolean> => {
    const { stdout } = await runProgram("ps", ["-o", "stat=", "-p", String(helper)], { timeoutMs: 5_000, maxOutputBytes: 1_000 });
    // A zombie waits for its new parent to look at it, and runs no more.
    return stdout.trim() === "" || stdout.trim().startsWith("Z");
  };
  for (let tries = 0; tries < 100 && !(await isGone()); tries += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await isGone(), true);
});

test("extra descriptors work both ways, and a missing program is an exit with an error", async () => {
  const child = node("const s = new (require('net').Socket)({ fd: 3 }); s.on('data', (d) => s.end(String(d).toUpperCase()))");
  child.pipe(3).write("hello");
  const answer = await new Promise<string>((resolve) => child.pipe(3).once("data", (bytes: Buffer) => resolve(bytes.toString())));
  assert.equal(answer, "HELLO");
  assert.throws(() => child.pipe(9), RangeError);
  await child.stop(0);

  const missing = startChild({ command: "/does/not/exist", args: [], stdio: ["ignore", "ignore", "ignore"], env: {} });
  const exit = await missing.exited;
  assert.equal((exit.error as NodeJS.ErrnoException).code, "ENOENT");
  missing.signal("SIGKILL");
});

test("children do not see our settings", () => {
  process.env["CLUSTER_SECRET"] = "very secret";
  const env = childEnvironment({ EXTRA: "1" });
  delete process.env["CLUSTER_SECRET"];
  assert.equal(env["CLUSTER_SECRET"], undefined);
  assert.deepEqual([env["EXTRA"], env["PATH"]], ["1", process.env["PATH"]]);
});

test("programs are bounded in time and output", async () => {
  const long = await runProgram(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { timeoutMs: 300, maxOutputBytes: 100 });
  assert.equal(long.signal, "SIGKILL");
  const loud = await runProgram(process.execPath, ["-e", "console.log('x'.repeat(100000))"], { timeoutMs: 10_000, maxOutputBytes: 100 });
  assert.deepEqual([loud.code, loud.stdout.length], [0, 100]);
});
