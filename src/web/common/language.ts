// The language of the page: one signal that every sentence depends on.
import { signal } from "@preact/signals";
import { chooseLanguage, type Language } from "./choose-language.ts";
import { keepValue, keptValue } from "./kept.ts";

const key = "airclass.language";

const current = signal<Language>(chooseLanguage(keptValue(key), navigator.languages));
document.documentElement.lang = current.value;

export const language = (): Language => current.value;

export function setLanguage(chosen: Language): void {
  current.value = chosen;
  document.documentElement.lang = chosen;
  keepValue(key, chosen);
}

/** Sentences in both languages: a missing one is a type error. */
export type Texts<Shape> = Readonly<Record<Language, Shape>>;

/** The sentences of the language of the moment; read while rendering, so that a change is seen. */
export const inLanguage = <Shape>(texts: Texts<Shape>): Shape => texts[current.value];
