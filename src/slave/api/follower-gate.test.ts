import assert from "node:assert/strict";
import { test } from "node:test";
import { deriveClusterKeys } from "../../shared/tokens/cluster-keys.ts";
import { mediaCredentialLifetimeS, signMediaCredential } from "../../shared/tokens/media-credential.ts";
import { createFollowerGate } from "./follower-gate.ts";

const { media } = deriveClusterKeys("a secret of the cluster");
const nowMs = 1_800_000_000_000;
const grant = { follower: "slave-2", holder: "slave-1", path: "live/math", epoch: 3 };

const verdict = (result: ReturnType<ReturnType<typeof createFollowerGate>["check"]>) =>
  result === undefined ? "not one" : result.ok ? `${result.follower?.nodeId} ${result.follower?.epoch}` : result.code;

test("a credential is good for its holder, its stream and its time; it is looked at once", () => {
  const gate = createFollowerGate("slave-1", media);
  const credential = signMediaCredential(media, grant, nowMs);
  assert.equal(verdict(gate.check(credential, "live/math", nowMs)), "slave-2 3");
  assert.equal(gate.check(credential, "live/math", nowMs), gate.check(credential, "live/math", nowMs), "remembered");
  assert.equal(verdict(gate.check(credential, "live/art", nowMs)), "credential_invalid");
  const endMs = nowMs + 2 * mediaCredentialLifetimeS * 1_000;
  assert.equal(verdict(gate.check(credential, "live/math", endMs)), "slave-2 3", "clocks may differ");
  assert.equal(verdict(gate.check(credential, "live/math", endMs + 1)), "credential_invalid");
  assert.equal(verdict(gate.check(credential, "live/math", endMs + 1_000)), "credential_invalid", "and it stays so");
});

test("one for another node, or made with another secret, is refused; anything else is not its business", () => {
  const gate = createFollowerGate("slave-1", media);
  const elsewhere = signMediaCredential(media, { ...grant, holder: "slave-3" }, nowMs);
  const foreign = signMediaCredential(deriveClusterKeys("another secret of theirs").media, grant, nowMs);
  for (const credential of [elsewhere, foreign]) assert.equal(verdict(gate.check(credential, "live/math", nowMs)), "credential_invalid");
  const noJson = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.bm90IEpTT04.x";
  for (const other of ["", "garbage", "..", noJson, `${"a".repeat(10_000)}.b.c`])
    assert.equal(verdict(gate.check(other, "live/math", nowMs)), "not one", other.slice(0, 80));
});
