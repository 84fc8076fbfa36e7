import assert from "node:assert/strict";
import { test } from "node:test";
import { isClassName as isNameOnTheWire } from "../../shared/protocol/names.ts";
import { isClassName, nameFromTitle, tidiedName } from "./class-name.ts";

const titles: readonly (readonly [string, string | undefined])[] = [
  ["Mathematics 3B", "mathematics-3b"],
  ["  Ms. O’Brien's  class! ", "ms-obriens-class"],
  ["Français – 2ᵉ année", "francais-2e-annee"],
  ["Straße & Brücke", "strasse-brucke"],
  ["Łódź", "lodz"],
  ["3-1", "3-1"],
  ["C++", "c"],
  ["수학 3반", "suhak-3ban"],
  ["수학 3반".normalize("NFD"), "suhak-3ban"],
  ["Math 국어", "math-gukeo"],
  ["1학년 2반 (영어)", "1haknyeon-2ban-yeongeo"],
  ["값 뚫힌 힣", "gap-ttulhin-hit"],
  ["ㅋㅋ 3반", undefined],
  ["数学 3반", undefined],
  ["Физика 8", undefined],
  ["!!!", undefined],
  ["", undefined],
];

test("a title in Latin letters or Hangul becomes a name; one of another script does not", () => {
  for (const [title, name] of titles) assert.equal(nameFromTitle(title), name, title);
});

test("whatever comes out is a name on the wire, however long the title is", () => {
  for (const title of ["x".repeat(200), `${"a".repeat(63)} b`, "- -a", "_a_"]) {
    const name = nameFromTitle(title);
    assert.ok(name !== undefined && isNameOnTheWire(name), `${title} → ${name}`);
  }
});

test("the page's rule is the wire's", () => {
  for (const name of ["a", "math-3b", "a_b", "-a", "A", "", "a b", "x".repeat(64), "x".repeat(65), "수학"])
    assert.equal(isClassName(name), isNameOnTheWire(name), name);
});

test("what is typed as a name is tidied while it is typed", () => {
  assert.equal(tidiedName("Math 3B"), "math-3b");
  assert.equal(tidiedName("math-"), "math-", "a name that is not finished yet");
  assert.equal(tidiedName("수학a/../b"), "ab");
});
