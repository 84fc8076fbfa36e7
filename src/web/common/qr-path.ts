// A QR code as one path of an SVG. Pure.
import { encode } from "uqr";

/** Light modules around the code that readers need (ISO/IEC 18004 §5.3.8). */
const quietModules = 4;

/** @param text at most about 2,300 characters @returns the side in modules, the quiet zone included, and the dark ones as rows of rectangles */
export function qrPath(text: string): { readonly size: number; readonly path: string } {
  // M: a projector's picture has glare, and heads before it.
  const { size, data } = encode(text, { ecc: "M", border: quietModules });
  const parts: string[] = [];
  for (const [y, row] of data.entries())
    for (let x = 0; x < size; x += 1) {
      if (!row[x]) continue;
      const start = x;
      while (row[x + 1]) x += 1;
      parts.push(`M${start} ${y}h${x - start + 1}v1h-${x - start + 1}z`);
    }
  return { size, path: parts.join("") };
}
