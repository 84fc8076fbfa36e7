import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../../../test/support/eventually.ts";
import { createEpochAnnouncer } from "./epoch-announcer.ts";

test("an address that is none ends no process: it is tried again", async (t) => {
  let tries = 0;
  const announcer = createEpochAnnouncer({
    connect() {
      tries += 1;
      throw new TypeError("Invalid URL");
    },
    highestEpoch: () => 2,
    logger: { info() {} },
  });
  t.after(() => announcer.stop());
  announcer.announce("live/math", { nodeId: "slave-2", mediaUrl: "http://256.1.1.1:8888" });
  await eventually("it is tried again", () => tries >= 2, 10_000);
});

test("the origin before is told until it says an epoch that is not lower, or has no such stream", async (t) => {
  const answers = [
    () => Promise.reject(new Error("away")),
    () => Promise.resolve({ status: 200, log: { epoch: 1, state: "live" as const, lagS: 0, lineage: ["slave-2"] }, body: Buffer.alloc(0) }),
    () => Promise.resolve({ status: 404, log: undefined, body: Buffer.alloc(0) }),
  ];
  let closed = 0;
  const said: string[] = [];
  const announcer = createEpochAnnouncer({
    connect: () => ({
      get: () => answers.shift()?.() ?? assert.fail("it was asked after it had understood"),
      heardAtMs: 0,
      close: () => void (closed += 1),
    }),
    highestEpoch: () => 2,
    logger: { info: (_fields: unknown, text?: string) => void said.push(text ?? "") },
  });
  t.after(() => announcer.stop());
  announcer.announce("live/math", { nodeId: "slave-2", mediaUrl: "http://127.0.0.1:1" });
  await eventually("it has understood", () => said.length === 1, 10_000);
  assert.deepEqual([answers.length, closed], [0, 3]);
});
