import assert from "node:assert/strict";
import { test } from "node:test";
import { isDismissal, isTemporary, refusalOf } from "./token-grant.ts";

const answer = (status: number, body: unknown, retryAfter: string | null = null) => refusalOf({ status, body, retryAfter });

test("the code says what a refusal means, whatever its status", () => {
  const meanings = {
    class_closed: "class_closed",
    viewer_removed: "removed",
    token_revoked: "token_refused",
    token_expired: "token_refused",
    join_code_wrong: "join_code_wrong",
    no_capacity: "full",
    no_node: "no_node",
  };
  for (const [code, reason] of Object.entries(meanings)) {
    const status = { class_closed: 403, viewer_removed: 403, token_revoked: 401, token_expired: 401, join_code_wrong: 403 }[code] ?? 503;
    assert.equal(answer(status, { code }).reason, reason, code);
  }
});

test("without a code that is known, the status says it", () => {
  const byStatus = {
    401: "token_refused",
    403: "token_refused",
    404: "no_such_class",
    422: "bad_name",
    429: "too_many_requests",
    502: "unreachable",
  };
  for (const [status, reason] of Object.entries(byStatus)) {
    for (const body of [undefined, null, "text", { code: 7 }, { code: "of_the_future" }, { code: "toString" }])
      assert.equal(answer(Number(status), body).reason, reason, `${status} ${JSON.stringify(body)}`);
  }
});

test("a full cluster says the place in the line, and the ticket that keeps it", () => {
  const refusal = answer(503, { code: "no_capacity", position: 3, ticket: "abcDEF_-12" }, "4");
  assert.deepEqual(refusal, { reason: "full", retryAfterS: 4, position: 3, ticket: "abcDEF_-12" });
});

test("what is no place and no ticket is left out", () => {
  for (const position of [0, -1, 1.5, "3", null, 1e9])
    for (const ticket of ["", "short", "with space", 'a"quote"', 12_345_678, "x".repeat(65)])
      assert.deepEqual(answer(503, { code: "no_capacity", position, ticket }), { reason: "full", retryAfterS: undefined });
});

test("Retry-After is bounded, and dates in it are left to the caller's own delay", () => {
  assert.equal(answer(503, {}, "100000").retryAfterS, 300);
  for (const odd of ["-1", "soon", "Wed, 21 Oct 2026 07:28:00 GMT"]) assert.equal(answer(503, {}, odd).retryAfterS, undefined);
});

test("a viewer who was sent away, or whose class is over, is neither tried again nor let in by the back door", () => {
  for (const code of ["class_closed", "viewer_removed"]) {
    assert.equal(isTemporary(answer(403, { code }).reason), false, code);
    assert.equal(isDismissal(answer(403, { code }).reason), true, code);
  }
  // The token, not the viewer: whether he may join says the master's answer to the next question.
  for (const code of ["token_expired", "token_revoked"]) assert.equal(isDismissal(answer(401, { code }).reason), false, code);
});
