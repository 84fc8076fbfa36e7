// The colours of the theme as a canvas needs them: names of CSS variables mean nothing to it.
import { effect } from "@preact/signals";
import { theme } from "./theme.ts";

export type PlotTone = "accent" | "good" | "warn" | "bad" | "soft";

const variables = { accent: "--accent", good: "--good-fill", warn: "--warn-fill", bad: "--bad-fill", soft: "--line-strong" } as const;

export interface PlotColors {
  readonly lines: Readonly<Record<PlotTone, string>>;
  readonly grid: string;
  readonly text: string;
  readonly font: string;
}

/** @param place an element of the page, whose theme counts */
export function plotColors(place: HTMLElement): PlotColors {
  const probe = document.createElement("span");
  place.append(probe);
  const style = getComputedStyle(probe);
  const color = (variable: string): string => {
    probe.style.color = `var(${variable})`;
    return style.color;
  };
  const lines = Object.fromEntries(Object.entries(variables).map(([tone, variable]) => [tone, color(variable)])) as Record<
    PlotTone,
    string
  >;
  const colors = { lines, grid: color("--line"), text: color("--text-soft"), font: `12px ${style.fontFamily}` };
  probe.remove();
  return colors;
}

/** Calls at every change of theme, by hand or of the device. @returns ends it */
export function onThemeChange(changed: () => void): () => void {
  const device = matchMedia("(prefers-color-scheme: dark)");
  let isFirst = true;
  const stop = effect(() => {
    theme();
    if (!isFirst) changed();
    isFirst = false;
  });
  device.addEventListener("change", changed);
  return () => {
    stop();
    device.removeEventListener("change", changed);
  };
}
