// Runs the tests with Node's own runner and ends with `N passed, N failed` alone on a line.
// usage: node scripts/run-tests.ts [unit | part of a path …]      without words: everything
import { globSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const root = fileURLToPath(new URL("..", import.meta.url));
const everything = ["src/**/*.test.ts", "test/**/*.test.ts"].flatMap((pattern) => globSync(pattern, { cwd: root })).toSorted();
const words = process.argv.slice(2);
const wanted = (file: string) =>
  words.length === 0 || words.some((word) => (word === "unit" ? file.startsWith("src/") : file.includes(word)));
const files = everything.filter(wanted);
if (files.length === 0) {
  console.error(`No test file's path contains ${words.join(" or ")}.`);
  process.exit(1);
}

/** Clusters of processes, and browsers in which no picture may stand: two at a time on two cores. Of the others, which mostly wait, three. */
const isBusy = (file: string) =>
  /^test\/(chaos|scenarios\/failover|e2e\/(failover|obs|player-controls|watch|whip-size|pages\/(student|teacher|page-budget|whep)))/.test(
    file,
  );
/** Begun first of their group, so that at the end nothing waits for one of them alone; the longest first. */
const long = [
  "scenarios/failover",
  "e2e/watch",
  "e2e/failover-cluster",
  "e2e/failover-player",
  "e2e/pages/student-states",
  "e2e/pages/teacher",
]
  .concat([
    "e2e/pages/cluster-page",
    "scenarios/live-conformance",
    "scenarios/hanging-slave",
    "conformance/checker",
    "conformance/slave",
    "scenarios/stopped-follower",
  ])
  .concat(["integration/control-plane", "integration/delivery-limits", "integration/gateway.test"])
  .map((name) => `test/${name}`);
/** What is beside the code comes first: it is quick, and says most exactly what is wrong. */
function rank(file: string): number {
  if (file.startsWith("src/")) return -1;
  const place = long.findIndex((start) => file.startsWith(start));
  return place === -1 ? long.length : place;
}
const inOrder = files.toSorted((a, b) => rank(a) - rank(b));
const groups = [
  { files: inOrder.filter((file) => !isBusy(file)), concurrency: 3 },
  { files: inOrder.filter(isBusy), concurrency: 2 },
];

/** Seconds of each file; of two that run at a time each takes longer. */
const seconds = new Map<string, number>();
const counts = { passed: 0, failed: 0, skipped: 0 };
for (const { files: group, concurrency } of groups) {
  if (group.length === 0) continue;
  const events = run({ files: group, concurrency, cwd: root, timeout: 300_000, execArgv: ["--disable-warning=ExperimentalWarning"] });
  events.on("test:pass", (event) => {
    if (event.details.type === "suite" || isFile(event.name)) return;
    counts[event.skip === undefined || event.skip === false ? "passed" : "skipped"] += 1;
  });
  events.on("test:fail", (event) => {
    if (event.details.type !== "suite") counts.failed += 1;
  });
  events.on("test:summary", ({ file, duration_ms: ms }) => {
    if (file !== undefined) seconds.set(relative(root, file), ms / 1_000);
  });
  for await (const chunk of events.compose(spec)) process.stdout.write(chunk);
}

/** A file without tests of its own is reported as a test of its name. */
function isFile(name: string): boolean {
  return files.includes(relative(root, name)) || files.includes(name);
}

const slowest = [...seconds].toSorted(([, a], [, b]) => b - a).slice(0, 20);
if (seconds.size > 1)
  console.log(`slowest files:\n${slowest.map(([file, time]) => `${time.toFixed(1).padStart(7)} s  ${file}`).join("\n")}`);
if (counts.skipped > 0) console.log(`${counts.skipped} skipped`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
