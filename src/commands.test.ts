import assert from "node:assert/strict";
import { test } from "node:test";
import { commands } from "./commands.ts";

test("each command says how it is used, by its own name", async () => {
  for (const [name, command] of Object.entries(commands)) {
    assert.match(await command.help(), new RegExp(`^(usage:| {6}) airclass ${name}\\b`, "m"));
    assert.doesNotMatch(command.summary, /\n/);
  }
});
