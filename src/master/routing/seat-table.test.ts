import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeatTable, reservationMs } from "./seat-table.ts";

const numbers = (connections: number) => ({ maxConnections: 150, connections, follows: true, routableUntilMs: Number.POSITIVE_INFINITY });

function tableWith(...nodeIds: string[]) {
  const table = createSeatTable();
  for (const id of nodeIds) table.put(id, numbers(0));
  return table;
}

test("a place is held for 15 s, exactly", () => {
  const table = tableWith("a");
  table.reserve("one", "a", 1_000);
  assert.equal(table.get("a", 1_000 + reservationMs - 1)?.reserved, 1);
  assert.equal(table.get("a", 1_000 + reservationMs)?.reserved, 0);
  assert.equal(table.reservations, 0);
});

test("counted once: in the report, or on the way", () => {
  const table = tableWith("a");
  table.reserve("one", "a", 0);
  table.reserve("two", "a", 0);
  table.put("a", numbers(1));
  table.claim("one", "a");
  table.claim("one", "a");
  const row = table.get("a", 5_000);
  assert.equal((row?.connections ?? 0) + (row?.reserved ?? 0), 2);
  assert.equal(table.get("a", reservationMs)?.reserved, 0);
});

test("reserving again renews and moves, never counts twice", () => {
  const table = tableWith("a", "b");
  table.reserve("one", "a", 0);
  table.reserve("one", "a", 10_000);
  assert.equal(table.get("a", 16_000)?.reserved, 1);
  table.reserve("one", "b", 16_000);
  assert.equal(table.get("a", 16_000)?.reserved, 0);
  assert.equal(table.get("b", 16_000)?.reserved, 1);
  assert.equal(table.nodeOf("one", 16_000), "b");
  table.claim("one", "a");
  assert.equal(table.get("b", 16_000)?.reserved, 1);
});

test("a renewed place does not hide the expiry of later ones", () => {
  const table = tableWith("a");
  table.reserve("one", "a", 0);
  table.reserve("two", "a", 1_000);
  table.reserve("one", "a", 2_000);
  assert.equal(table.get("a", 16_000)?.reserved, 1);
  assert.equal(table.nodeOf("one", 16_000), "a");
});

test("a node that leaves takes its places along; coming back, it starts anew", () => {
  const table = tableWith("a", "b");
  table.reserve("one", "a", 0);
  table.remove("a");
  assert.equal(table.reservations, 0);
  assert.deepEqual(
    table.seats(0).map((row) => row.nodeId),
    ["b"],
  );
  table.put("a", numbers(3));
  assert.equal(table.get("a", 1)?.reserved, 0);
  table.reserve("one", "gone", 1);
  assert.equal(table.reservations, 0);
});

test("reservations are bounded: the oldest goes", () => {
  const table = createSeatTable(3);
  table.put("a", numbers(0));
  for (const id of ["1", "2", "3", "4", "5"]) table.reserve(id, "a", 0);
  assert.equal(table.reservations, 3);
  assert.equal(table.get("a", 0)?.reserved, 3);
  assert.equal(table.nodeOf("1", 0), undefined);
  assert.equal(table.nodeOf("5", 0), "a");
});

test("each place ends once, and is counted as what became of it", () => {
  const table = createSeatTable(4);
  for (const id of ["a", "b"]) table.put(id, numbers(0));
  for (const id of ["1", "2", "3", "4", "5"]) table.reserve(id, "a", 0);
  assert.deepEqual(table.outcomes, { claimed: 0, expired: 0, released: 1 }, "there was no room for the first");
  table.claim("2", "a");
  table.claim("2", "a");
  table.release("3", "b");
  table.release("3", "a");
  table.reserve("4", "b", 10_000);
  assert.deepEqual(table.outcomes, { claimed: 1, expired: 0, released: 2 }, "a place that is renewed goes on");
  table.expire(reservationMs);
  assert.deepEqual(table.outcomes, { claimed: 1, expired: 1, released: 2 });
  table.reserve("4", "gone", 16_000);
  table.reserve("6", "b", 16_000);
  table.remove("b");
  assert.deepEqual(table.outcomes, { claimed: 1, expired: 1, released: 4 });
  assert.equal(table.reservations, 0);
});
