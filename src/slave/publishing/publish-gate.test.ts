import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { ClusterOrders } from "../../shared/protocol/cluster-messages.ts";
import type { TokenClaims } from "../../shared/protocol/viewer-token.ts";
import { deriveClusterKeys } from "../../shared/tokens/cluster-keys.ts";
import { hashSecret } from "../../shared/tokens/random-secrets.ts";
import { generateSigningKey, sealKeySet } from "../../shared/tokens/signing-keys.ts";
import { readRelayRefusal } from "../../shared/protocol/relay-refusal.ts";
import { signRelayCredential } from "../../shared/tokens/relay-credential.ts";
import type { RelayGrant } from "../../shared/tokens/relay-credential.ts";
import { signToken } from "../../shared/tokens/viewer-token.ts";
import { createClusterKnowledge } from "../presence/cluster-knowledge.ts";
import { createPublishGate } from "./publish-gate.ts";

const keys = deriveClusterKeys("a secret of the cluster");
const { key: signing } = generateSigningKey();
const wallMs = 1_800_000_000_000;

async function orders(classes: Record<string, string>, revoked: string[] = []): Promise<ClusterOrders> {
  return {
    now_ms: wallMs,
    overload_policy: "distribute",
    draining: false,
    key_set: await sealKeySet([signing], keys.sealing),
    class_grants: { version: "1", classes: Object.entries(classes).map(([name, key]) => ({ name, stream_key_hash: hashSecret(key) })) },
    revocations: { version: revoked.join(), tokens: revoked.map((jti) => ({ jti, exp: 0 })), paths: [] },
  };
}

async function setUp(classes: Record<string, string> = { math: "the key" }) {
  const knowledge = createClusterKnowledge(keys.sealing);
  await knowledge.apply(await orders(classes), wallMs);
  const asked = { times: 0, news: async () => {} };
  const claimed: [string, string][] = [];
  const world = { present: false };
  let nowMs = 0;
  const gateWith = (clock: Clock) =>
    createPublishGate({
      nodeId: "slave-1",
      knowledge,
      relayKey: keys.relay,
      origins: {
        claim: async (path, claim) => {
          claimed.push([path, claim.kind]);
          if (world.present) return { ok: false, code: "publisher_present", reason: "Somebody is there." };
          return { ok: true, epoch: claim.kind === "relay" ? claim.grant.epoch : 1 };
        },
      },
      clock,
      refresh: async () => {
        asked.times += 1;
        await asked.news();
        return true;
      },
    });
  const gate = gateWith({ monotonicMs: () => (nowMs += 10_000), wallMs: () => wallMs });
  const ask = (given: { path?: string; key?: string; token?: string; relay?: string }) =>
    gate.mayPublish({
      path: "live/math",
      key: undefined,
      token: undefined,
      relay: undefined,
      remoteAddress: "127.0.0.1",
      ...given,
    });
  const publish = async (given: Parameters<typeof ask>[0]) => {
    const verdict = await ask(given);
    if (!verdict.allowed) return verdict.code;
    verdict.taken?.();
    return "allowed";
  };
  return { knowledge, gate, gateWith, ask, publish, asked, claimed, world };
}

const claims: TokenClaims = {
  user_type: "teacher",
  user_id: "lee",
  action: "publish",
  path: "live/math",
  node_id: "slave-1",
  iat: wallMs / 1000,
  exp: wallMs / 1000 + 60,
  jti: "0123456789abcdef",
};

test("the class's key lets in without a word to the master", async () => {
  const { publish, asked } = await setUp();
  assert.equal(await publish({ key: "the key" }), "allowed");
  assert.equal(asked.times, 0);
});

test("refusals: no key, wrong key, unknown class, hostile name", async () => {
  const { publish } = await setUp();
  assert.equal(await publish({}), "wrong_key");
  assert.equal(await publish({ key: "another" }), "wrong_key");
  assert.equal(await publish({ key: "" }), "wrong_key");
  assert.equal(await publish({ path: "live/art", key: "the key" }), "no_such_class");
  assert.equal(await publish({ path: "live/../math", key: "the key" }), "bad_name");
  assert.equal(await publish({ path: "live/__proto__", key: "the key" }), "bad_name");
});

test("a class made a moment ago is asked for", async () => {
  const { publish, knowledge, asked } = await setUp({});
  asked.news = async () => knowledge.apply(await orders({ math: "the key" }), wallMs);
  assert.equal(await publish({ key: "the key" }), "allowed");
  assert.equal(asked.times, 1);
});

test("guesses do not keep a new class out: all who are refused wait for one question, a second after the last", async () => {
  const { knowledge, asked, gateWith } = await setUp({});
  const startedMs = performance.now();
  const gate = gateWith({ monotonicMs: () => performance.now(), wallMs: () => wallMs });
  const publish = (key: string) =>
    gate.mayPublish({ path: "live/math", key, token: undefined, relay: undefined, remoteAddress: "127.0.0.1" });
  assert.equal((await publish("a guess")).allowed, false);
  assert.equal(asked.times, 1);
  asked.news = async () => knowledge.apply(await orders({ math: "the key" }), wallMs);
  const verdicts = await Promise.all([...Array.from({ length: 50 }, () => publish("a guess")), publish("the key")]);
  assert.deepEqual(new Set(verdicts.slice(0, -1).map(({ allowed }) => allowed)), new Set([false]));
  assert.equal(verdicts.at(-1)?.allowed, true);
  assert.equal(asked.times, 2);
  assert.ok(performance.now() - startedMs >= 990);
});

test("tokens: only to publish, only here, only this stream", async () => {
  const { publish } = await setUp();
  const withClaims = (change: Partial<TokenClaims>) => publish({ token: signToken(signing, { ...claims, ...change }) });
  assert.equal(await withClaims({}), "allowed");
  assert.equal(await withClaims({ action: "read" }), "bad_token");
  assert.equal(await withClaims({ node_id: "slave-2" }), "bad_token");
  assert.equal(await withClaims({ path: "live/art" }), "bad_token");
  assert.equal(await withClaims({ exp: wallMs / 1000 - 60 }), "bad_token");
  assert.equal(await publish({ token: "forged" }), "bad_token");
});

test("a rotated key, a deleted class or a revoked token ends what it let in", async () => {
  const { gate, publish, knowledge } = await setUp();
  assert.equal(gate.isStillAllowed("live/math"), false, "nobody was let in yet");
  await publish({ key: "the key" });
  assert.equal(gate.isStillAllowed("live/math"), true);
  await knowledge.apply(await orders({ math: "a new key" }), wallMs);
  assert.equal(gate.isStillAllowed("live/math"), false);
  await publish({ key: "a new key" });
  assert.equal(gate.isStillAllowed("live/math"), true);
  await knowledge.apply(await orders({}), wallMs);
  assert.equal(gate.isStillAllowed("live/math"), false);
  await knowledge.apply(await orders({ math: "the key" }), wallMs);
  await publish({ token: signToken(signing, claims) });
  assert.equal(gate.isStillAllowed("live/math"), true);
  await knowledge.apply(await orders({ math: "the key" }, [claims.jti]), wallMs);
  assert.equal(gate.isStillAllowed("live/math"), false);
});

const grant: RelayGrant = {
  gatewayId: "gateway-1",
  nodeId: "slave-1",
  path: "live/math",
  epoch: 7,
  handoverFrom: "slave-2",
  anchor: { timestampMs: 100, wallMs },
};

test("a gateway shows a credential instead of a key: it takes over, with epoch, anchor and the origin before", async () => {
  const { ask, claimed, gate, knowledge } = await setUp();
  const verdict = await ask({ relay: signRelayCredential(keys.relay, grant, wallMs) });
  assert.ok(verdict.allowed && verdict.takesOver);
  assert.deepEqual(verdict.anchor, grant.anchor);
  assert.deepEqual(verdict.origin, { epoch: 7, handoverFrom: "slave-2" });
  assert.deepEqual(claimed, [["live/math", "relay"]]);
  verdict.taken?.();
  assert.equal(gate.isStillAllowed("live/math"), true);
  await knowledge.apply(await orders({ math: "a new key" }), wallMs);
  assert.equal(gate.isStillAllowed("live/math"), true, "the gateway looks after the key");
  await knowledge.apply(await orders({}), wallMs);
  assert.equal(gate.isStillAllowed("live/math"), false, "the class is gone");
});

test("a gateway is told in a word why it is refused, a teacher in a sentence", async () => {
  const { ask, world } = await setUp();
  world.present = true;
  const reasons = [];
  for (const shown of [{ relay: signRelayCredential(keys.relay, grant, wallMs) }, { relay: "x" }, { key: "the key" }]) {
    const verdict = await ask(shown);
    reasons.push(verdict.allowed ? "allowed" : readRelayRefusal(verdict.reason).code);
  }
  assert.deepEqual(reasons, ["publisher_present", "bad_token", undefined]);
});

test("a closed class: key, token and relay are refused with the reason, who publishes is cut off; opened again, all may", async () => {
  const { publish, ask, gate, knowledge } = await setUp();
  const ways = [{ key: "the key" }, { token: signToken(signing, claims) }, { relay: signRelayCredential(keys.relay, grant, wallMs) }];
  const tryAll = async () => {
    const codes = [];
    for (const way of ways) codes.push(await publish(way));
    return codes;
  };
  assert.deepEqual(await tryAll(), ["allowed", "allowed", "allowed"]);
  const news = await orders({ math: "the key" });
  const classes = (news.class_grants?.classes ?? []).map((grant) => ({ ...grant, closed: true }));
  await knowledge.apply({ ...news, class_grants: { version: "2", classes } }, wallMs);
  assert.equal(gate.isStillAllowed("live/math"), false);
  assert.deepEqual(await tryAll(), ["class_closed", "class_closed", "class_closed"]);
  assert.equal(await publish({ key: "a guess" }), "wrong_key", "who has no key learns nothing");
  const verdict = await ask({ key: "the key" });
  assert.match(verdict.allowed ? "" : verdict.reason, /^This class is closed/);
  await knowledge.apply(news, wallMs);
  assert.deepEqual(await tryAll(), ["allowed", "allowed", "allowed"]);
  assert.equal(gate.isStillAllowed("live/math"), true);
});

test("a relay credential for another node, path or time, of another cluster, or for no class: refused", async () => {
  const { publish, claimed } = await setUp();
  const relay = (change: Partial<RelayGrant>, key = keys.relay, nowMs = wallMs) => signRelayCredential(key, { ...grant, ...change }, nowMs);
  assert.equal(await publish({ relay: relay({ nodeId: "slave-2" }) }), "bad_token");
  assert.equal(await publish({ relay: relay({ path: "live/art" }) }), "bad_token");
  assert.equal(await publish({ relay: relay({}, keys.media) }), "bad_token");
  assert.equal(await publish({ relay: relay({}, deriveClusterKeys("another cluster!").relay) }), "bad_token");
  assert.equal(await publish({ relay: relay({}, keys.relay, wallMs - 600_000) }), "bad_token");
  assert.equal(await publish({ relay: relay({ path: "live/art" }), path: "live/art" }), "no_such_class");
  assert.equal(await publish({ relay: "", key: "the key" }), "bad_token", "a key does not mend a bad credential");
  assert.deepEqual(claimed, []);
});

test("who is refused after the key was right leaves no trace", async () => {
  const { publish, ask, gate, world, knowledge } = await setUp();
  await publish({ token: signToken(signing, claims) });
  world.present = true;
  assert.equal(await publish({ key: "the key" }), "publisher_present");
  world.present = false;
  await ask({ key: "the key" });
  await knowledge.apply(await orders({ math: "the key" }, [claims.jti]), wallMs);
  assert.equal(gate.isStillAllowed("live/math"), false, "judged by the token of who publishes");
});

test("a slave that is being drained takes no publisher, from a gateway neither", async () => {
  const { publish, knowledge } = await setUp();
  await knowledge.apply({ ...(await orders({ math: "the key" })), draining: true }, wallMs);
  assert.equal(await publish({ relay: signRelayCredential(keys.relay, grant, wallMs) }), "draining");
  assert.equal(await publish({ key: "the key" }), "draining");
});

test("what is known is told at once, and what is not is asked for behind it", async () => {
  const { gate, asked, claimed, knowledge } = await setUp();
  const memory = (given: { path?: string; key?: string }) =>
    gate.refusalFromMemory({ path: "live/math", key: undefined, token: undefined, relay: undefined, remoteAddress: "127.0.0.1", ...given })
      ?.code;
  assert.equal(memory({ key: "the key" }), undefined);
  assert.equal(memory({}), "wrong_key");
  assert.equal(memory({ path: "live/Math", key: "the key" }), "bad_name");
  assert.equal(asked.times, 0);
  asked.news = async () => knowledge.apply(await orders({ math: "the key", art: "new" }), wallMs);
  assert.equal(memory({ path: "live/art", key: "new" }), "no_such_class");
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(asked.times, 1);
  assert.equal(memory({ path: "live/art", key: "new" }), undefined, "the next try finds it");
  assert.deepEqual(claimed, [], "nobody claims a stream by asking");
});
