import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { UserError } from "../kernel/user-error.ts";
import { createTrustedProxies } from "./trusted-proxies.ts";

const request = (remoteAddress: string | undefined, forwardedFor?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor },
  }) as unknown as IncomingMessage;

test("who says for whom he asks is believed only when he is a trusted proxy", () => {
  const door = createTrustedProxies(["172.20.0.2", "fd00::/8"]);
  const table: [peer: string | undefined, header: string | undefined, client: string][] = [
    ["10.0.0.7", undefined, "10.0.0.7"],
    // A student who would like to be somebody else, straight and through the door, which appends or overwrites.
    ["10.0.0.7", "10.0.0.8", "10.0.0.7"],
    ["172.20.0.2", "10.0.0.8, 10.0.0.7", "10.0.0.7"],
    ["172.20.0.2", "10.0.0.7", "10.0.0.7"],
    ["::ffff:172.20.0.2", "::ffff:10.0.0.7", "10.0.0.7"],
    ["fd00::2", "2001:db8::9", "2001:db8::9"],
    // Two proxies, one behind the other.
    ["172.20.0.2", "10.0.0.7, fd00::1", "10.0.0.7"],
    // What is no address was not written by the proxy; what it wrote after it counts.
    ["172.20.0.2", "nonsense, 10.0.0.7", "10.0.0.7"],
    ["172.20.0.2", "10.0.0.7, nonsense", "172.20.0.2"],
    ["172.20.0.2", "", "172.20.0.2"],
    ["172.20.0.2", "x".repeat(5_000), "172.20.0.2"],
    ["172.20.0.2", undefined, "172.20.0.2"],
    [undefined, "10.0.0.7", ""],
  ];
  for (const [peer, header, client] of table)
    assert.equal(door.clientOf(request(peer, header)), client, `${peer}: ${header?.slice(0, 40)}`);
});

test("a request has the name that a trusted proxy gave it, else one of its own", () => {
  const door = createTrustedProxies(["172.20.0.2"]);
  const named = (remoteAddress: string, id: string) =>
    door.requestIdOf({ socket: { remoteAddress }, headers: { "x-request-id": id } } as unknown as IncomingMessage);
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  assert.equal(named("172.20.0.2", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"), "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
  assert.match(named("10.0.0.7", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"), uuid);
  for (const hostile of ["", "x".repeat(65), 'a"b', "a b", "a\nb", "<script>"]) assert.match(named("172.20.0.2", hostile), uuid, hostile);
  assert.notEqual(named("172.20.0.2", ""), named("172.20.0.2", ""));
});

test("by default nobody is trusted", () => {
  const nobody = createTrustedProxies();
  assert.equal(nobody.trusts("127.0.0.1"), false);
  assert.equal(nobody.clientOf(request("127.0.0.1", "10.0.0.7")), "127.0.0.1");
});

test("networks and names that proxy-addr knows; others are a sentence", () => {
  assert.equal(createTrustedProxies(["loopback"]).trusts("127.0.0.9"), true);
  assert.equal(createTrustedProxies(["loopback"]).trusts("::ffff:127.0.0.1"), true);
  assert.equal(createTrustedProxies(["uniquelocal"]).trusts("192.168.1.1"), true);
  assert.equal(createTrustedProxies(["uniquelocal"]).trusts("8.8.8.8"), false);
  for (const wrong of ["1.2.3.4/99", "1.2.3.4.5", "::g"]) {
    assert.throws(
      () => createTrustedProxies([wrong]),
      (error) => error instanceof UserError && error.exitCode === 2 && error.message.startsWith("TRUSTED_PROXIES="),
      wrong,
    );
  }
});
