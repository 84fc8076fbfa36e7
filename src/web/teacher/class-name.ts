// The name of a class in its address, made from its title where that is written in Latin letters or Hangul. Pure.

/** The wire's rule (src/shared/protocol/names.ts), which comes with a schema library that pages do without. */
const namePattern = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const maxLength = 64;

/** Letters that do not come apart into a Latin letter and a mark. */
const spelledOut: Readonly<Record<string, string>> = { ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ð: "d", ł: "l", þ: "th", ı: "i" };

/** Hangul syllables are made of up to three letters each; Revised Romanization, letter by letter: an address, not a lesson. */
const initials = "g kk n d tt r m b pp s ss  j jj ch k t p h".split(" ");
const vowels = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split(" ");
const finals = " k k k n n n t l k m l l l p l m p p t t ng t t k t p t".split(" ");
const firstSyllable = 0xac_00;

function romanized(syllable: string): string {
  const index = (syllable.codePointAt(0) ?? firstSyllable) - firstSyllable;
  const [vowel, last] = [Math.floor(index / finals.length) % vowels.length, index % finals.length];
  const initial = Math.floor(index / finals.length / vowels.length);
  return `${initials[initial] ?? ""}${vowels[vowel] ?? ""}${finals[last] ?? ""}`;
}

export const isClassName = (value: string): boolean => namePattern.test(value);

/**
 * `Mathematics 3B` → `mathematics-3b`, `수학 3반` → `suhak-3ban`.
 * @returns undefined when letters of other scripts would get lost, or nothing is left: then a person must say the name
 */
export function nameFromTitle(title: string): string | undefined {
  const plain = title
    .toLowerCase()
    .normalize("NFC")
    .replaceAll(/[가-힣]/g, romanized)
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[ßæœøđðłþı]/g, (letter) => spelledOut[letter] ?? letter);
  if (/[^\p{Script=Latin}\P{L}]/u.test(plain)) return undefined;
  const name = plain
    .replaceAll(/['’]/g, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, maxLength)
    .replaceAll(/^-+|-+$/g, "");
  return isClassName(name) ? name : undefined;
}

/** What can be typed into the field of a name becomes one, as far as it can: `Math 3B` → `math-3b`. */
export const tidiedName = (typed: string): string =>
  typed
    .toLowerCase()
    .replaceAll(/\s+/g, "-")
    .replaceAll(/[^a-z0-9_-]/g, "")
    .slice(0, maxLength);
