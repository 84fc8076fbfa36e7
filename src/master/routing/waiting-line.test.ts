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

test("who does not come back loses his place, who does keeps it", () => {
  const { line, join, again, isTurn } = setUp();
  const first = join(0);
  const second = join(0);
  for (let nowMs = 5_000; nowMs <= 20_000; nowMs += 5_000) assert.equal(again(second, nowMs), 2);
  assert.equal(isTurn(second, 1, 20_000), false);
  assert.equal(isTurn(second, 1, 20_001), true, "the first has given up");
  assert.equal(line.size(20_001), 1);
  assert.equal(again(first, 20_002), 2, "and is at the end now");
  assert.equal(line.size(60_000), 0);
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
  assert.notEqual(join(30_000, { sender: "10.0.0.3" }), undefined, "all have given up");
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
