// May this publisher publish here? Checked from what the master told, so it works while the master is away.
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../shared/kernel/clock.ts";
import { classNameOf, isStreamPath } from "../../shared/protocol/names.ts";
import { equalSecrets, hashSecret } from "../../shared/tokens/random-secrets.ts";
import { checkUse, readToken } from "../../shared/tokens/viewer-token.ts";
import type { PublishGate, PublishRequest, PublishVerdict } from "../engine/engine.ts";
import type { ClusterKnowledge } from "../presence/cluster-knowledge.ts";

export interface SlavePublishGate extends PublishGate {
  /** Whether who was let in at this path would be let in again now; false after its class was deleted, its key rotated, or its token revoked. */
  isStillAllowed(path: string): boolean;
}

export interface PublishGateDeps {
  readonly nodeId: string;
  readonly knowledge: ClusterKnowledge;
  readonly clock: Clock;
  /** Asks the master for news; a class made a second ago is not known here yet. */
  readonly refresh: () => Promise<boolean>;
}

/** Refused publishers make the master answer at most this often: guessing keys must not flood it. */
const minRefreshIntervalMs = 1_000;

const allow: PublishVerdict = { allowed: true, takesOver: false, anchor: undefined };

export function createPublishGate({ nodeId, knowledge, clock, refresh }: PublishGateDeps): SlavePublishGate {
  let lastRefreshMs = Number.NEGATIVE_INFINITY;
  let upcoming: Promise<boolean> | undefined;
  /** What each path's newest publisher showed. Paths are those of classes, so their number is bounded by the classes. */
  const admitted = new Map<string, { keyHash: string } | { jti: string }>();

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

  async function withNews(check: () => PublishVerdict): Promise<PublishVerdict> {
    const verdict = check();
    if (verdict.allowed) return verdict;
    return (await askMaster()) ? check() : verdict;
  }

  function checkKey(path: string, key: string): PublishVerdict {
    if (knowledge.classGrantsVersion === undefined)
      return refuse("unavailable", "This server has not reached its master yet: try again in a moment.");
    const expected = knowledge.streamKeyHash(classNameOf(path));
    if (expected === undefined)
      return refuse("no_such_class", `There is no class ${classNameOf(path)}: create it first, or mend the name in the stream key.`);
    if (!equalSecrets(hashSecret(key), expected)) return refuse("wrong_key", "The stream key is wrong: copy it anew from the class.");
    admitted.set(path, { keyHash: expected });
    return allow;
  }

  function checkToken(path: string, token: string): PublishVerdict {
    const verdict = readToken(token, knowledge.keys);
    if (!verdict.ok) return refuse("bad_token", `The token is not valid: ${verdict.detail}.`);
    const refusal = checkUse(verdict.claims, { nodeId, path, action: "publish" }, knowledge.clusterTimeMs(clock.wallMs()));
    if (refusal) return refuse("bad_token", `The token does not allow to publish ${path} here (${refusal}).`);
    const { jti } = verdict.claims;
    if (knowledge.isRevoked(jti)) return refuse("bad_token", "The token was revoked.");
    admitted.set(path, { jti });
    return allow;
  }

  return {
    isStillAllowed(path) {
      const shown = admitted.get(path);
      if (!shown) return false;
      const expected = knowledge.streamKeyHash(classNameOf(path));
      if ("jti" in shown) return expected !== undefined && !knowledge.isRevoked(shown.jti);
      return expected === shown.keyHash;
    },
    async mayPublish({ path, key, token }: PublishRequest) {
      if (!isStreamPath(path)) return refuse("bad_name", "The stream name must be <class>?key=<stream key>, the class in lower case.");
      if (knowledge.draining) return refuse("draining", "This server is being taken out of service: publish to another one.");
      if (key !== undefined) return withNews(() => checkKey(path, key));
      if (token !== undefined) return withNews(() => checkToken(path, token));
      return refuse("wrong_key", "A stream key is needed: in OBS, the stream key is <class>?key=<stream key>.");
    },
  };
}

function refuse(code: Extract<PublishVerdict, { allowed: false }>["code"], reason: string): PublishVerdict {
  return { allowed: false, code, reason };
}
