// The conformance checker as a command: node test/conformance/check-hls.ts <url> [--seconds 15]
import { parseArgs } from "node:util";
import { checkHls } from "./check.ts";
import { ruleIds, rules } from "./rules.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string", default: "15" }, json: { type: "boolean", default: false } },
});
const [url] = positionals;
const seconds = Number(values.seconds);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

if (url === undefined || !URL.canParse(url) || !(seconds > 0)) {
  process.stderr.write("Usage: check-hls.ts <playlist URL> [--seconds 15] [--json]\n");
  process.exit(2);
}

const result = await checkHls(url, { durationS: seconds });
if (values.json) print(JSON.stringify(result, undefined, 2));
else {
  for (const id of result.checked) {
    const broken = result.violations.filter(({ rule }) => rule === id);
    print(`${broken.length === 0 ? "ok  " : "FAIL"} ${id} × ${result.counts[id] ?? 0}  (${rules[id].section}) ${rules[id].summary}`);
    for (const { message, url } of broken) print(`       ${message}\n         at ${url}`);
  }
  const unseen = ruleIds.filter((id) => !result.checked.includes(id));
  if (unseen.length > 0) print(`not seen in this stream: ${unseen.join(", ")}`);
  for (const fact of result.observations) print(`note: ${fact}`);
  print(`${result.checked.length} rules checked, ${result.violations.length} violations`);
}
process.exitCode = result.violations.length === 0 ? 0 : 1;
