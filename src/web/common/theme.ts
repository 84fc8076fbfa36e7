// Light or dark: by the browser, or by hand.
import { signal } from "@preact/signals";
import { keepValue, keptValue } from "./kept.ts";

export type Theme = "auto" | "light" | "dark";

const key = "airclass.theme";

function themeOf(value: string | undefined): Theme {
  return value === "light" || value === "dark" ? value : "auto";
}

const current = signal<Theme>(themeOf(keptValue(key)));
show(current.value);

function show(theme: Theme): void {
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

export const theme = (): Theme => current.value;

export function setTheme(chosen: Theme): void {
  // Who is told of the change (plots) asks for the new colours at once.
  show(chosen);
  current.value = chosen;
  keepValue(key, chosen === "auto" ? undefined : chosen);
}
