import assert from "node:assert/strict";
import { test } from "node:test";
import { flvAudio, flvHeader, flvMetadataTag, flvTag, flvVideo, readFlvPacket } from "./flv.ts";

const video = (hex: string) => readFlvPacket(flvVideo, Buffer.from(hex, "hex"));
const audio = (hex: string) => readFlvPacket(flvAudio, Buffer.from(hex, "hex"));

test("H.264: configuration, keyframe with composition time, inter frame, end of sequence", () => {
  const h264 = { track: "video", codec: "h264", name: "H.264", enhanced: false };
  assert.deepEqual(video("1700000000014d"), { ...h264, role: "config", keyframe: true, compositionMs: 0 });
  assert.deepEqual(video("1701000042aabb"), { ...h264, role: "frame", keyframe: true, compositionMs: 0x42 });
  assert.deepEqual(video("2701ffffd6aabb"), { ...h264, role: "frame", keyframe: false, compositionMs: -42 });
  assert.equal(video("1702000000")?.role, "ignored");
  assert.equal(video("5701000000")?.role, "ignored", "a command frame");
});

test("Enhanced RTMP: HEVC and AV1, with and without composition time", () => {
  const hvc1 = Buffer.from("hvc1").toString("hex");
  const av01 = Buffer.from("av01").toString("hex");
  const hevc = { track: "video", codec: "hevc", name: "hvc1", enhanced: true };
  assert.deepEqual(video(`90${hvc1}0101`), { ...hevc, role: "config", keyframe: true, compositionMs: 0 });
  assert.deepEqual(video(`91${hvc1}00002100`), { ...hevc, role: "frame", keyframe: true, compositionMs: 33 });
  assert.deepEqual(video(`a3${hvc1}00002100`), { ...hevc, role: "frame", keyframe: false, compositionMs: 0 });
  assert.equal(video(`91${av01}00002100`)?.compositionMs, 0);
  assert.equal(video(`94${hvc1}00`)?.role, "ignored", "metadata");
  assert.equal(video("9000000a1b")?.name, "????", "a name that would break a log line");
});

test("audio: AAC, MP3, others by name", () => {
  const aac = { track: "audio", codec: "aac", name: "AAC", enhanced: false, keyframe: false, compositionMs: 0 };
  assert.deepEqual(audio("af001210"), { ...aac, role: "config" });
  assert.deepEqual(audio("af0121"), { ...aac, role: "frame" });
  assert.equal(audio("2fffff")?.codec, "mp3");
  assert.equal(audio("b2ff")?.name, "Speex");
  assert.equal(audio(`90${Buffer.from("Opus").toString("hex")}`)?.role, "config");
});

test("what is too short is no packet, and other codecs are not taken for known ones", () => {
  for (const hex of ["", "17", "97686576"]) assert.equal(video(hex), undefined);
  for (const hex of ["", "af", "9f4f7075"]) assert.equal(audio(hex), undefined);
  assert.equal(video("1700")?.role, "ignored");
  assert.equal(video("1c000000000102")?.codec, "other");
  assert.equal(readFlvPacket(18, Buffer.from("02", "hex")), undefined);
});

test("tags carry 32-bit times, their size before and after, and the payload unchanged", () => {
  const payload = Buffer.from("af01deadbeef", "hex");
  assert.equal(flvTag(flvAudio, 0x0102_0304, payload).toString("hex"), "0800000602030401000000af01deadbeef00000011");
  assert.equal(flvHeader({ video: true, audio: false })[4], 1);
  assert.equal(flvHeader({ video: true, audio: true })[4], 5);
});

test("our metadata has the frame rate when it is one", () => {
  const tag = flvMetadataTag(30);
  assert.ok(tag.includes("onMetaData") && tag.includes("framerate"));
  assert.equal(tag.readUIntBE(1, 3), tag.length - 15);
  for (const wrong of [undefined, 0, -5, 1e9, Number.NaN]) assert.ok(!flvMetadataTag(wrong).includes("framerate"));
});
