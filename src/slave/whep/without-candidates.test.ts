import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutCandidates } from "./without-candidates.ts";

const candidate = "a=candidate:1 1 tcp 1671430143 127.0.0.1 6379 typ host tcptype passive";

test("candidates are taken out, and nothing else", () => {
  const offer = ["v=0", "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:0", "a=end-of-candidates", "a=ice-options:trickle", ""];
  const plain = offer.join("\r\n");
  assert.equal(withoutCandidates(plain), plain);
  const full = offer.flatMap((line) => (line.startsWith("a=mid") ? [line, candidate, candidate] : [line])).join("\r\n");
  assert.equal(withoutCandidates(full), plain);
  assert.equal(withoutCandidates(candidate), "");
  assert.equal(withoutCandidates(`${candidate}\r\na=mid:0\r\n`), "\r\na=mid:0\r\n");
});

test("also those that do not stand in a line of their own", () => {
  for (const hidden of [
    `c=IN IP4 0.0.0.0 ${candidate}\r\na=mid:0`,
    `a=mid:0\r${candidate}\n`,
    `a=mid:0\n\n${candidate}`,
    `a=can${candidate}\r\ndidate:2`,
  ]) {
    assert.doesNotMatch(withoutCandidates(hidden), /candidate:/, JSON.stringify(hidden));
  }
});
