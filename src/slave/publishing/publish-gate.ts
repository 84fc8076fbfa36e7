// May this publisher publish here? Checked from what the master told, so it works while the master is away.
import type { KeyObject } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../shared/kernel/clock.ts";
import { classNameOf, isStreamPath } from "../../shared/protocol/names.ts";
import { equalSecrets, hashSecret } from "../../shared/tokens/random-secrets.ts";
import { writeRelayRefusal } from "../../shared/protocol/relay-refusal.ts";
import { readRelayCredential } from "../../shared/tokens/relay-credential.ts";
import type { RelayGrant } from "../../shared/tokens/relay-credential.ts";
import { checkUse, readToken } from "../../shared/tokens/viewer-token.ts";
import type { PublishGate, PublishRefusal, PublishRequest, PublishVerdict } from "../engine/engine.ts";
import type { ClusterKnowledge } from "../presence/cluster-knowledge.ts";
import type { Origins } from "./origins.ts";

export interface SlavePublishGate extends PublishGate {
  /** Whether who was let in at this path would be let in again now; false after its class was deleted, its key rotated, or its token revoked. */
  isStillAllowed(path: string): boolean;
}

export interface PublishGateDeps {
  readonly nodeId: string;
  readonly knowledge: ClusterKnowledge;
  /** `deriveClusterKeys().relay`. */
  readonly relayKey: KeyObject;
  readonly origins: Pick<Origins, "claim">;
  readonly clock: Clock;
  /** Asks the master for news; a class made a second ago is not known here yet. */
  readonly refresh: () => Promise<boolean>;
}

/** Refused publishers make the master answer at most this often: guessing keys must not flood it. */
const minRefreshIntervalMs = 1_000;

/** What somebody showed to be let in: a gateway has checked the key itself. */
type Shown = { readonly keyHash: string } | { readonly jti: string } | { readonly relay: RelayGrant };
type Check = { readonly ok: true; readonly shown: Shown } | { readonly ok: false; readonly refusal: PublishVerdict };

export function createPublishGate({ nodeId, knowledge, relayKey, origins, clock, refresh }: PublishGateDeps): SlavePublishGate {
  let lastRefreshMs = Number.NEGATIVE_INFINITY;
  let upcoming: Promise<boolean> | undefined;
  /** What each path's publisher showed. Paths are those of classes, so their number is bounded by the classes. */
  const admitted = new Map<string, Shown>();

  /** Whoever is refused waits for the next question: a guesser must not use up the one that a new class needs. */
  function askMaster(): Promise<boolean> {
    upcoming ??= askInTime();
    return upcoming;
  }

  async function askInTime(): Promise<boolean> {
    await sleep(Math.max(0, lastRefreshMs + minRefreshIntervalMs - clock.monotonicMs()), undefined, { ref: false });
    // Who comes from here on may know of something newer than this answer.
    upcoming = undefined;
    lastRefreshMs = clock.monotonicMs();
    return refresh();
  }

  async function withNews(check: () => Check): Promise<Check> {
    const checked = check();
    if (checked.ok) return checked;
    return (await askMaster()) ? check() : checked;
  }

  async function check({ path, key, token, relay }: PublishRequest): Promise<Check> {
    if (!isStreamPath(path)) return refuse("bad_name", "The stream name must be <class>?key=<stream key>, the class in lower case.");
    if (knowledge.draining) return refuse("draining", "This server is being taken out of service: publish to another one.");
    if (relay !== undefined) return withNews(() => checkRelay(path, relay));
    if (key !== undefined) return withNews(() => checkKey(path, key));
    if (token !== undefined) return withNews(() => checkToken(path, token));
    return refuse("wrong_key", "A stream key is needed: in OBS, the stream key is <class>?key=<stream key>.");
  }

  function findClass(path: string): { readonly keyHash: string } | Extract<Check, { ok: false }> {
    if (knowledge.classGrantsVersion === undefined)
      return refuse("unavailable", "This server has not reached its master yet: try again in a moment.");
    const keyHash = knowledge.streamKeyHash(classNameOf(path));
    if (keyHash !== undefined) return { keyHash };
    return refuse("no_such_class", `There is no class ${classNameOf(path)}: create it first, or mend the name in the stream key.`);
  }

  function checkKey(path: string, key: string): Check {
    const found = findClass(path);
    if ("refusal" in found) return found;
    if (!equalSecrets(hashSecret(key), found.keyHash)) {
      return refuse("wrong_key", "The stream key is wrong: copy it anew from the class.");
    }
    return { ok: true, shown: found };
  }

  function checkRelay(path: string, credential: string): Check {
    const grant = readRelayCredential(relayKey, credential, { nodeId, path }, knowledge.clusterTimeMs(clock.wallMs()));
    if (!grant) return refuse("bad_token", "The gateway's credential is not valid here.");
    const found = findClass(path);
    return "refusal" in found ? found : { ok: true, shown: { relay: grant } };
  }

  function checkToken(path: string, token: string): Check {
    const verdict = readToken(token, knowledge.keys);
    if (!verdict.ok) return refuse("bad_token", `The token is not valid: ${verdict.detail}.`);
    const refusal = checkUse(verdict.claims, { nodeId, path, action: "publish" }, knowledge.clusterTimeMs(clock.wallMs()));
    if (refusal) return refuse("bad_token", `The token does not allow to publish ${path} here (${refusal}).`);
    const { jti } = verdict.claims;
    if (knowledge.isRevoked(jti)) return refuse("bad_token", "The token was revoked.");
    return { ok: true, shown: { jti } };
  }

  async function decide(request: PublishRequest): Promise<PublishVerdict> {
    const { path } = request;
    const checked = await check(request);
    if (!checked.ok) return checked.refusal;
    const { shown } = checked;
    const relay = "relay" in shown ? shown.relay : undefined;
    const claimed = await origins.claim(path, relay ? { kind: "relay", grant: relay } : { kind: "direct" });
    if (!claimed.ok) return { allowed: false, code: claimed.code, reason: claimed.reason };
    return {
      allowed: true,
      takesOver: relay !== undefined,
      anchor: relay?.anchor,
      origin: { epoch: claimed.epoch, handoverFrom: relay?.handoverFrom },
      taken: () => void admitted.set(path, shown),
    };
  }

  return {
    isStillAllowed(path) {
      const shown = admitted.get(path);
      if (!shown) return false;
      const expected = knowledge.streamKeyHash(classNameOf(path));
      if ("keyHash" in shown) return expected === shown.keyHash;
      return expected !== undefined && !("jti" in shown && knowledge.isRevoked(shown.jti));
    },
    async mayPublish(request) {
      const verdict = await decide(request);
      // A gateway acts on the code; a teacher is to read a sentence.
      if (verdict.allowed || request.relay === undefined) return verdict;
      return { ...verdict, reason: writeRelayRefusal(verdict.code, verdict.reason) };
    },
  };
}

function refuse(code: PublishRefusal, reason: string): Extract<Check, { ok: false }> {
  return { ok: false, refusal: { allowed: false, code, reason } };
}
