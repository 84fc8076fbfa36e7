import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { createLiveScreen } from "./live-screen.ts";

const escape = "\u001B";

test("draws over what was there in one write, cuts what does not fit, and leaves the terminal as it was", () => {
  const output = Object.assign(new PassThrough({ encoding: "utf8" }), { rows: 3 });
  const written = () => String(output.read() ?? "");
  const screen = createLiveScreen(output);
  const opening = written();
  for (const mode of ["?1049h", "?25l", "?7l"]) assert.ok(opening.includes(`${escape}[${mode}`), mode);
  screen.draw(["one", "two"]);
  const drawn = written();
  assert.equal(drawn, `${escape}[Hone${escape}[K\ntwo${escape}[K${escape}[J`);
  assert.doesNotMatch(drawn, /\[2J/, "nothing is wiped first");
  screen.draw(["1", "2", "3", "4"]);
  assert.match(written(), /1.*\n2.*\n… 2 more lines/);
  screen.close();
  screen.close();
  const closing = written();
  for (const mode of ["?1049l", "?25h", "?7h"]) assert.ok(closing.includes(`${escape}[${mode}`), mode);
  assert.ok(closing.endsWith("1\n2\n3\n4\n"), "the last picture stays, whole");
});
