// `npm run chaos [-- seed [seconds]]`: 20 slaves, 5 streams, random faults for 5 minutes; prints the seed, the faults and,
// as one JSON, what was found. Exit code 1 when something did not hold.
import { runChaos } from "./chaos-run.ts";

const [seedText = String(Math.floor(Math.random() * 1e9)), secondsText = "300"] = process.argv.slice(2);
const [seed, seconds] = [Number(seedText), Number(secondsText)];
if (!Number.isSafeInteger(seed) || !(seconds > 0)) {
  process.stderr.write("usage: npm run chaos [-- seed [seconds]]\n");
  process.exit(2);
}
const report = await runChaos({
  seed,
  slaves: 20,
  streams: 5,
  viewersPerStream: 8,
  durationMs: seconds * 1_000,
  everyMs: 3_000,
  log: (line) => void process.stderr.write(`${line}\n`),
});
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
process.exitCode = report.problems.length > 0 ? 1 : 0;
