import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeInfo } from "../../../test/support/node-info.ts";
import type { NodeInfo } from "../registry/registered-node.ts";
import { hlsBase, hlsUrlOf, hostFor, hostNameOf, mediaUrl, urlsOf } from "./node-urls.ts";

const node: NodeInfo = nodeInfo("slave-1", { host: "10.0.0.7" });

test("a node on the master's machine is reached by the name that led to the master", () => {
  const local = { ...node, host: "127.0.0.1" };
  const by = (host: string | undefined) => ({ host, base: "https://class.example/air" });
  assert.equal(hlsUrlOf(local, by("192.168.1.10")), "http://192.168.1.10:8888");
  assert.equal(urlsOf(local, "fd00::1").rtmp, "rtmp://[fd00::1]:1935/live");
  assert.equal(hlsUrlOf(local, by(undefined)), "http://127.0.0.1:8888");
  assert.equal(hlsUrlOf({ ...local, hlsUrl: "https://x.example/n/1" }, by("192.168.1.10")), "https://x.example/n/1");
  assert.equal(hlsUrlOf(node, by("192.168.1.10")), "http://10.0.0.7:8888");
  assert.equal(hlsUrlOf({ ...local, hlsUrl: "/n/slave-1" }, by("192.168.1.10")), "https://class.example/air/n/slave-1");
});

test("slaves read from one another straight, and reach the master's machine by the name that led them to the master", () => {
  const local = { ...node, host: "127.0.0.1" };
  assert.equal(hostFor(local, { isLocal: false, askedHost: "192.168.1.10" }), "192.168.1.10");
  assert.equal(hostFor(local, { isLocal: true, askedHost: "192.168.1.10" }), "127.0.0.1");
  assert.equal(hostFor(local, { isLocal: false, askedHost: undefined }), "127.0.0.1");
  assert.equal(hostFor(node, { isLocal: false, askedHost: "192.168.1.10" }), "10.0.0.7");
  const table: [Partial<NodeInfo>, string][] = [
    [{}, "http://10.0.0.7:8888"],
    [{ hlsUrl: "http://class.example/n/slave-1" }, "http://10.0.0.7:8888"],
    [{ tls: true }, "https://10.0.0.7:8888"],
    [{ tls: true, hlsUrl: "https://pc-1.example:9000" }, "https://pc-1.example:9000"],
    [{ tls: true, hlsUrl: "https://class.example/n/slave-1" }, "https://10.0.0.7:8888"],
    [{ tls: true, hlsUrl: "http://class.example" }, "https://10.0.0.7:8888"],
    [{ hlsUrl: "/n/slave-1" }, "http://10.0.0.7:8888"],
    [{ tls: true, hlsUrl: "/n/slave-1" }, "https://10.0.0.7:8888"],
  ];
  for (const [changes, expected] of table) assert.equal(mediaUrl({ ...node, ...changes }, node.host), expected);
  assert.equal(mediaUrl(node, "fd00::1"), "http://[fd00::1]:8888");
});

test("host names come out of a Host header only when they are some", () => {
  const table: [string | undefined, string | undefined][] = [
    ["school.example:8000", "school.example"],
    ["10.0.0.1", "10.0.0.1"],
    ["[::1]:8000", "::1"],
    [undefined, undefined],
    ["", undefined],
    ["evil.example/x?", undefined],
    ["a b", undefined],
    ["user@evil.example", undefined],
    ['"><script>', undefined],
    ["evil.example\r\nX: y", undefined],
  ];
  for (const [header, expected] of table) assert.equal(hostNameOf(header), expected, String(header));
});

test("a base of playlists is http or https, without user, query and fragment", () => {
  assert.deepEqual(hlsBase("http://x.example:8888/n/{node_id}//", "slave-1"), { base: "http://x.example:8888/n/slave-1" });
  assert.deepEqual(hlsBase("/n/{node_id}/", "slave-1"), { base: "/n/slave-1" });
  for (const wrong of ["/", "//evil.example/n", "/n//x", "/n/../api", "/./n", "/n?x", "/n#x", "/n/%2e%2e", "/n\\x", "/n x"]) {
    assert.ok("problem" in hlsBase(wrong, "slave-1"), wrong);
  }
  for (const wrong of ["", "x", "ftp://x", "javascript:alert(1)", "http://u@x", "http://u:p@x", "http://x?a", "http://x#a", "//x"]) {
    assert.ok("problem" in hlsBase(wrong, "slave-1"), wrong);
  }
});
