// Text from outside that is to be read on a terminal. Knows no terminal.

/** On one line, and without what moves the cursor, sets the title or turns the writing around: each such character becomes "?". */
export function visibleText(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
}
