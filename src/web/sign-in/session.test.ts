import assert from "node:assert/strict";
import { test } from "node:test";
import { createSession } from "./session.ts";

const admin = { role: "admin", class: null, csrf_token: "c-1", expires_at: "2030-01-01T00:00:00Z" };
const problem = (status: number, code: string, headers = {}) => Response.json({ code, detail: "" }, { status, headers });

/** Answers in turn, the last one for ever; remembers what was asked. */
function master(...answers: (() => Response)[]) {
  const asked: string[] = [];
  const fetcher = (async (url: string, init?: RequestInit) => {
    const csrf = new Headers(init?.headers).get("x-csrf-token");
    asked.push([init?.method, url, typeof init?.body === "string" ? init.body : "", csrf ?? ""].filter((part) => part !== "").join(" "));
    const answer = answers[Math.min(asked.length, answers.length) - 1];
    if (answer === undefined) throw new TypeError("no connection");
    return answer();
  }) as typeof fetch;
  return { asked, session: createSession({ fetcher, askAgainMs: 1 }) };
}

test("who has a session is signed in; what changes something carries its CSRF token", async () => {
  const { session, asked } = master(
    () => Response.json(admin),
    () => new Response(null, { status: 204 }),
  );
  await session.start();
  assert.deepEqual(session.state.value, admin);
  await session.signOut();
  assert.equal(session.state.value, "signed_out");
  assert.deepEqual(asked, ["GET /api/session", "DELETE /api/session c-1"]);
});

test("who signs out while the master is away is told that it is not done", async () => {
  const { session } = master(
    () => Response.json(admin),
    () => problem(503, "master_unreachable"),
    () => Response.json(admin),
    () => problem(401, "admin_required"),
  );
  await session.start();
  await session.signOut();
  assert.equal(session.state.value, "signed_out");
  assert.equal(session.problem.value?.kind, "not_signed_out");
  await session.start();
  await session.signOut();
  assert.equal(session.problem.value, undefined, "the session was over already");
});

test("nobody is signed in at first: no reproach", async () => {
  const { session } = master(() => problem(401, "admin_required"));
  await session.start();
  assert.equal(session.state.value, "signed_out");
  assert.equal(session.problem.value, undefined);
});

test("an unreachable master is asked until it answers", async () => {
  const { session, asked } = master(
    () => problem(503, "master_unreachable"),
    () => {
      throw new TypeError("no connection");
    },
    () => Response.json(admin),
  );
  await session.start();
  assert.deepEqual([session.state.value, session.problem.value, asked.length], [admin, undefined, 3]);
});

test("a wrong token and too many tries are told apart, with the seconds to wait", async () => {
  const { session } = master(
    () => problem(401, "sign_in_failed"),
    () => problem(429, "too_many_requests", { "retry-after": "17" }),
  );
  assert.equal(await session.signIn("x"), false);
  assert.equal(session.problem.value?.kind, "wrong_token");
  assert.equal(await session.signIn("x"), false);
  assert.deepEqual(session.problem.value, { kind: "too_many", retryAfterS: 17 });
});

test("a link's token signs in without asking who was there before", async () => {
  const { session, asked } = master(() => Response.json(admin));
  await session.start("link-token");
  assert.deepEqual(asked, ['POST /api/session {"token":"link-token"}']);
  assert.deepEqual(session.state.value, admin);
});

test("a link's token that is good no more leaves who is signed in, else it is told", async () => {
  const signedIn = master(
    () => problem(401, "sign_in_failed"),
    () => Response.json(admin),
  );
  await signedIn.session.start("old-token");
  assert.deepEqual([signedIn.session.state.value, signedIn.session.problem.value], [admin, undefined]);
  const nobody = master(
    () => problem(401, "sign_in_failed"),
    () => problem(401, "admin_required"),
  );
  await nobody.session.start("old-token");
  assert.deepEqual([nobody.session.state.value, nobody.session.problem.value?.kind], ["signed_out", "wrong_token"]);
});

test("a session that ends while the page is open is told as such, wherever it is noticed", async () => {
  const { session } = master(
    () => Response.json(admin),
    () => problem(401, "admin_required"),
  );
  await session.start();
  await session.api.call("GET", "/api/classes");
  assert.deepEqual([session.state.value, session.problem.value?.kind], ["signed_out", "expired"]);
  assert.equal(await session.stillSignedIn(), false);
});

test("a live source goes on while the master cannot say that the session is over", async () => {
  const { session } = master(
    () => Response.json(admin),
    () => problem(503, "master_unreachable"),
  );
  await session.start();
  assert.equal(await session.stillSignedIn(), true);
});
