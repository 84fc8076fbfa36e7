// Where somebody is on the page, as its address says it: a reload, a link and the browser's way back lead there. Pure.
import { isClassName } from "./class-name.ts";

/** The class that is looked at; undefined: the list. */
export function placeOf(search: string): string | undefined {
  const name = new URLSearchParams(search).get("class") ?? "";
  return isClassName(name) ? name : undefined;
}

export const addressOf = (className: string | undefined): string =>
  className === undefined ? "/teach" : `/teach?class=${encodeURIComponent(className)}`;
