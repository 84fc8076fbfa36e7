import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../shared/kernel/user-error.ts";
import { parsePortRange, withOutsideCandidates } from "./outside-candidates.ts";

const own = new Set(["172.18.0.3", "172.19.0.2"]);
const isOwn = (address: string): boolean => own.has(address);
const answer = (...hosts: readonly string[]): string =>
  [
    "v=0",
    "m=video 9 UDP/TLS/RTP/SAVPF 96",
    "a=mid:0",
    ...hosts.flatMap((host) => [
      `a=candidate:1 1 udp 2130706431 ${host} 8189 typ host ufrag x`,
      `a=candidate:2 1 tcp 1671430143 ${host} 8189 typ host tcptype passive ufrag x`,
    ]),
    "a=end-of-candidates",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    "a=mid:1",
    "",
  ].join("\r\n");
const found = (sdp: string): string[] =>
  [...sdp.matchAll(/^a=candidate:\S+ 1 (\w+) \d+ (\S+ \d+) typ host$/gm)].map(([, how, where]) => `${how} ${where}`);
const ports = parsePortRange("8189-8191");

test("what the media server was told is offered at every port, its own addresses no more", () => {
  const sdp = withOutsideCandidates(answer("172.18.0.3", "192.168.1.10", "172.19.0.2"), ports, { isOwn, asked: "10.0.0.1:8000" });
  assert.deepEqual(found(sdp), ["udp 192.168.1.10 8189", "udp 192.168.1.10 8190", "udp 192.168.1.10 8191"]);
  assert.doesNotMatch(sdp, /172\.|tcp|10\.0\.0\.1/);
  assert.match(sdp, /^a=end-of-candidates\r\nm=audio .*\r\na=mid:1\r\n$/m);
  const priorities = [...sdp.matchAll(/ udp (\d+) /g)].map(([, priority]) => Number(priority));
  assert.deepEqual(
    priorities,
    [...new Set(priorities)].toSorted((a, b) => b - a),
  );
  assert.ok(priorities.every((priority) => priority < 2 ** 31));
});

test("without that it is the address by which the request came", () => {
  const hosts: readonly (readonly [string, string])[] = [
    ["192.168.1.10:8000", "192.168.1.10"],
    ["192.168.1.10", "192.168.1.10"],
    ["[fd00::7]:8000", "fd00::7"],
    ["localhost:8000", "127.0.0.1"],
  ];
  for (const [asked, host] of hosts)
    assert.equal(found(withOutsideCandidates(answer("172.18.0.3"), ports, { isOwn, asked }))[0], `udp ${host} 8189`);
});

test("a name, nonsense or nothing changes nothing, nor does an answer without candidates", () => {
  const sdp = answer("172.18.0.3");
  for (const asked of [undefined, "", "class.school.example", "1.2.3", "a b\r\na=candidate:9", "[::g]:80", "1.2.3.4\r\nx:80"])
    assert.equal(withOutsideCandidates(sdp, ports, { isOwn, asked }), sdp);
  assert.equal(withOutsideCandidates(answer(), ports, { isOwn, asked: "192.168.1.10" }), answer());
  assert.equal(withOutsideCandidates("", ports, { isOwn, asked: "192.168.1.10" }), "");
});

test("a range of ports is bounded", () => {
  assert.deepEqual(parsePortRange("8189"), { first: 8189, last: 8189 });
  assert.deepEqual(parsePortRange("1-32"), { first: 1, last: 32 });
  for (const wrong of ["1-33", "0-3", "9-8", "65535-65536", "0"]) assert.throws(() => parsePortRange(wrong), UserError, wrong);
});
