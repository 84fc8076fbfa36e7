import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { openStore } from "../store/store.ts";
import { createRevocationList } from "./revocation-list.ts";

const startMs = 1_800_000_000_300;
const startS = 1_800_000_000;

function setUp(t: TestContext, limits: { maxTokens?: number; maxPaths?: number } = {}) {
  const dir = mkdtempSync(join(tmpdir(), "airclass-revocation-"));
  const time = { ms: startMs };
  let store = openStore(dir);
  t.after(() => {
    store.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const open = () => createRevocationList({ store: store.revocations, clock: { wallMs: () => time.ms }, ...limits });
  const reopen = () => {
    store.close();
    store = openStore(dir);
    return open();
  };
  return { time, list: open(), reopen };
}

const token = (jti: string, more: { path?: string; exp?: number } = {}) => ({ jti, path: "live/math", exp: startS + 3_600, ...more });
const claims = (jti: string, iat = startS, path = "live/math") => ({ jti, path, iat });

test("a token is revoked until it would have ended, over a restart too; then it is forgotten", (t) => {
  const { list, reopen, time } = setUp(t);
  assert.deepEqual(list.forSlaves(), { version: "none", tokens: [], paths: [] });
  list.revokeTokens([token("a"), token("b", { exp: startS + 7_200 })]);
  assert.equal(list.isTokenRevoked("a"), true);
  assert.equal(list.isRevoked(claims("a")), true);
  assert.equal(list.isRevoked(claims("c")), false);
  const again = reopen();
  assert.deepEqual(again.forSlaves(), list.forSlaves());
  assert.deepEqual(
    again.forSlaves().tokens.map(({ jti }) => jti),
    ["a", "b"],
  );
  const { version } = again;
  time.ms += 3_700_000;
  assert.deepEqual(again.forSlaves(), { version, tokens: [{ jti: "b", exp: startS + 7_200 }], paths: [] });
  assert.equal(again.isTokenRevoked("a"), false);
  assert.deepEqual(reopen().forSlaves(), again.forSlaves());
});

test("each change is a version that no other list has; what changes nothing is none", (t) => {
  const { list } = setUp(t);
  const versions = [list.version];
  list.revokeTokens([token("a")]);
  versions.push(list.version);
  list.revokePath("live/math", "closed");
  versions.push(list.version);
  assert.equal(new Set(versions).size, 3);
  list.revokeTokens([token("a"), token("a", { exp: startS + 10 })]);
  assert.equal(list.version, versions.at(-1));
  list.revokeTokens([token("a", { exp: startS + 9_000 })]);
  assert.deepEqual(list.forSlaves().tokens, [{ jti: "a", exp: startS + 9_000 }], "a renewed one ends later");
});

test("a stream's tokens up to now are revoked, and one that is issued in the same second is not", (t) => {
  const { list: first, reopen, time } = setUp(t);
  assert.equal(first.issueTimeS("live/math"), startS);
  first.revokePath("live/math", "closed");
  const list = reopen();
  assert.equal(list.isRevoked(claims("a", startS)), true);
  assert.equal(list.isRevoked(claims("a", startS, "live/art")), false);
  for (const each of [first, list]) {
    assert.equal(each.issueTimeS("live/math"), startS + 1);
    assert.equal(each.isRevoked(claims("b", each.issueTimeS("live/math"))), false);
  }
  list.revokePath("live/math", "closed");
  assert.equal(list.isRevoked(claims("b", startS + 1)), true, "closed again within the same second");
  time.ms += 60_000;
  assert.equal(list.issueTimeS("live/math"), startS + 60);
  list.revokePath("live/math", "closed");
  assert.deepEqual(list.forSlaves().paths, [{ path: "live/math", issued_until: startS + 60 }]);
  time.ms += 8 * 86_400_000;
  assert.deepEqual(list.forSlaves().paths, [], "no token lives for a week");
});

test("a token of a deleted class is not one of another class of this name", (t) => {
  const { list, reopen, time } = setUp(t);
  list.revokePath("live/math", "closed");
  assert.equal(list.isOfDeletedClass(claims("a")), false);
  time.ms += 5_000;
  list.revokeTokens([token("x")]);
  list.revokePath("live/math", "deleted");
  assert.equal(list.isOfDeletedClass(claims("a", startS + 5)), true);
  assert.equal(list.isTokenRevoked("x"), false, "covered by its path");
  time.ms += 5_000;
  list.revokePath("live/math", "closed");
  for (const each of [list, reopen()]) {
    assert.equal(each.isOfDeletedClass(claims("a", startS + 5)), true);
    assert.equal(each.isOfDeletedClass(claims("b", startS + 6)), false);
    assert.equal(each.isRevoked(claims("b", startS + 6)), true);
  }
});

test("bounded: with too many tokens the stream with the most of them is revoked as a whole, with too many streams the oldest goes", (t) => {
  const { list: first, reopen } = setUp(t, { maxTokens: 3, maxPaths: 2 });
  first.revokeTokens([token("a"), token("b"), token("c", { path: "live/art" })]);
  first.revokeTokens([token("d")]);
  const list = reopen();
  for (const each of [first, list]) {
    assert.deepEqual(each.forSlaves().tokens, [{ jti: "c", exp: startS + 3_600 }]);
    for (const jti of ["a", "b", "d"]) assert.equal(each.isRevoked(claims(jti)), true);
    assert.equal(each.isRevoked(claims("e", startS, "live/art")), false);
  }
  list.revokePath("live/art", "closed");
  list.revokePath("live/pe", "closed");
  const paths = reopen()
    .forSlaves()
    .paths.map(({ path }) => path);
  assert.deepEqual(paths.toSorted(), ["live/art", "live/pe"]);
});
