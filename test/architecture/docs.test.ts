// The documentation cannot be left behind: what comes from the code is made again and compared, links are followed.
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { runProgram } from "../../src/shared/process/run-program.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = globSync(["*.md", "docs/**/*.md"], { cwd: root });

test("config.md, errors.md, metrics.md and api.md are what the code says", async () => {
  const script = join(root, "scripts/generate-docs.ts");
  const args = ["--disable-warning=ExperimentalWarning", script, "--check"];
  const { code, stderr } = await runProgram(process.execPath, args, { timeoutMs: 60_000, maxOutputBytes: 10_000 });
  assert.equal(code, 0, stderr);
});

test("links between the pages lead somewhere", () => {
  assert.ok(pages.length >= 5, pages.join());
  let links = 0;
  for (const page of pages) {
    for (const [, target = ""] of readFileSync(join(root, page), "utf8").matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|rtmp:|mailto:|#)/.test(target)) continue;
      links += 1;
      assert.ok(existsSync(join(root, dirname(page), target.split("#")[0] ?? "")), `${page} → ${target}`);
    }
  }
  assert.ok(links > 5);
});

test("the README's settings and scripts exist", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
  const named = [...readme.matchAll(/npm run ([a-z:]+)/g)].map(([, name = ""]) => name);
  assert.ok(named.length > 1);
  for (const name of named) assert.ok(name in scripts, `npm run ${name}`);
  const config = readFileSync(join(root, "docs/config.md"), "utf8");
  for (const [, name = ""] of readme.matchAll(/`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`/g)) assert.ok(config.includes(`\`${name}\``), name);
});
