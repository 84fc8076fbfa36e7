// Which of our languages somebody reads. Pure.

export type Language = "en" | "ko";

const languages: readonly Language[] = ["en", "ko"];

const isLanguage = (value: string): value is Language => languages.some((language) => language === value);

/**
 * The language chosen by hand, else the first of the browser's that we have, else English.
 * @param preferred BCP 47 tags, most wanted first (navigator.languages)
 */
export function chooseLanguage(chosen: string | undefined, preferred: readonly string[]): Language {
  if (chosen !== undefined && isLanguage(chosen)) return chosen;
  return preferred.map((tag) => tag.toLowerCase().split("-")[0] ?? "").find((tag) => isLanguage(tag)) ?? "en";
}
