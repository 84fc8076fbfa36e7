import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { ClusterOrders } from "../../shared/protocol/cluster-messages.ts";
import type { TokenClaims } from "../../shared/protocol/viewer-token.ts";
import { deriveClusterKeys } from "../../shared/tokens/cluster-keys.ts";
import { signMediaCredential } from "../../shared/tokens/media-credential.ts";
import { generateSigningKey, sealKeySet } from "../../shared/tokens/signing-keys.ts";
import type { SigningKey } from "../../shared/tokens/signing-keys.ts";
import { signToken } from "../../shared/tokens/viewer-token.ts";
import { createClusterKnowledge } from "../presence/cluster-knowledge.ts";
import { createFollowerGate } from "./follower-gate.ts";
import { parseDirectives } from "./media-request.ts";
import { createViewerGate } from "./viewer-gate.ts";
import type { ConnectionMemory } from "./viewer-gate.ts";
import { createViewers } from "./viewers.ts";

const clusterKeys = deriveClusterKeys("a secret of the cluster");
const startMs = 1_800_000_000_000;

async function setUp(change: Partial<ClusterOrders> = {}, maxConnections = 10) {
  const { key } = generateSigningKey();
  const knowledge = createClusterKnowledge(clusterKeys.sealing);
  const time = { ms: startMs };
  const orders = async (signing: SigningKey, more: Partial<ClusterOrders> = {}): Promise<ClusterOrders> => ({
    now_ms: time.ms,
    overload_policy: "distribute",
    draining: false,
    key_set: await sealKeySet([signing], clusterKeys.sealing),
    ...change,
    ...more,
  });
  await knowledge.apply(await orders(key), time.ms);
  const viewers = createViewers(10_000);
  const clock = { monotonicMs: () => time.ms - startMs, wallMs: () => time.ms };
  const followers = createFollowerGate("slave-1", clusterKeys.media);
  const gate = createViewerGate({ nodeId: "slave-1", maxConnections, knowledge, viewers, followers, clock });
  const newMemory = (): ConnectionMemory => ({ token: undefined, claims: undefined, keySetVersion: undefined });
  const check = (token: string | undefined, path = "live/math", memory = newMemory(), address = "10.0.0.1") => {
    const verdict = gate.check(token, path, memory, () => address);
    return verdict.ok ? "ok" : verdict.code;
  };
  const token = (more: Partial<TokenClaims> = {}) => {
    const iat = startMs / 1000;
    const claims = {
      user_type: "student",
      user_id: "kim",
      action: "read",
      path: "live/math",
      node_id: "slave-1",
      jti: "0123456789abcdef",
    } as const;
    return signToken(key, { ...claims, iat, exp: iat + 3600, ...more });
  };
  return {
    check,
    token,
    time,
    viewers,
    newMemory,
    apply: async (signing: SigningKey, more?: Partial<ClusterOrders>) => knowledge.apply(await orders(signing, more), time.ms),
    key,
  };
}

test("what a token is good for", async () => {
  const { check, token } = await setUp();
  assert.equal(check(token()), "ok");
  assert.equal(check(undefined), "token_missing");
  assert.equal(check(""), "token_missing");
  assert.equal(check("forged"), "token_invalid");
  assert.equal(check(token(), "live/art"), "wrong_path");
  assert.equal(check(token({ node_id: "slave-2" })), "wrong_node");
  assert.equal(check(token({ action: "publish" })), "wrong_action");
});

test("a connection that carries many viewers' tokens mixes nothing up", async () => {
  const { check, token, newMemory, viewers, time } = await setUp();
  const memory = newMemory();
  const kim = token();
  const lee = token({ jti: "fedcba9876543210", path: "live/art" });
  for (let round = 0; round < 3; round += 1) {
    assert.equal(check(kim, "live/math", memory), "ok");
    assert.equal(check(lee, "live/art", memory), "ok");
    assert.equal(check(lee, "live/math", memory), "wrong_path");
    assert.equal(check("forged", "live/math", memory), "token_invalid");
    assert.equal(check(undefined, "live/math", memory), "token_missing");
  }
  assert.equal(viewers.count(time.ms - startMs), 2);
});

test("a known token ends when its time is over, when it is revoked, and when its key is withdrawn", async () => {
  const { check, token, newMemory, time, apply, key } = await setUp();
  const memory = newMemory();
  const short = token({ exp: startMs / 1000 + 5 });
  assert.equal(check(short, "live/math", memory), "ok");
  time.ms += 8_000;
  assert.equal(check(short, "live/math", memory), "token_expired");
  assert.equal(check(token(), "live/math", memory), "ok");
  await apply(key, { revocations: { version: "1", tokens: [{ jti: "0123456789abcdef", exp: 0 }], paths: [] } });
  assert.equal(check(token(), "live/math", memory), "token_revoked");
  await apply(key);
  assert.equal(check(token(), "live/math", memory), "token_revoked", "an answer that says nothing new of revocations changes nothing");
  await apply(key, { revocations: { version: "2", tokens: [], paths: [] } });
  assert.equal(check(token(), "live/math", memory), "ok");
  await apply(generateSigningKey().key);
  assert.equal(check(token(), "live/math", memory), "token_invalid");
});

test("with `reject` a full node keeps its viewers and takes no more", async () => {
  const { check, token, time } = await setUp({ overload_policy: "reject" }, 2);
  const tokens = [1, 2, 3].map((number) => token({ jti: `0123456789abcde${number}` }));
  assert.deepEqual(
    tokens.map((each) => check(each)),
    ["ok", "ok", "no_capacity"],
  );
  assert.deepEqual(
    tokens.map((each) => check(each)),
    ["ok", "ok", "no_capacity"],
  );
  time.ms += 11_000;
  assert.equal(check(tokens[2]), "ok", "the others have gone");
});

test("an address that sends bad tokens has to wait, others and good tokens that are known do not", async () => {
  const { check, token, newMemory } = await setUp();
  const good = token();
  check(good);
  const codes = Array.from({ length: 600 }, (_, index) => check(`bad.${index}.token`));
  assert.equal(codes[0], "token_invalid");
  assert.equal(codes.at(-1), "node_busy");
  assert.equal(check(good), "ok");
  assert.equal(check("bad.token", "live/math", newMemory(), "10.0.0.2"), "token_invalid");
});

test("another node's credential is no viewer, passes whoever floods from its address, and is limited when it is bad", async () => {
  const { check, viewers, time, newMemory, token } = await setUp({ overload_policy: "reject" }, 1);
  const credential = (holder = "slave-1") =>
    signMediaCredential(clusterKeys.media, { follower: "slave-2", holder, path: "live/math", epoch: 1 }, time.ms);
  const memory = newMemory();
  const viewer = token();
  check(viewer);
  const codes = Array.from({ length: 600 }, () => check(credential("slave-3")));
  assert.equal(codes[0], "credential_invalid");
  assert.equal(codes.at(-1), "node_busy");
  for (let round = 0; round < 3; round += 1) {
    assert.equal(check(credential(), "live/math", memory), "ok");
    assert.equal(check(viewer, "live/math", memory), "ok", "on the same connection");
    assert.equal(check(credential(), "live/art", memory), "node_busy");
  }
  assert.equal(viewers.count(time.ms - startMs), 1);
});

test("who owns a whole IPv6 network is one sender", async () => {
  const { check, newMemory } = await setUp();
  const codes = Array.from({ length: 600 }, (_, index) =>
    check(`bad.${index}.token`, "live/math", newMemory(), `2001:db8:1:2::${index.toString(16)}`),
  );
  assert.equal(codes.at(-1), "node_busy");
  assert.equal(check("bad.token", "live/math", newMemory(), "2001:db8:1:3::1"), "token_invalid");
});

test("a remembered token does not keep the rest of its URL in memory", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const { check, token } = await setUp();
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let viewer = 0; viewer < 3_000; viewer += 1) {
    // As the parser of HTTP makes it: one string of the whole query.
    const jwt = token({ jti: `viewer-${String(viewer).padStart(10, "0")}` });
    const query = Buffer.from(`x=${"a".repeat(15_000)}&jwt=${jwt}`).toString("latin1");
    assert.equal(check(parseDirectives(query).jwt), "ok");
  }
  collect();
  const grownBytes = process.memoryUsage().heapUsed - before;
  assert.ok(grownBytes < 20e6, `${Math.round(grownBytes / 1e6)} MB for 3,000 tokens`);
  assert.equal(check(token()), "ok");
});
