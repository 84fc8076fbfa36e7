import assert from "node:assert/strict";
import { test } from "node:test";
import { withH264 } from "./with-h264.ts";

const lines = (...all: string[]): string => all.map((line) => `${line}\r\n`).join("");
const audio = ["m=audio 9 UDP/TLS/RTP/SAVPF 111 0", "a=rtpmap:111 opus/48000/2", "a=rtpmap:0 PCMU/8000"];

test("of the picture H.264 stays, with all its profiles and what belongs to them; sound stays as it is", () => {
  const offer = lines(
    "v=0",
    ...audio,
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97 103 104 107",
    "a=rtcp-fb:* nack",
    "a=rtpmap:96 VP8/90000",
    "a=rtcp-fb:96 nack pli",
    "a=rtpmap:97 rtx/90000",
    "a=fmtp:97 apt=96",
    "a=rtpmap:103 H264/90000",
    "a=rtcp-fb:103 nack pli",
    "a=fmtp:103 packetization-mode=1;profile-level-id=42001f",
    "a=rtpmap:104 rtx/90000",
    "a=rtpmap:107 h264/90000",
    "a=mid:1",
  );
  assert.equal(
    withH264(offer),
    lines(
      "v=0",
      ...audio,
      "m=video 9 UDP/TLS/RTP/SAVPF 103 107",
      "a=rtcp-fb:* nack",
      "a=rtpmap:103 H264/90000",
      "a=rtcp-fb:103 nack pli",
      "a=fmtp:103 packetization-mode=1;profile-level-id=42001f",
      "a=rtpmap:107 h264/90000",
      "a=mid:1",
    ),
  );
});

test("an offer without H.264, without a picture, or that is none stays as it is", () => {
  for (const offer of ["", "v=0", lines(...audio), lines("m=video 9 UDP/TLS/RTP/SAVPF 96", "a=rtpmap:96 VP8/90000")])
    assert.equal(withH264(offer), offer);
});
