// Real OBS Studio under a virtual display, with a profile made for one run. Debian: obs-studio, xvfb.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { childEnvironment, startChild } from "../../src/shared/process/child.ts";
import { runProgram } from "../../src/shared/process/run-program.ts";

export interface Obs {
  /** What OBS has logged so far. */
  log(): string;
  stop(): Promise<void>;
}

/** Why OBS cannot be used here, or undefined. */
export async function obsMissing(): Promise<string | undefined> {
  for (const [program, option] of [
    ["obs", "--version"],
    ["xvfb-run", "--help"],
  ] as const) {
    const { error } = await runProgram(program, [option], { timeoutMs: 20_000, maxOutputBytes: 1_000 });
    if (error) return `${program} is not installed (Debian: apt-get install obs-studio xvfb)`;
  }
  return undefined;
}

/** Starts OBS as a teacher does who changed nothing but server and key: 720p, x264, keyframe interval "auto". */
export function startObs(server: string, streamKey: string): Obs {
  const home = mkdtempSync(join(tmpdir(), "airclass-obs-"));
  const config = join(home, ".config/obs-studio");
  const profile = join(config, "basic/profiles/lesson");
  const scenes = join(config, "basic/scenes");
  for (const folder of [profile, scenes]) mkdirSync(folder, { recursive: true });
  const names = "Profile=lesson\nProfileDir=lesson\nSceneCollection=lesson\nSceneCollectionFile=lesson\nConfigOnNewProfile=false\n";
  writeFileSync(join(config, "global.ini"), `[General]\nFirstRun=true\n[Basic]\n${names}`);
  const output = "[Output]\nMode=Simple\n[SimpleOutput]\nVBitrate=1500\nStreamEncoder=x264\nUseAdvanced=true\nPreset=ultrafast\n";
  const video = "[Video]\nBaseCX=1280\nBaseCY=720\nOutputCX=1280\nOutputCY=720\nFPSCommon=30\n";
  writeFileSync(join(profile, "basic.ini"), `[General]\nName=lesson\n${video}${output}`);
  const service = { type: "rtmp_custom", settings: { server, key: streamKey, bwtest: false, use_auth: false } };
  writeFileSync(join(profile, "service.json"), JSON.stringify(service));
  const color = {
    id: "color_source",
    versioned_id: "color_source_v3",
    name: "Color",
    settings: { color: 4_278_255_360, width: 1280, height: 720 },
  };
  const item = { id: 1, name: "Color", visible: true, pos: { x: 0, y: 0 }, scale: { x: 1, y: 1 }, bounds: { x: 0, y: 0 } };
  const scene = { id: "scene", versioned_id: "scene", name: "Scene", settings: { id_counter: 1, items: [item] } };
  const collection = {
    name: "lesson",
    current_scene: "Scene",
    current_program_scene: "Scene",
    scene_order: [{ name: "Scene" }],
    sources: [scene, color],
  };
  writeFileSync(join(scenes, "lesson.json"), JSON.stringify(collection));

  const logFile = join(home, "obs.log");
  const command = `exec xvfb-run -a obs --profile lesson --collection lesson --startstreaming --multi >'${logFile}' 2>&1`;
  const env = childEnvironment({ HOME: home, LIBGL_ALWAYS_SOFTWARE: "1", QT_QPA_PLATFORM: "xcb" });
  const child = startChild({ command: "sh", args: ["-c", command], stdio: ["ignore", "ignore", "ignore"], env });
  return {
    log: () => readFileSync(logFile, { encoding: "utf8", flag: "a+" }),
    async stop() {
      await child.stop(5_000);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
