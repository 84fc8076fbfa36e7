import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseLanguage } from "./choose-language.ts";

test("what was chosen by hand wins over the browser", () => {
  assert.equal(chooseLanguage("ko", ["en-US"]), "ko");
  assert.equal(chooseLanguage("en", ["ko-KR"]), "en");
});

test("the first language of the browser that we have, else English", () => {
  assert.equal(chooseLanguage(undefined, ["fr-FR", "ko-KR", "en"]), "ko");
  assert.equal(chooseLanguage(undefined, ["KO"]), "ko");
  assert.equal(chooseLanguage(undefined, ["fr"]), "en");
  assert.equal(chooseLanguage(undefined, []), "en");
  assert.equal(chooseLanguage("xx", ["ko"]), "ko", "something else in the storage");
});
