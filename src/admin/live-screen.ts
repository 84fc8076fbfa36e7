// A picture of text that is drawn again and again on a terminal, without flicker. Knows nothing of what it shows.
import type { Writable } from "node:stream";

export interface TerminalOutput extends Writable {
  readonly isTTY?: boolean;
  readonly rows?: number;
}

export interface LiveScreen {
  draw(lines: readonly string[]): void;
  /** Leaves the terminal as it was, with the last picture below what was there. Idempotent. */
  close(): void;
}

/** ECMA-48 control functions, and xterm's private modes. */
const csi = "\u001B[";
const alternateScreen = { on: `${csi}?1049h`, off: `${csi}?1049l` };
const cursor = { hide: `${csi}?25l`, show: `${csi}?25h`, home: `${csi}H` };
const wrapping = { off: `${csi}?7l`, on: `${csi}?7h` };
const eraseToEnd = { ofLine: `${csi}K`, ofScreen: `${csi}J` };

export function createLiveScreen(output: TerminalOutput): LiveScreen {
  let last: readonly string[] = [];
  let isOpen = true;
  output.write(alternateScreen.on + cursor.hide + wrapping.off);
  return {
    draw(lines) {
      last = lines;
      const rows = Math.max(2, output.rows ?? 24);
      const shown = lines.length <= rows ? lines : [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines`];
      // Old lines are written over, not wiped first, and all in one write: nothing is ever blank.
      output.write(cursor.home + shown.map((line) => line + eraseToEnd.ofLine).join("\n") + eraseToEnd.ofScreen);
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      output.write(`${wrapping.on}${cursor.show}${alternateScreen.off}${last.join("\n")}\n`);
    },
  };
}
