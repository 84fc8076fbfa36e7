import assert from "node:assert/strict";
import { test } from "node:test";
import { baseOf, blockingUrl, isBlocking, urlAtNode, withoutDirectives } from "./virtual-url.ts";

const first = "http://s1:8888/live/math/index.m3u8?jwt=one";
const second = { hlsUrl: "http://s2:9999/live/math/index.m3u8?jwt=two", token: "two" };

test("what hls.js calls by the first node's name is asked of the present node, with its token", () => {
  const listed = "http://s1:8888/live/math/source/stream.m3u8?jwt=one&_HLS_msn=7&_HLS_part=2";
  assert.equal(urlAtNode(listed, baseOf(first), second), "http://s2:9999/live/math/source/stream.m3u8?jwt=two&_HLS_msn=7&_HLS_part=2");
});

test("nodes behind one reverse proxy differ in their path only", () => {
  const proxied = { hlsUrl: "https://school/n/s2/live/math/index.m3u8?jwt=two", token: "two" };
  const virtual = baseOf("https://school/n/s1/live/math/index.m3u8?jwt=one");
  assert.equal(
    urlAtNode("https://school/n/s1/live/math/source/part-7.2.m4s", virtual, proxied),
    "https://school/n/s2/live/math/source/part-7.2.m4s?jwt=two",
  );
});

test("a URL outside of the stream gets no token", () => {
  for (const url of ["http://elsewhere/live/math/a.m4s", "http://s1:8888/live/maths/a.m4s", "http://s1:8888/live/math/../other/a.m4s"])
    assert.equal(urlAtNode(url, baseOf(first), second), undefined, url);
});

test("directives can be seen and taken away", () => {
  const url = "http://s1:8888/live/math/source/stream.m3u8?jwt=one&_HLS_msn=7&_HLS_part=2&_HLS_skip=YES";
  assert.equal(isBlocking(url), true);
  assert.equal(withoutDirectives(url), "http://s1:8888/live/math/source/stream.m3u8?jwt=one");
  assert.equal(isBlocking(withoutDirectives(url)), false);
});

test("a playlist can be asked for until it has a part", () => {
  const url = blockingUrl("http://s1:8888/live/math/source/stream.m3u8?jwt=one", { msn: 7, part: 2 });
  assert.equal(url, "http://s1:8888/live/math/source/stream.m3u8?jwt=one&_HLS_msn=7&_HLS_part=2");
  assert.equal(isBlocking(url), true);
});
