// Which tokens are no longer good: single ones until they would have ended, and all of a stream up to a second. Kept in the
// store, told to slaves by version. Does not know why, nor how slaves are told. Bounded; what has ended is forgotten.
import type { Clock } from "../../shared/kernel/clock.ts";
import type { Revocations } from "../../shared/protocol/cluster-messages.ts";
import type { TokenClaims } from "../../shared/protocol/viewer-token.ts";
import { randomId } from "../../shared/tokens/random-secrets.ts";
import type { RevocationChange, RevocationStore, RevokedPath, RevokedToken } from "../store/revocation-store.ts";

export interface RevocationList {
  revokeTokens(tokens: readonly RevokedToken[]): void;
  /** All tokens of a stream that were issued until now. `deleted`: its class is gone, and another one of this name is not the same. */
  revokePath(path: string, reason: "closed" | "deleted"): void;
  isRevoked(claims: Pick<TokenClaims, "jti" | "path" | "iat">): boolean;
  isTokenRevoked(jti: string): boolean;
  /** True for a token of a class that was deleted, also where there is one of this name again. */
  isOfDeletedClass(claims: Pick<TokenClaims, "path" | "iat">): boolean;
  /** `iat` of a token that is issued now: past the second up to which those of its stream are revoked. */
  issueTimeS(path: string): number;
  /** Of `forSlaves`. */
  readonly version: string;
  /** All of it, for slaves that have another version. */
  forSlaves(): Revocations;
}

export interface RevocationListDeps {
  readonly store: RevocationStore;
  readonly clock: Pick<Clock, "wallMs">;
  /** Of the message to slaves; smaller in tests. */
  readonly maxTokens?: number;
  readonly maxPaths?: number;
}

/** The longest TOKEN_TTL: it may have been longer before a restart than it is now. */
const longestTokenLifeS = 604_800;
/** What slaves' clocks may be behind ours, with a margin. */
const clockMarginS = 60;

export function createRevocationList({ store, clock, maxTokens = 10_000, maxPaths = 10_000 }: RevocationListDeps): RevocationList {
  const tokens = new Map(store.tokens().map((token) => [token.jti, token]));
  const paths = new Map(store.paths().map((entry) => [entry.path, entry]));
  let version = store.version() ?? "none";
  let told: Revocations | undefined;

  const nowS = () => Math.floor(clock.wallMs() / 1_000);

  /** What has ended makes no new version: slaves lose nothing by keeping it. */
  function forgetEnded(): void {
    const before = nowS() - clockMarginS;
    const forgottenTokens = [...tokens.values()].filter(({ exp }) => exp < before).map(({ jti }) => jti);
    const forgottenPaths = [...paths.values()].filter(({ forgetAfterS }) => forgetAfterS < before).map(({ path }) => path);
    if (forgottenTokens.length + forgottenPaths.length === 0) return;
    for (const jti of forgottenTokens) tokens.delete(jti);
    for (const path of forgottenPaths) paths.delete(path);
    told = undefined;
    store.change({ forgottenTokens, forgottenPaths });
  }

  function save(change: RevocationChange): void {
    // Random, not counted: a store that was restored from a backup must not have the number of another list.
    version = randomId();
    told = undefined;
    store.change({ ...change, version });
  }

  /** An entry that revokes what was issued until now, and whatever the one before has revoked. */
  function entryFor(path: string, reason: "closed" | "deleted"): RevokedPath {
    const before = paths.get(path);
    // Since the entry before, tokens were issued with the second after it: in the same second, too.
    const issuedUntilS = Math.max(nowS(), (before?.issuedUntilS ?? 0) + 1);
    const deletedUntilS = reason === "deleted" ? issuedUntilS : before?.deletedUntilS;
    return { path, issuedUntilS, deletedUntilS, forgetAfterS: issuedUntilS + longestTokenLifeS };
  }

  function setPath(entry: RevokedPath, { forgetTokens }: { readonly forgetTokens: boolean }): RevocationChange {
    paths.delete(entry.path);
    paths.set(entry.path, entry);
    const forgottenPaths = [...paths.keys()].slice(0, Math.max(0, paths.size - maxPaths));
    for (const path of forgottenPaths) paths.delete(path);
    const ofPath = forgetTokens ? [...tokens.values()].filter(({ path }) => path === entry.path) : [];
    const forgottenTokens = ofPath.map(({ jti }) => jti);
    for (const jti of forgottenTokens) tokens.delete(jti);
    return { paths: [entry], forgottenPaths, forgottenTokens };
  }

  return {
    revokeTokens(revoked) {
      forgetEnded();
      const news = revoked.filter(({ jti, exp }) => exp > (tokens.get(jti)?.exp ?? 0));
      if (news.length === 0) return;
      for (const token of news) tokens.set(token.jti, token);
      save({ tokens: news });
      while (tokens.size > maxTokens) {
        // Rather all viewers of a stream get new tokens, which they do not notice, than that one who was sent away comes back.
        save(setPath(entryFor(pathOfMost(tokens.values()), "closed"), { forgetTokens: true }));
      }
    },
    revokePath(path, reason) {
      forgetEnded();
      // Of a class that is opened again, who was sent away stays away.
      save(setPath(entryFor(path, reason), { forgetTokens: reason === "deleted" }));
    },
    isRevoked: ({ jti, path, iat }) => tokens.has(jti) || iat <= (paths.get(path)?.issuedUntilS ?? Number.NEGATIVE_INFINITY),
    isTokenRevoked: (jti) => tokens.has(jti),
    isOfDeletedClass: ({ path, iat }) => iat <= (paths.get(path)?.deletedUntilS ?? Number.NEGATIVE_INFINITY),
    issueTimeS: (path) => Math.max(nowS(), (paths.get(path)?.issuedUntilS ?? 0) + 1),
    get version() {
      return version;
    },
    forSlaves() {
      forgetEnded();
      told ??= {
        version,
        tokens: [...tokens.values()].map(({ jti, exp }) => ({ jti, exp })),
        paths: [...paths.values()].map(({ path, issuedUntilS }) => ({ path, issued_until: issuedUntilS })),
      };
      return told;
    },
  };
}

/** The stream that has the most of them. */
function pathOfMost(tokens: Iterable<RevokedToken>): string {
  const counts = new Map<string, number>();
  for (const { path } of tokens) counts.set(path, (counts.get(path) ?? 0) + 1);
  return [...counts].reduce((most, next) => (next[1] > most[1] ? next : most), ["", 0])[0];
}
