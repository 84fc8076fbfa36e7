// Text for a terminal: colours where they are wanted, columns, and names of others made harmless. Writes nothing.
import { styleText } from "node:util";
import Table from "cli-table3";
import { visibleText } from "../shared/kernel/visible-text.ts";

export type Style = "bold" | "dim" | "red" | "yellow" | "green" | "cyan";
/** Text in a style, or as it is where there are no colours. */
export type Paint = (style: Style, text: string) => string;

export function createPaint(colours: boolean): Paint {
  return (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text);
}

/** Whether a stream wants colours: a terminal, and no NO_COLOR (https://no-color.org). */
export function wantsColours(stream: { readonly isTTY?: boolean }, env: Readonly<Record<string, string | undefined>>): boolean {
  return stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}

/** A name from outside on one line: it may not move the cursor, turn the writing around or fill the screen. */
export function harmless(text: string, maxLength = 40): string {
  const clean = visibleText(text);
  const characters = Array.from(new Intl.Segmenter().segment(clean), ({ segment }) => segment);
  return characters.length <= maxLength ? clean : `${characters.slice(0, maxLength - 1).join("")}…`;
}

const noBorders = Object.fromEntries(
  ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"]
    .concat(["left", "left-mid", "mid", "mid-mid", "right", "right-mid"])
    .map((part) => [part, ""]),
);

export interface Column {
  readonly title: string;
  /** Numbers stand under each other. */
  readonly right?: boolean;
}

/** Lines of a table without borders; the width of wide characters and of colours is counted rightly. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[], paint: Paint): string[] {
  const table = new Table({
    head: columns.map(({ title }) => paint("dim", title)),
    chars: { ...noBorders, middle: "  " },
    colAligns: columns.map(({ right = false }) => (right ? "right" : "left")),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}
