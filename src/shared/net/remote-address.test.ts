import assert from "node:assert/strict";
import { test } from "node:test";
import { plainAddress, senderOf } from "./remote-address.ts";

test("addresses: IPv4 in IPv6 is IPv4, an IPv6 sender is its /64", () => {
  assert.equal(plainAddress("::ffff:10.0.0.7"), "10.0.0.7");
  assert.equal(plainAddress("fd00::1"), "fd00::1");
  const senders: [string, string][] = [
    ["10.0.0.7", "10.0.0.7"],
    ["::ffff:10.0.0.7", "10.0.0.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::9", "2001:db8:1:2"],
    ["2001:db8::9", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["fe80::", "fe80:0:0:0"],
  ];
  for (const [address, sender] of senders) assert.equal(senderOf(address), sender, address);
});
