// What every plot says beside its figures.
import type { Texts } from "./language.ts";

interface PlotTexts {
  readonly empty: string;
  readonly none: string;
  /** One line of a plot in words. */
  readonly sentence: (name: string, latest: string, least: string, most: string, minutes: number) => string;
}

export const plotTexts: Texts<PlotTexts> = {
  en: {
    empty: "Nothing to show yet",
    none: "–",
    sentence: (name, latest, least, most, minutes) =>
      `${name}: ${latest} now; between ${least} and ${most} in the last ${minutes === 1 ? "minute" : `${minutes} minutes`}.`,
  },
  ko: {
    empty: "아직 표시할 내용이 없습니다",
    none: "–",
    sentence: (name, latest, least, most, minutes) => `${name}: 현재 ${latest}, 최근 ${minutes}분 동안 ${least}에서 ${most} 사이.`,
  },
};
