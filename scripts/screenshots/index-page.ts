// One page with all pictures side by side, to look through.
import type { TakenShot } from "./take.ts";

const style = `body{font:14px system-ui;margin:2rem;background:#ddd}h2{margin:2rem 0 .5rem}figure{display:inline-block;margin:0 1rem 1rem 0;vertical-align:top}
img{max-width:24rem;max-height:40rem;border:1px solid #999;background:#fff}figcaption{font-size:12px;color:#444}`;

export function indexPage(shots: readonly TakenShot[]): string {
  const sections = shots.map(({ page, state, device, files }) => {
    const figures = files.map(
      (file) => `<figure><a href="${file}"><img loading="lazy" src="${file}" alt=""></a><figcaption>${file}</figcaption></figure>`,
    );
    return `<h2>${page}: ${state} (${device})</h2>\n${figures.join("\n")}`;
  });
  return `<!doctype html><meta charset="utf-8"><title>AIRClass: screenshots</title><style>${style}</style>\n<h1>AIRClass: every page and state</h1>\n${sections.join("\n")}\n`;
}
