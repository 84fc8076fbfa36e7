import assert from "node:assert/strict";
import { test } from "node:test";
import { flvAudio, flvHeader, flvMetadataTag, flvTag, flvVideo } from "../../../shared/rtmp/flv.ts";
import { openingTags, startJob } from "./ffmpeg-start.ts";
import type { StartInput } from "./ffmpeg-start.ts";
import type { Track } from "./track-set.ts";

const track = (kind: "video" | "audio", codec: string, config: string): Track => ({
  kind,
  codec,
  name: codec,
  needsConfig: true,
  config: Buffer.from(config),
  copyAs: kind === "video" ? "h264" : undefined,
  unsupported: undefined,
});
const frame = (video: boolean, mediaMs: number, tag: string) => ({
  tag: Buffer.from(tag),
  video,
  keyframe: video,
  mediaMs,
  compositionMs: video ? 40 : 0,
});
const input: StartInput = {
  present: { video: true, audio: true },
  tracks: { video: track("video", "h264", "avcC"), audio: track("audio", "aac", "asc") },
  frames: [frame(true, 1_000, "key"), frame(false, 1_010, "sound")],
};
const source = { name: "source", height: undefined } as const;
const small = { name: "480p", height: 480 } as const;
const usual = { renditions: [source, small], height: 720, encodeSource: undefined, fpsMode: true };

test("ffmpeg gets what frames mean before the frames, of the tracks that it is given", () => {
  const tags = (present: StartInput["present"]) => openingTags({ ...input, present }, 30);
  assert.deepEqual(tags(input.present), [
    flvHeader(input.present),
    flvMetadataTag(30),
    flvTag(flvVideo, 0, Buffer.from("avcC")),
    flvTag(flvAudio, 0, Buffer.from("asc")),
    Buffer.from("key"),
    Buffer.from("sound"),
  ]);
  const sound = { video: false, audio: true };
  assert.deepEqual(tags(sound), [flvHeader(sound), flvMetadataTag(30), flvTag(flvAudio, 0, Buffer.from("asc")), Buffer.from("sound")]);
});

test("sound alone has one quality; a source that is encoded has its keyframe where nothing was handed out yet", () => {
  assert.deepEqual(startJob(input, usual), {
    renditions: [source, small],
    video: { codec: "h264", height: 720 },
    audio: { copy: true },
    encodeSource: undefined,
    fpsMode: true,
  });
  const sound = startJob({ ...input, present: { video: false, audio: true } }, usual);
  assert.deepEqual([sound.renditions, sound.video], [[source], undefined]);
  // Shown from 1,040 on, handed out until 3,040; 8 ms early, for rounded times.
  const encoded = startJob(input, { ...usual, encodeSource: { deliveredMs: 3_040, everyS: 2 } });
  assert.deepEqual(encoded.encodeSource, { afterMs: 1_992, everyS: 2 });
});
