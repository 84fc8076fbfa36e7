import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { UserError } from "../../../shared/kernel/user-error.ts";
import { locateFfmpeg } from "./locate-ffmpeg.ts";

/** A program that answers like an ffmpeg. */
async function pretender(folder: string, version: string, encoders: string): Promise<string> {
  const path = join(folder, `ffmpeg-${version}`);
  const lines = [
    "#!/bin/sh",
    'case "$2" in',
    `-version) echo "ffmpeg version ${version} Copyright";;`,
    `-encoders) printf '${encoders}';;`,
    "-demuxers) echo ' D  flv             FLV (Flash Video)';;",
    "-muxers) echo '  E mp4             MP4';;",
    "esac",
  ];
  await writeFile(path, lines.join("\n"));
  await chmod(path, 0o755);
  return path;
}

test("the ffmpeg of this machine is found and can do what is needed", async () => {
  const ffmpeg = await locateFfmpeg({ ffmpegPath: process.env["FFMPEG_PATH"] });
  assert.match(ffmpeg.version, /\d/);
});

test("none, one too old, and one without libx264 are clear errors that name what to do", async () => {
  const folder = await mkdtemp(join(tmpdir(), "airclass-test-"));
  try {
    const aac = " A....D aac        AAC\\n";
    const cases = [
      { path: "/does/not/exist", wrong: /FFMPEG_PATH=\/does\/not\/exist cannot be run \(ENOENT\): install ffmpeg 4.4 or newer/ },
      { path: await pretender(folder, "4.3.6", ""), wrong: /is version 4.3.6, and 4.4 or newer is needed/ },
      { path: await pretender(folder, "6.0", aac), wrong: /lacks the libx264 encoder/ },
    ];
    for (const { path, wrong } of cases) {
      await assert.rejects(locateFfmpeg({ ffmpegPath: path }), (error) => error instanceof UserError && wrong.test(error.message));
    }
    const good = await locateFfmpeg({ ffmpegPath: await pretender(folder, "7.1", ` V....D libx264   H.264\\n${aac}`) });
    assert.deepEqual({ ...good, path: "" }, { path: "", version: "7.1", enhancedVideo: true, enhancedAudio: true, fpsMode: true });
  } finally {
    await rm(folder, { recursive: true });
  }
});
