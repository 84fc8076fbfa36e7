import assert from "node:assert/strict";
import { test } from "node:test";
import { multivariantPlaylistText } from "../../slave/media/multivariant-playlist.ts";
import type { Variant } from "../../slave/media/multivariant-playlist.ts";
import { playlistTemplate } from "../../slave/media/playlist-template.ts";
import { PlaylistError } from "./playlist-error.ts";
import { readMultivariantPlaylist } from "./read-multivariant-playlist.ts";

const source: Variant = {
  name: "source",
  peakBandwidth: 4_200_000.5,
  averageBandwidth: 3_000_000,
  codecs: "avc1.64001f,mp4a.40.2",
  width: 1280,
  height: 720,
  frameRate: 29.97,
};
const sound: Variant = {
  ...source,
  name: "sound",
  averageBandwidth: undefined,
  codecs: "mp4a.40.2",
  width: undefined,
  height: undefined,
  frameRate: undefined,
};
const render = (variants: readonly Variant[]): string => playlistTemplate(multivariantPlaylistText(variants)).bare.toString();

test("what the renderer writes is read back", () => {
  assert.deepEqual(readMultivariantPlaylist(render([source, sound])), [
    {
      name: "source",
      description: { codecs: "avc1.64001f,mp4a.40.2", width: 1280, height: 720, frameRate: 29.97, nominalBitrate: 4_200_001 },
    },
    {
      name: "sound",
      description: { codecs: "mp4a.40.2", width: undefined, height: undefined, frameRate: undefined, nominalBitrate: 4_200_001 },
    },
  ]);
});

const damage: readonly [what: string, from: string, to: string][] = [
  ["no playlist", "#EXTM3U", "nothing"],
  ["a URI that leads elsewhere", "source/stream.m3u8", "../../x/source/stream.m3u8"],
  ["a name that is none of ours", "source/", "__proto__/"],
  ["no codecs", "CODECS", "CODEX"],
  ["codecs that would leave their quotes", "avc1.64001f,", "avc1 64001f,"],
  ["a bitrate of 0", "BANDWIDTH=4200001", "BANDWIDTH=0"],
  ["a bitrate that is none", "BANDWIDTH=4200001", "BANDWIDTH=NaN"],
  ["a picture beyond all bounds", "1280x720", "99999x720"],
  ["the same name twice", "sound/", "source/"],
];
for (const [what, from, to] of damage) {
  test(`refused: ${what}`, () => {
    assert.throws(() => readMultivariantPlaylist(render([source, sound]).replace(from, to)), PlaylistError);
  });
}

test("a flood of variants, and none at all, are refused", () => {
  const many = Array.from({ length: 13 }, (_, index) => ({ ...source, name: `r${index}` }));
  assert.throws(() => readMultivariantPlaylist(render(many)), PlaylistError);
  assert.throws(() => readMultivariantPlaylist(render([])), PlaylistError);
});
