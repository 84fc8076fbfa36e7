// May this publisher publish here? Checked from what the master told, so it works while the master is away.
import type { KeyObject } from "node:crypto";
import type { Clock } from "../../shared/kernel/clock.ts";
import { createRationed } from "../../shared/kernel/rationed.ts";
import { classNameOf, isStreamPath } from "../../shared/protocol/names.ts";
import { equalSecrets, hashSecret } from "../../shared/tokens/random-secrets.ts";
import { noSuchClass, publishRefusals } from "../../shared/protocol/publish-refusals.ts";
import type { PublishRefusal } from "../../shared/protocol/publish-refusals.ts";
import { writeRelayRefusal } from "../../shared/protocol/relay-refusal.ts";
import type { TokenClaims } from "../../shared/protocol/viewer-token.ts";
import { readRelayCredential } from "../../shared/tokens/relay-credential.ts";
import type { RelayGrant } from "../../shared/tokens/relay-credential.ts";
import { checkUse, readToken } from "../../shared/tokens/viewer-token.ts";
import type { PromptPublishGate, PublishRequest, PublishVerdict } from "../engine/engine.ts";
import type { ClusterKnowledge } from "../presence/cluster-knowledge.ts";
import type { Origins } from "./origins.ts";

export interface SlavePublishGate extends PromptPublishGate {
  /** Whether who was let in at this path would be let in again now; false after its class was deleted or closed, its key rotated, or its token revoked. */
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
type Shown = { readonly keyHash: string } | { readonly token: Pick<TokenClaims, "jti" | "path" | "iat"> } | { readonly relay: RelayGrant };
type Check =
  | { readonly ok: true; readonly shown: Shown }
  | { readonly ok: false; readonly refusal: Extract<PublishVerdict, { allowed: false }> };

export function createPublishGate({ nodeId, knowledge, relayKey, origins, clock, refresh }: PublishGateDeps): SlavePublishGate {
  /** Whoever is refused waits for the next question: a guesser must not use up the one that a new class needs. */
  const askMaster = createRationed(refresh, { minIntervalMs: minRefreshIntervalMs, clock });
  /** What each path's publisher showed. Paths are those of classes, so their number is bounded by the classes. */
  const admitted = new Map<string, Shown>();

  async function withNews(check: () => Check): Promise<Check> {
    const checked = check();
    if (checked.ok) return checked;
    return (await askMaster()) ? check() : checked;
  }

  /** @returns the check of what is shown, which news of the master may turn; or a refusal that they do not. */
  function checkOf({ path, key, token, relay }: PublishRequest): (() => Check) | Extract<Check, { ok: false }> {
    if (!isStreamPath(path)) return refuse(publishRefusals.badName);
    if (knowledge.draining) return refuse(publishRefusals.draining);
    if (relay !== undefined) return () => checkRelay(path, relay);
    if (key !== undefined) return () => checkKey(path, key);
    if (token !== undefined) return () => checkToken(path, token);
    return refuse(publishRefusals.noKey);
  }

  async function check(request: PublishRequest): Promise<Check> {
    const found = checkOf(request);
    return typeof found === "function" ? withNews(found) : found;
  }

  /** Told only to who has shown something good. */
  function unlessClosed(path: string, shown: Shown): Check {
    return knowledge.isClosed(classNameOf(path)) ? refuse(publishRefusals.classClosed) : { ok: true, shown };
  }

  function findClass(path: string): { readonly keyHash: string } | Extract<Check, { ok: false }> {
    if (knowledge.classGrantsVersion === undefined) return refuse(publishRefusals.noMasterYet);
    const keyHash = knowledge.streamKeyHash(classNameOf(path));
    if (keyHash !== undefined) return { keyHash };
    return refuse(noSuchClass(path));
  }

  function checkKey(path: string, key: string): Check {
    const found = findClass(path);
    if ("refusal" in found) return found;
    if (!equalSecrets(hashSecret(key), found.keyHash)) {
      return refuse(publishRefusals.wrongKey);
    }
    return unlessClosed(path, found);
  }

  function checkRelay(path: string, credential: string): Check {
    const grant = readRelayCredential(relayKey, credential, { nodeId, path }, knowledge.clusterTimeMs(clock.wallMs()));
    if (!grant) return badToken("The gateway's credential is not valid here.");
    const found = findClass(path);
    return "refusal" in found ? found : unlessClosed(path, { relay: grant });
  }

  function checkToken(path: string, token: string): Check {
    const verdict = readToken(token, knowledge.keys);
    if (!verdict.ok) return badToken(`The token is not valid: ${verdict.detail}.`);
    const refusal = checkUse(verdict.claims, { nodeId, path, action: "publish" }, knowledge.clusterTimeMs(clock.wallMs()));
    if (refusal) return badToken(`The token does not allow to publish ${path} here (${refusal}).`);
    const { jti, iat } = verdict.claims;
    const allowed = unlessClosed(path, { token: { jti, path, iat } });
    return allowed.ok && knowledge.isRevoked(verdict.claims) ? badToken("The token was revoked.") : allowed;
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
      if (!shown || knowledge.isClosed(classNameOf(path))) return false;
      const expected = knowledge.streamKeyHash(classNameOf(path));
      if ("keyHash" in shown) return expected === shown.keyHash;
      return expected !== undefined && !("token" in shown && knowledge.isRevoked(shown.token));
    },
    refusalFromMemory(request) {
      const found = checkOf(request);
      const checked = typeof found === "function" ? found() : found;
      if (checked.ok) return undefined;
      if (typeof found === "function") void askMaster();
      const { code, reason } = checked.refusal;
      return { code, reason };
    },
    async mayPublish(request) {
      const verdict = await decide(request);
      // A gateway acts on the code; a teacher is to read a sentence.
      if (verdict.allowed || request.relay === undefined) return verdict;
      return { ...verdict, reason: writeRelayRefusal(verdict.code, verdict.reason) };
    },
  };
}

function refuse({ code, reason }: { readonly code: PublishRefusal; readonly reason: string }): Extract<Check, { ok: false }> {
  return { ok: false, refusal: { allowed: false, code, reason } };
}

function badToken(reason: string): Extract<Check, { ok: false }> {
  return refuse({ code: "bad_token", reason });
}
