// How hard a secret is to guess. Pure; never says the secret.
import { isExampleSecret } from "../../shared/config/example-secret.ts";
import { failed, ok, warning } from "./finding.ts";
import type { Finding } from "./finding.ts";

const make = "Make one with openssl rand -hex 24.";
/** Bits: below it somebody who has heard one signed message finds it with a few PCs. */
const weakBits = 64;
const hopelessBits = 32;

/** Shannon's entropy of its characters: an upper bound, since words are easier than letters drawn by lot. */
export function entropyBits(secret: string): number {
  const counts = new Map<string, number>();
  for (const character of secret) counts.set(character, (counts.get(character) ?? 0) + 1);
  const length = [...counts.values()].reduce((sum, count) => sum + count, 0);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / length);
  return bits;
}

/** @param secrets by the name of their variable; of those that are set. */
export function secretFindings(secrets: Readonly<Record<string, string>>): Finding[] {
  const findings = Object.entries(secrets).map(([name, secret]) => {
    if (isExampleSecret(secret)) return failed("secrets", `${name} is the one of the example file, which everybody knows.`, make);
    const bits = entropyBits(secret);
    if (bits < hopelessBits) return failed("secrets", `${name} can be guessed: it is nearly always the same character.`, make);
    if (bits < weakBits) return warning("secrets", `${name} is weak (${secret.length} characters of few kinds).`, make);
    return ok("secrets", `${name} is ${secret.length} characters long and no example.`);
  });
  const names = Object.keys(secrets);
  for (const [index, name] of names.entries()) {
    const same = names.slice(index + 1).find((other) => secrets[other] === secrets[name]);
    if (same)
      findings.push(failed("secrets", `${name} and ${same} are the same: who has one has both.`, `Give ${same} a value of its own.`));
  }
  return findings;
}
