import assert from "node:assert/strict";
import { test } from "node:test";
import { isSamePlaylist, withToken } from "./token-url.ts";

test("the token of a listed URI is replaced, delivery directives stay", () => {
  const url = withToken("http://node:8888/live/math/source.m3u8?jwt=old&_HLS_msn=7&_HLS_part=2", "new.to-ken_1");
  assert.equal(url, "http://node:8888/live/math/source.m3u8?jwt=new.to-ken_1&_HLS_msn=7&_HLS_part=2");
});

test("a URL without a token gets one", () => {
  assert.equal(withToken("http://node:8888/a.mp4", "t"), "http://node:8888/a.mp4?jwt=t");
});

test("the same playlist under another token is the same; another node or path is not", () => {
  assert.ok(isSamePlaylist("http://n:1/live/a/index.m3u8?jwt=1", "http://n:1/live/a/index.m3u8?jwt=2"));
  assert.ok(!isSamePlaylist("http://n:1/live/a/index.m3u8?jwt=1", "http://n:2/live/a/index.m3u8?jwt=1"));
  assert.ok(!isSamePlaylist("http://n:1/n/s1/live/a/index.m3u8", "http://n:1/n/s2/live/a/index.m3u8"));
});
