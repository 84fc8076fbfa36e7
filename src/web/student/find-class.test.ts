import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiAnswer } from "../common/api-client.ts";
import { findClass } from "./find-class.ts";

const answering = (answer: ApiAnswer<unknown>) => ({ call: async <Value>() => answer as ApiAnswer<Value> });
const refusing = (status: number, retryAfterS?: number) => answering({ ok: false, status, code: "", detail: "", retryAfterS });

test("a code that is right leads to its class", async () => {
  const client = answering({ ok: true, value: { name: "math", title: "Mathematics" } });
  assert.deepEqual(await findClass(client, "K7QX2M"), { found: true, className: "math", title: "Mathematics" });
});

test("what goes wrong is said in the form's words", async () => {
  assert.deepEqual(await findClass(refusing(403), "K7QX2M"), { found: false, problem: { kind: "join_code_wrong" } });
  assert.deepEqual(await findClass(refusing(429, 40), "K7QX2M"), { found: false, problem: { kind: "too_many_tries", retryAfterS: 40 } });
  assert.deepEqual(await findClass(refusing(0), "K7QX2M"), { found: false, problem: { kind: "unreachable" } });
  assert.deepEqual(await findClass(refusing(500), "K7QX2M"), { found: false, problem: { kind: "failed" } });
});

test("an answer that is none of ours is a failure, and no class", async () => {
  for (const value of [null, "math", { name: 1 }])
    assert.deepEqual(await findClass(answering({ ok: true, value }), "K7QX2M"), { found: false, problem: { kind: "failed" } });
});
