import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../shared/kernel/clock.ts";
import { createDeparture } from "./departure.ts";

function setUp(state: { viewers?: number; publishers?: number; others?: number; master?: boolean | "hangs" }, withinMs = 60_000) {
  const here = { viewers: 0, publishers: 0, others: 1, master: true as boolean | "hangs", ...state };
  const left: number[] = [];
  let reports = 0;
  const departure = createDeparture({
    knowledge: {
      leave: (startedAtMs, deadlineMs) => void left.push(deadlineMs - startedAtMs),
      get othersRoutable() {
        return reports === 0 ? 0 : here.others;
      },
    },
    refresh: async () => {
      reports += 1;
      return here.master === "hangs" ? new Promise<boolean>(() => {}) : here.master;
    },
    viewers: () => here.viewers,
    publishers: () => here.publishers,
    clock: systemClock,
    logger: { info: () => {} },
    withinMs,
  });
  let done = false;
  const leave = () => departure.leave().then(() => (done = true));
  return { here, left, leave, reports: () => reports, done: () => done };
}

test("nobody is here, or nobody could take them: it goes at once", async () => {
  for (const state of [{}, { viewers: 5, others: 0 }, { viewers: 5, master: false }, { publishers: 1, others: 0 }]) {
    const { leave, left } = setUp(state);
    await leave();
    assert.deepEqual(left, [60_000], "and takes nobody new meanwhile");
  }
});

test("it waits until the last viewer and the last publisher have gone, and says meanwhile how it stands", async () => {
  const { here, leave, reports, done } = setUp({ viewers: 2, publishers: 1 });
  const leaving = leave();
  const again = leave();
  const until = async (reached: number) => {
    while (reports() < reached) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await until(1);
  here.viewers = 0;
  await until(2);
  assert.equal(done(), false, "the publisher is still here");
  here.publishers = 0;
  await Promise.all([leaving, again]);
});

test("it does not wait longer than it may, not for viewers who stay nor for a master that hangs", async () => {
  for (const master of [true, "hangs"] as const) {
    const { leave } = setUp({ viewers: 2, master }, 200);
    await leave();
  }
});

test("the others left meanwhile: nobody is there to move to any more", async () => {
  const { here, leave } = setUp({ viewers: 2 });
  const leaving = leave();
  here.others = 0;
  await leaving;
});
