import assert from "node:assert/strict";
import { test } from "node:test";
import { deriveClusterKeys } from "./cluster-keys.ts";
import { readMasterCredential, signMasterCredential } from "./master-credential.ts";
import type { MasterQuestion } from "./master-credential.ts";

const keys = deriveClusterKeys("a secret of the cluster");
const nowMs = 1_800_000_000_000;
const question: MasterQuestion = { nodeId: "slave-1", ask: "viewers", path: "live/math" };

test("good for one slave, one question and one stream, for as long as it lives", () => {
  const { credential, id } = signMasterCredential(keys.request, question, nowMs);
  const read = (change: Partial<MasterQuestion> = {}, key = keys.request, atMs = nowMs) =>
    readMasterCredential(key, credential, { ...question, ...change }, atMs);
  assert.equal(read(), id);
  assert.equal(read({ nodeId: "slave-2" }), undefined);
  assert.equal(read({ ask: "nudge" }), undefined);
  assert.equal(read({ path: "live/art" }), undefined);
  assert.equal(read({ path: undefined }), undefined);
  assert.equal(read({}, keys.media), undefined);
  assert.equal(read({}, deriveClusterKeys("another cluster!").request), undefined);
  assert.equal(read({}, keys.request, nowMs + 61_000), undefined);
  assert.equal(readMasterCredential(keys.request, "x.y.z", question, nowMs), undefined);
});

test("a question about no stream", () => {
  const nudge: MasterQuestion = { nodeId: "slave-1", ask: "nudge", path: undefined };
  const { credential, id } = signMasterCredential(keys.request, nudge, nowMs);
  assert.equal(readMasterCredential(keys.request, credential, nudge, nowMs), id);
  assert.equal(readMasterCredential(keys.request, credential, { ...nudge, path: "live/math" }, nowMs), undefined);
});
