import assert from "node:assert/strict";
import { test } from "node:test";
import { readFlvPacket } from "../../../shared/rtmp/flv.ts";
import { markFrameType } from "./enhanced-keyframes.ts";

const marked = (hex: string): string => {
  const payload = Buffer.from(hex.replaceAll(" ", ""), "hex");
  const before = Buffer.from(payload);
  markFrameType(payload);
  assert.deepEqual(payload.subarray(1), before.subarray(1), "nothing but the first byte changes");
  return payload.toString("hex", 0, 1);
};

const [hvc1, av01, avc1] = ["68766331", "61763031", "61766331"];

test("HEVC: a picture that needs none before it is a keyframe, whatever comes before it in its message", () => {
  const [vps, aud, idr, cra, trailing] = ["00000003 400101", "00000003 460150", "00000004 2601aabb", "00000003 2a01aa", "00000003 0201aa"];
  assert.equal(marked(`83 ${hvc1} ${vps} ${idr}`), "93");
  assert.equal(marked(`83 ${hvc1} ${aud} ${cra}`), "93");
  assert.equal(marked(`83 ${hvc1} ${aud} ${trailing}`), "a3");
  assert.equal(marked(`81 ${hvc1} 000021 ${idr}`), "91", "behind a composition time");
  assert.equal(marked(`81 ${hvc1} 000021 ${trailing}`), "a1");
  assert.equal(marked(`80 ${hvc1} 01`), "90", "a configuration");
});

test("AV1: a sequence header makes a keyframe", () => {
  const [delimiter, sequence, frame, long] = ["1200", "0a03 0000ff", "3202 aabb", `32 8001 ${"00".repeat(128)}`];
  assert.equal(marked(`83 ${av01} ${delimiter} ${sequence} ${frame}`), "93");
  assert.equal(marked(`83 ${av01} ${delimiter} ${frame}`), "a3");
  assert.equal(marked(`83 ${av01} ${delimiter} ${long} ${sequence}`), "93");
  assert.equal(marked(`83 ${av01} 3600 01 aa`), "a3", "with an extension");
  assert.equal(marked(`83 ${av01} 30aabb0a`), "a3", "without a size");
});

test("what says it itself, is no frame, or is damaged is left alone", () => {
  for (const [message, first] of [
    ["1701000000 0000000165", "17"],
    [`83 ${avc1} 0000000165`, "83"],
    [`a3 ${hvc1} 000000032601aa`, "a3"],
    [`82 ${hvc1}`, "82"],
    ["83", "83"],
    ["", ""],
    [`83 ${hvc1} ffffffff 02`, "a3"],
    [`83 ${hvc1} 0000`, "a3"],
    [`83 ${av01} 32ffffffffffffffffffff`, "a3"],
  ] as const)
    assert.equal(marked(message), first, message);
});

test("what is marked is read as what it is", () => {
  const payload = Buffer.from(`83${hvc1}000000042601aabb`, "hex");
  markFrameType(payload);
  const packet = readFlvPacket(9, payload);
  assert.deepEqual([packet?.codec, packet?.role, packet?.keyframe], ["hevc", "frame", true]);
});
