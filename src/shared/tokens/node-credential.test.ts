import assert from "node:assert/strict";
import { test } from "node:test";
import jwt from "jsonwebtoken";
import { deriveClusterKeys } from "./cluster-keys.ts";
import { createCredentialVerifier, credentialLifetimeS, isAnswerGenuine, signAnswer, signCredential } from "./node-credential.ts";

const keys = deriveClusterKeys("a secret of the cluster");
const nowMs = 1_800_000_000_000;
const request = { method: "POST", path: "/cluster/stats", body: '{"node_id":"slave-1"}' };

function verdict(change: Partial<typeof request & { claimedNodeId: string; key: typeof keys.credential; atMs: number }> = {}) {
  const { credential } = signCredential(change.key ?? keys.credential, { nodeId: "slave-1", ...request }, nowMs);
  const seen = { ...request, claimedNodeId: "slave-1", ...change };
  return createCredentialVerifier(keys.credential).verify(credential, seen, change.atMs ?? nowMs);
}

const codeOf = (result: ReturnType<typeof verdict>) => (result.ok ? "ok" : result.code);

test("a credential is good for its node, its request and its body", () => {
  assert.equal(codeOf(verdict()), "ok");
  assert.equal(codeOf(verdict({ claimedNodeId: "slave-2" })), "credential_wrong_node");
  assert.equal(codeOf(verdict({ path: "/cluster/register" })), "credential_invalid");
  assert.equal(codeOf(verdict({ method: "DELETE" })), "credential_invalid");
  assert.equal(codeOf(verdict({ body: '{"node_id":"slave-1","x":1}' })), "credential_invalid");
});

test("a credential made with another secret, or unsigned, is refused", () => {
  assert.equal(codeOf(verdict({ key: deriveClusterKeys("another secret of 16").credential })), "credential_invalid");
  const unsigned = jwt.sign({ sub: "slave-1", aud: "airclass-master" }, null, { algorithm: "none" });
  const result = createCredentialVerifier(keys.credential).verify(unsigned, { ...request, claimedNodeId: "slave-1" }, nowMs);
  assert.equal(codeOf(result), "credential_invalid");
});

test("a replayed credential is refused, also with the same body", () => {
  const verifier = createCredentialVerifier(keys.credential);
  const { credential } = signCredential(keys.credential, { nodeId: "slave-1", ...request }, nowMs);
  const seen = { ...request, claimedNodeId: "slave-1" };
  assert.equal(codeOf(verifier.verify(credential, seen, nowMs)), "ok");
  assert.equal(codeOf(verifier.verify(credential, seen, nowMs + 10)), "credential_replayed");
  assert.equal(codeOf(verifier.verify(credential, seen, nowMs + (credentialLifetimeS + 1) * 1000)), "clock_skew", "later it is too old");
});

test("clocks may differ by the life of a credential, not by more", () => {
  assert.equal(codeOf(verdict({ atMs: nowMs + credentialLifetimeS * 1000 })), "ok");
  assert.equal(codeOf(verdict({ atMs: nowMs - (credentialLifetimeS + 1) * 1000 })), "clock_skew");
});

test("the memory of used credentials is bounded by their life", () => {
  const verifier = createCredentialVerifier(keys.credential, 100);
  for (let i = 0; i < 1_000; i += 1) {
    const { credential } = signCredential(keys.credential, { nodeId: "slave-1", ...request }, nowMs);
    assert.equal(codeOf(verifier.verify(credential, { ...request, claimedNodeId: "slave-1" }, nowMs)), "ok");
  }
});

test("an answer is bound to its request and body", () => {
  const signature = signAnswer(keys.credential, "id-1", "body");
  assert.ok(isAnswerGenuine(keys.credential, signature, "id-1", "body"));
  assert.ok(!isAnswerGenuine(keys.credential, signature, "id-2", "body"));
  assert.ok(!isAnswerGenuine(keys.credential, signature, "id-1", "other"));
  assert.ok(!isAnswerGenuine(deriveClusterKeys("another secret of 16").credential, signature, "id-1", "body"));
  assert.ok(!isAnswerGenuine(keys.credential, null, "id-1", "body"));
  const { credential } = signCredential(keys.credential, { nodeId: "slave-1", ...request }, nowMs);
  assert.ok(!isAnswerGenuine(keys.credential, credential, "id-1", "body"), "a node's credential is no answer");
});
