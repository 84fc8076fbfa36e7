import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDirectives, parseMediaPath } from "./media-request.ts";

test("the addresses of the contract", () => {
  const table: [string, unknown][] = [
    ["/live/math-3b/index.m3u8", { path: "live/math-3b", nodeId: undefined, resource: { kind: "multivariant" } }],
    ["/n/slave-1/live/math/index.m3u8", { path: "live/math", nodeId: "slave-1", resource: { kind: "multivariant" } }],
    ["/live/math/report", { path: "live/math", nodeId: undefined, resource: { kind: "report" } }],
    ["/live/math/source/stream.m3u8", { path: "live/math", nodeId: undefined, resource: { kind: "playlist", rendition: "source" } }],
    ["/live/math/720p/init-3.mp4", { path: "live/math", nodeId: undefined, resource: { kind: "init", rendition: "720p", id: 3 } }],
    ["/live/math/source/seg-42.m4s", { path: "live/math", nodeId: undefined, resource: { kind: "segment", rendition: "source", msn: 42 } }],
    [
      "/live/math/source/part-42.5.m4s",
      { path: "live/math", nodeId: undefined, resource: { kind: "part", rendition: "source", msn: 42, part: 5 } },
    ],
  ];
  for (const [url, expected] of table) assert.deepEqual(parseMediaPath(url), expected, url);
});

test("everything else is refused, hostile names first", () => {
  const refused = [
    "/",
    "",
    "/live",
    "/live/math",
    "/live/math/",
    "/live/Math/index.m3u8",
    "/live/../index.m3u8",
    "/live/..%2f/index.m3u8",
    "/live/a b/index.m3u8",
    "/other/math/index.m3u8",
    "/live/math/index.m3u8/more",
    "/live/math/source/seg-.m4s",
    "/live/math/source/seg--1.m4s",
    "/live/math/source/seg-1e3.m4s",
    "/live/math/source/seg-9999999999999999.m4s",
    "/live/math/source/part-1.m4s",
    "/live/math/source/../../etc/passwd",
    "/live/math/SOURCE/stream.m3u8",
    "/n/slave-1/index.m3u8",
    `/live/${"a".repeat(65)}/index.m3u8`,
    `/live/math/${"a".repeat(300)}/stream.m3u8`,
    "/live/__proto__/index.m3u8",
  ];
  for (const url of refused) assert.equal(parseMediaPath(url), undefined, url);
});

test("delivery directives; foreign parameters are ignored", () => {
  assert.deepEqual(parseDirectives("jwt=a.b.c&_HLS_msn=7&_HLS_part=2&_HLS_skip=YES&utm=x"), { jwt: "a.b.c", msn: 7, part: 2, skip: true });
  assert.deepEqual(parseDirectives(""), { jwt: undefined, msn: undefined, part: undefined, skip: false });
  assert.equal(parseDirectives("_HLS_skip=v2").skip, true);
  assert.equal(parseDirectives("_HLS_skip=NO").skip, false);
  for (const bad of ["-1", "1.5", "x", "", "1e3", "99999999999999999"])
    assert.ok(Number.isNaN(parseDirectives(`_HLS_msn=${bad}`).msn), bad);
});

test("the WebRTC door: its endpoint, a session, and where a token is renewed", () => {
  const id = "AAAAAAAAAAAAAAAAAAAA_-";
  const whep = (session: string | undefined, verb?: "token" | "end") => ({ kind: "whep", session, verb });
  const cases: [string, unknown][] = [
    ["/live/math/whep", whep(undefined)],
    ["/live/math/whip", { kind: "whip", session: undefined }],
    ["/live/math/whip/0b5e1a52-8d4e-4a0f-9a4b-0f5b6c7d8e9f", { kind: "whip", session: "0b5e1a52-8d4e-4a0f-9a4b-0f5b6c7d8e9f" }],
    ["/live/math/whip/../whep", undefined],
    ["/live/math/whip/0b5e1a52-8d4e-4a0f-9a4b-0f5b6c7d8e9f/x", undefined],
    [`/live/math/whep/${id}`, whep(id)],
    [`/n/slave-1/live/math/whep/${id}/token`, whep(id, "token")],
    [`/live/math/whep/${id}/end`, whep(id, "end")],
    ["/live/math/whep/", undefined],
    ["/live/math/whep/short", undefined],
    [`/live/math/whep/${id}/else`, undefined],
    [`/live/math/whep/${id}/token/more`, undefined],
  ];
  for (const [url, resource] of cases) assert.deepEqual(parseMediaPath(url)?.resource, resource, url);
});
