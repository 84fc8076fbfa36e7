// Pictures every page in every state, in both languages and themes, into /screenshots; opens with screenshots/index.html.
// usage: npm run screenshots [-- words]      only shots whose `page/state` contains one of the words
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launchChromium } from "../test/support/browser.ts";
import { clusterShots } from "./screenshots/cluster-shots.ts";
import { commonShots } from "./screenshots/common-shots.ts";
import { indexPage } from "./screenshots/index-page.ts";
import { startStage } from "./screenshots/stage.ts";
import { studentShots } from "./screenshots/student-shots.ts";
import { takeShot, type TakenShot } from "./screenshots/take.ts";
import { teacherShots } from "./screenshots/teacher-shots.ts";

const folder = fileURLToPath(new URL("../screenshots", import.meta.url));
const words = process.argv.slice(2);
const shots = [...commonShots, ...studentShots, ...teacherShots, ...clusterShots].filter(
  ({ page, state }) => words.length === 0 || words.some((word) => `${page}/${state}`.includes(word)),
);
if (shots.length === 0) {
  console.error(`No shot's page/state contains ${words.join(" or ")}.`);
  process.exit(1);
}

if (words.length === 0) await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const browser = await launchChromium();
const stage = await startStage();
const studio = { browser, stage, folder, sessions: new Map() };
const taken: TakenShot[] = [];
let failures = 0;
try {
  for (const shot of shots) {
    const name = `${shot.page}/${shot.state}`;
    const missing = await shot.unless?.();
    if (missing !== undefined) {
      console.log(`- ${name}: skipped, ${missing}`);
      continue;
    }
    try {
      await shot.before?.(stage);
      for (const device of shot.devices) taken.push(await takeShot(studio, shot, device));
      console.log(`✓ ${name}`);
    } catch (error) {
      failures += 1;
      console.error(`✗ ${name}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await shot.after?.(stage);
    }
  }
} finally {
  await browser.close();
  await stage.stop();
}
if (words.length === 0) await writeFile(join(folder, "index.html"), indexPage(taken));
console.log(`${taken.flatMap(({ files }) => files).length} pictures in ${folder}, ${failures} shots failed`);
process.exitCode = failures > 0 ? 1 : 0;
