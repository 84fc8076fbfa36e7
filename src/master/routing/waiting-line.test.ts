import assert from "node:assert/strict";
import { test } from "node:test";
import { createWaitingLine } from "./waiting-line.ts";
import type { LineCaller, WaitingLineOptions } from "./waiting-line.ts";

const full = { own: 0, any: 0 };
const room = (own: number, any = own) => ({ own, any });

function setUp(options: Partial<WaitingLineOptions> = {}) {
  let tickets = 0;
  const line = createWaitingLine({ newTicket: () => `ticket-${(tickets += 1)}`, ...options });
  /** Asks as somebody new; his ticket. */
  const join = (nowMs = 0, caller: Partial<LineCaller> = {}) => line.wait({ sender: "10.0.0.1", ...caller }, full, nowMs)?.ticket;
  const again = (ticket: string | undefined, nowMs: number) => line.wait({ sender: "10.0.0.1", ticket }, full, nowMs)?.position;
  const isTurn = (ticket: string | undefined, own: number, nowMs = 0) => line.isTurn({ sender: "10.0.0.1", ticket }, room(own), nowMs);
  return { line, join, again, isTurn };
}

test("without a line a free seat is for who asks", () => {
  const { line, isTurn } = setUp();
  assert.equal(isTurn(undefined, 1), true);
  assert.equal(isTurn(undefined, 0), false);
  assert.equal(line.size(0), 0);
});

test("freed seats go to the front, as many as there are; newcomers do not overtake", () => {
  const { line, join, again, isTurn } = setUp();
  const tickets = [join(), join(), join()];
  assert.deepEqual(
    tickets.map((ticket) => again(ticket, 1)),
    [1, 2, 3],
  );
  assert.deepEqual(
    [...tickets, undefined].map((ticket) => isTurn(ticket, 2, 1)),
    [true, true, false, false],
  );
  assert.equal(isTurn(undefined, 3, 1), false, "a newcomer, and three seats for three who wait");
  assert.equal(isTurn(undefined, 4, 1), true);
  line.leave({ sender: "10.0.0.1", ticket: tickets[0] });
  assert.deepEqual([again(tickets[1], 2), again(tickets[2], 2)], [1, 2]);
  assert.equal(isTurn(tickets[2], 1, 2), false);
});

test("who has not asked for 20 s is passed over, keeps the place, and is back in it when he asks again", () => {
  const { line, join, again, isTurn } = setUp();
  const [first, second, third] = [join(0), join(0), join(0)];
  for (let nowMs = 5_000; nowMs <= 20_000; nowMs += 5_000) assert.equal(again(third, nowMs), 3);
  assert.equal(isTurn(third, 2, 20_000), false);
  assert.equal(isTurn(third, 1, 20_001), true, "no seat is held for who does not come");
  assert.deepEqual([line.size(20_001), again(third, 20_001)], [1, 1], "only who stands there counts");
  assert.equal(isTurn(undefined, 1, 20_001), false);
  assert.equal(isTurn(undefined, 2, 20_001), true);

  assert.equal(again(second, 60_000), 1);
  assert.equal(again(third, 60_000), 2, "told what is true now");
  assert.equal(isTurn(third, 1, 60_000), false);
  assert.equal(isTurn(first, 1, 60_000), true, "the first one takes a seat that is free when he comes");
  assert.deepEqual([again(first, 60_001), again(second, 60_001), again(third, 60_001)], [1, 2, 3]);
});

test("a page that may ask once a minute keeps the place; after 3 minutes of silence it is gone", () => {
  const { line, join, again, isTurn } = setUp();
  const [hidden, gone] = [join(0), join(0)];
  const shown = join(0);
  let nowMs = 0;
  for (; nowMs < 600_000; nowMs += 5_000) {
    if (nowMs % 60_000 === 0) assert.equal(again(hidden, nowMs), 1);
    assert.equal(again(shown, nowMs) === 1, nowMs % 60_000 > 20_000, `at ${nowMs} ms`);
  }
  assert.equal(again(gone, nowMs), 2, "behind who stood behind him");
  again(hidden, nowMs);
  assert.equal(isTurn(hidden, 1, nowMs + 180_000), true);
  assert.equal(again(hidden, nowMs + 180_000), 1);
  assert.equal(line.size(nowMs + 180_000), 1);
  assert.equal(join(nowMs + 360_001), "ticket-5");
  assert.equal(again(hidden, nowMs + 360_001), 2);
  assert.equal(line.size(nowMs + 600_000), 0);
});

test("a ticket that was never given out, or is spent, is a newcomer's", () => {
  const { line, join, again, isTurn } = setUp();
  const first = join();
  assert.equal(isTurn("guess", 1), false);
  assert.equal(again("guess", 1), 2);
  line.leave({ sender: "10.0.0.1", ticket: first });
  assert.equal(isTurn(first, 1, 1), false, "the other one is before him");
});

test("who lost his node stands before all who have not been in, once, by order among his like", () => {
  const { line, join, again } = setUp();
  const newcomer = join();
  const mover = (movesFrom: string, nowMs = 1) => line.wait({ sender: "10.0.0.2", movesFrom }, full, nowMs)?.position;
  assert.deepEqual([mover("a"), mover("b"), mover("a"), mover("b")], [1, 2, 1, 2]);
  assert.equal(again(newcomer, 2), 3);
  assert.equal(line.size(2), 3);
  assert.equal(line.isTurn({ sender: "x", movesFrom: "a" }, room(1), 2), true);
  assert.equal(line.isTurn({ sender: "x", movesFrom: "b" }, room(1), 2), false);
  assert.equal(line.isTurn({ sender: "x", movesFrom: "c" }, room(2), 2), false);
  assert.equal(line.isTurn({ sender: "x", movesFrom: "c" }, room(3), 2), true, "new in the line, but not behind newcomers");
  line.leave({ sender: "x", movesFrom: "a" });
  assert.equal(mover("b", 3), 1);
  // With an expired token he joins anew, with the ticket that he got.
  const ticket = line.wait({ sender: "10.0.0.2", movesFrom: "b" }, full, 4)?.ticket;
  assert.equal(line.wait({ sender: "10.0.0.2", ticket }, full, 5)?.position, 1);
});

test("who has a seat and looks for another one is not put in the line, and overtakes nobody", () => {
  const { line, join } = setUp();
  assert.equal(line.wait({ sender: "a", onlyLooks: true }, full, 0), undefined);
  assert.equal(line.size(0), 0);
  const ticket = join();
  assert.equal(line.isTurn({ sender: "a", onlyLooks: true }, room(1), 1), false);
  assert.equal(line.isTurn({ sender: "a", onlyLooks: true }, room(2), 1), true);
  assert.equal(line.wait({ sender: "a", ticket, onlyLooks: true }, full, 1)?.position, 1, "who stands in it keeps his place");
});

test("bounded in all and per sender; who is in it already is not turned out", () => {
  const { line, join, again } = setUp({ maxWaiting: 5, maxPerSender: 3 });
  const tickets = [join(), join(), join()];
  assert.equal(join(), undefined);
  assert.equal(again(tickets[2], 1), 3);
  assert.notEqual(join(1, { sender: "10.0.0.2" }), undefined);
  assert.notEqual(join(1, { sender: "10.0.0.2" }), undefined);
  assert.equal(join(1, { sender: "10.0.0.3" }), undefined);
  line.leave({ sender: "10.0.0.1", ticket: tickets[0] });
  assert.notEqual(join(1, { sender: "10.0.0.1" }), undefined);
  assert.equal(join(1, { sender: "10.0.0.3" }), undefined);
});

test("a line that is full: who is absent gives way, the longest first, and of a sender with too many only his own", () => {
  const { line, join, again } = setUp({ maxWaiting: 4, maxPerSender: 3 });
  const others = [join(0, { sender: "b" })];
  const own = [join(1), join(2), join(3)];
  assert.equal(again(own[1], 15_000), 3);
  const nowMs = 30_000;
  const fresh = [join(nowMs), join(nowMs)];
  assert.ok(fresh.every((ticket) => ticket !== undefined));
  assert.equal(join(nowMs), undefined, "all that are left of this sender are here");
  assert.deepEqual(
    [others[0], own[1], ...fresh].map((ticket) => again(ticket, nowMs)),
    [1, 2, 3, 4],
    "neither somebody else's place nor one whose holder was here lately",
  );
  assert.equal(join(nowMs, { sender: "c" }), undefined);
  again(fresh[0], nowMs + 15_000);
  assert.notEqual(join(nowMs + 25_000, { sender: "c" }), undefined);
  assert.equal(line.size(nowMs + 25_000), 2);
  assert.equal(again(others[0], nowMs + 25_000), 3, "he was the one who gave way, and took the place of the next one");
});

test("a flood that never asks again stands in nobody's way after 20 s, and keeps nobody out", () => {
  const { line, join, again, isTurn } = setUp();
  for (let index = 0; index < 5_000; index += 1) join(0, { sender: `10.1.0.${index % 2}` });
  assert.equal(line.size(0), 4_000);
  assert.equal(join(20_000), undefined);
  const ticket = join(20_001);
  assert.equal(again(ticket, 20_002), 1);
  assert.equal(isTurn(ticket, 1, 20_002), true);
});

test("who waits for a seat that is not there does not stop those whom one would do for", () => {
  const { line } = setUp();
  const stuck = { sender: "a", ticket: line.wait({ sender: "a" }, room(0, 2), 0)?.ticket };
  assert.equal(line.isTurn({ sender: "b" }, room(1, 2), 0), true);
  assert.equal(line.isTurn(stuck, room(1, 2), 0), true);
  line.wait(stuck, full, 1);
  assert.equal(line.isTurn({ sender: "b" }, room(1), 1), false, "now it is seats that both want");
  line.wait(stuck, room(0, 2), 2);
  line.leave(stuck);
  assert.equal(line.isTurn({ sender: "b" }, room(1), 2), true);
});

test("who lost his node and is absent is passed over, too; with his token he is back in his place", () => {
  const { line, join, again } = setUp();
  const mover = (movesFrom: string, nowMs: number) => line.wait({ sender: "b", movesFrom }, full, nowMs)?.position;
  const newcomer = join(0);
  assert.deepEqual([mover("a", 0), mover("b", 0)], [1, 2]);
  assert.deepEqual([mover("b", 15_000), again(newcomer, 15_000)], [2, 3]);
  assert.deepEqual([mover("b", 25_000), again(newcomer, 25_000)], [1, 2]);
  assert.deepEqual([mover("a", 170_000), again(newcomer, 170_000)], [1, 2]);
  assert.deepEqual([mover("b", 170_000), again(newcomer, 170_000)], [2, 3]);
});

test("4,000 in the line that all come back cost little", () => {
  const { line, join, again } = setUp({ maxPerSender: 4_000 });
  const tickets = Array.from({ length: 4_000 }, () => join());
  const startedMs = performance.now();
  tickets.forEach((ticket, index) => {
    line.isTurn({ sender: "x", ticket }, room(0), 1);
    assert.equal(again(ticket, 1), index + 1);
  });
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs < 2_000, `${Math.round(tookMs)} ms`);
});
