import assert from "node:assert/strict";
import { test } from "node:test";
import { entropyBits, secretFindings } from "./secret-strength.ts";
import { ffmpegFinding, nodeVersionFinding, openFilesFinding, openFilesLimit, processorsFinding } from "./this-machine.ts";

const levels = (secrets: Record<string, string>) => secretFindings(secrets).map(({ level }) => level);

test("Node's version", () => {
  assert.equal(nodeVersionFinding("v24.21.0").level, "ok");
  assert.equal(nodeVersionFinding("v25.0.0").level, "ok");
  assert.equal(nodeVersionFinding("v22.11.0").level, "failed");
  assert.equal(nodeVersionFinding(process.version).level, "ok");
});

test("ffmpeg: the one that a slave would take, or what to do", async () => {
  const found = await ffmpegFinding(process.env["FFMPEG_PATH"]);
  assert.equal(found.level, "ok", found.text);
  const missing = await ffmpegFinding("/nowhere/ffmpeg");
  assert.deepEqual([missing.level, missing.text], ["failed", "FFMPEG_PATH=/nowhere/ffmpeg cannot be run (ENOENT)."]);
  assert.match(missing.advice ?? "", /^Install ffmpeg .*FFMPEG_PATH to it\.$/);
});

test("open files for so many viewers", () => {
  assert.equal(openFilesFinding(1_024, 150).level, "ok");
  assert.equal(openFilesFinding(1_024, 700).level, "warning");
  assert.equal(openFilesFinding(1_024, 1_000).level, "failed");
  assert.equal(openFilesFinding(Infinity, 1_000_000).level, "ok");
  assert.equal(openFilesFinding(undefined, 150).level, "ok");
  if (process.platform === "linux") assert.ok((openFilesLimit() ?? 0) > 0);
});

test("renditions for so many processors", () => {
  assert.equal(processorsFinding({ RENDITIONS: ["source"], KEYFRAMES: "auto" }, 1).level, "ok");
  assert.equal(processorsFinding({ RENDITIONS: ["source"], KEYFRAMES: "encode" }, 1).level, "warning");
  assert.equal(processorsFinding({ RENDITIONS: ["source", "720p"], KEYFRAMES: "auto" }, 2).level, "ok");
  assert.equal(processorsFinding({ RENDITIONS: ["source", "720p", "480p"], KEYFRAMES: "auto" }, 2).level, "warning");
});

test("secrets: examples and guessable ones are found, and never repeated", () => {
  const random = "1f0c9be5a3d24478b6f0817c2d5e9a346b7cd1f208e94a53";
  assert.deepEqual(levels({ CLUSTER_SECRET: random }), ["ok"]);
  assert.deepEqual(levels({ CLUSTER_SECRET: "change-me-to-something-else-please" }), ["failed"]);
  assert.deepEqual(levels({ CLUSTER_SECRET: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }), ["failed"]);
  assert.deepEqual(levels({ CLUSTER_SECRET: "schoolschool1234" }), ["warning"]);
  const same = secretFindings({ CLUSTER_SECRET: random, ADMIN_TOKEN: random });
  assert.deepEqual(
    same.map(({ level }) => level),
    ["ok", "ok", "failed"],
  );
  assert.ok(!JSON.stringify(same).includes(random));
  assert.equal(entropyBits("ab".repeat(8)), 16);
  assert.equal(entropyBits(""), 0);
});
