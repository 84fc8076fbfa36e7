import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClassView } from "../../shared/protocol/classes.ts";
import { groupedCode, joinLinks } from "./join-links.ts";

const view = (watch_url: string, open = false): ClassView => ({
  name: "math-3b",
  title: "Mathematics 3B",
  path: "live/math-3b",
  open,
  closed: false,
  join_code: "K7QX2M",
  has_teacher_token: false,
  live: false,
  rtmp_url: "rtmp://x/live",
  watch_url,
});

test("with a code: the link brings it along, typing needs the server's name alone", () => {
  assert.deepEqual(joinLinks(view("http://school.example:8000/watch/math-3b")), {
    link: "http://school.example:8000/watch/math-3b#K7QX2M",
    typed: "school.example:8000",
    isOnlyHere: false,
  });
});

test("without one: the whole address is needed", () => {
  const { link, typed } = joinLinks(view("https://class.school.example/watch/math-3b", true));
  assert.equal(link, "https://class.school.example/watch/math-3b");
  assert.equal(typed, "class.school.example/watch/math-3b");
});

test("an address that works on this computer alone is found out", () => {
  for (const host of ["localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
    assert.ok(joinLinks(view(`http://${host}/watch/a`)).isOnlyHere, host);
  assert.ok(!joinLinks(view("http://192.168.1.20:8000/watch/a")).isOnlyHere);
});

test("codes in groups", () => {
  assert.equal(groupedCode("K7QX2M"), "K7Q X2M");
  assert.equal(groupedCode("ABCDEFGH"), "ABCD EFGH");
  assert.equal(groupedCode("ABCDEFG"), "ABCD EFG");
  assert.equal(groupedCode("MATH"), "MATH");
  assert.equal(groupedCode("MATH-3B-22"), "MATH-3B-22");
});
