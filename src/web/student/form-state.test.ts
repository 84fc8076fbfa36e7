import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldOf, firstForm, isCode, isForForm, refusedForm, tidyCode, tidyName } from "./form-state.ts";

test("a class asks for the name, a page without a class for the code, too", () => {
  assert.equal(firstForm("math", "", "").asks, "name");
  assert.equal(firstForm(undefined, "Kim", "").asks, "code_and_name");
});

test("that a class has a code is news; a wrong one is a mistake at its field", () => {
  const form = { ...firstForm("math", "Kim", ""), busy: true };
  const news = refusedForm(form, "join_code_required");
  assert.deepEqual([news.asks, news.isNews, news.problem, news.busy], ["name_and_code", true, undefined, false]);
  const wrong = refusedForm({ ...news, code: "WRONG1" }, "join_code_wrong");
  assert.deepEqual([wrong.asks, wrong.isNews, wrong.code], ["name_and_code", false, "WRONG1"]);
  assert.ok(wrong.problem && fieldOf(wrong.problem) === "code");
});

test("an address without a class leads to the join code", () => {
  const form = refusedForm(firstForm("gone", "Kim", "OLD123"), "no_such_class");
  assert.deepEqual([form.asks, form.name, form.code], ["code_and_name", "Kim", ""]);
  assert.ok(form.problem && fieldOf(form.problem) === "code");
});

test("a name that cannot be used is marked", () => {
  const form = refusedForm(firstForm("math", "?", ""), "bad_name");
  assert.ok(form.problem && fieldOf(form.problem) === "name");
});

test("what the student cannot mend is none of the form's business", () => {
  assert.ok(isForForm("join_code_wrong") && isForForm("no_such_class"));
  assert.ok(!isForForm("full") && !isForForm("removed") && !isForForm(undefined));
});

test("codes are taken as people type them", () => {
  assert.equal(tidyCode(" k7q x2m "), "K7QX2M");
  assert.equal(tidyCode("ab–cd"), "AB-CD");
  assert.ok(isCode("K7QX2M") && isCode("AB-CD"));
  assert.ok(!isCode("ABC") && !isCode("수학교실") && !isCode("A".repeat(33)));
});

test("names keep their letters and lose what nobody sees", () => {
  assert.equal(tidyName("  김 민지\u0000\n"), "김 민지");
});
