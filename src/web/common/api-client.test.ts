import assert from "node:assert/strict";
import { test } from "node:test";
import { createApiClient } from "./api-client.ts";

const problem = (status: number, body: object, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/problem+json", ...headers } });

function clientOf(fetcher: () => Promise<Response>, signedOut: () => void = () => {}) {
  return createApiClient({ fetcher, csrfToken: () => "csrf", signedOut });
}

test("an error answer becomes its code, and how long to wait", async () => {
  const answer = await clientOf(async () => problem(429, { code: "too_many_requests", detail: "slow" }, { "retry-after": "7" })).call(
    "GET",
    "/",
  );
  assert.deepEqual(answer, { ok: false, status: 429, code: "too_many_requests", detail: "slow", retryAfterS: 7 });
});

test("no connection, no answer in time, and no JSON are one thing: not reachable", async () => {
  const failures = [
    async () => Promise.reject(new TypeError("Failed to fetch")),
    async () => Promise.reject(new DOMException("too late", "TimeoutError")),
    async () => new Response("<h1>Bad Gateway</h1>", { status: 502 }),
  ];
  for (const fetcher of failures) {
    const answer = await clientOf(fetcher).call("GET", "/");
    assert.ok(!answer.ok && answer.status === 0 && answer.code === "unreachable");
  }
});

test("mistakes of ours are not taken for the network's", async () => {
  const broken = clientOf(
    async () => problem(401, { code: "admin_required" }),
    () => {
      throw new TypeError("a mistake of the page");
    },
  );
  await assert.rejects(broken.call("GET", "/"), /a mistake of the page/);
  const circular: { self?: unknown } = {};
  circular.self = circular;
  await assert.rejects(clientOf(async () => problem(404, {})).call("POST", "/", circular), TypeError);
  await assert.rejects(clientOf(async () => Promise.reject(new RangeError("a bug"))).call("GET", "/"), RangeError);
});
