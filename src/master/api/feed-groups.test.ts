import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { eventBytes } from "../../shared/http/event-stream.ts";
import type { EventReader } from "../../shared/http/event-stream.ts";
import { createFeedGroups } from "./feed-groups.ts";

interface Reader extends EventReader {
  readonly got: string[];
  readonly isOver: boolean;
}

function reader(): Reader {
  const got: string[] = [];
  let isOver = false;
  return {
    got,
    get isOver() {
      return isOver;
    },
    send: (bytes) => void got.push(String(bytes).split("\n")[0]?.slice("event: ".length) ?? ""),
    recheck: () => {},
    end() {
      isOver = true;
    },
  };
}

function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const asked = { openings: 0, changes: 0 };
  const news: string[] = [];
  const failures: unknown[] = [];
  const groups = createFeedGroups<string>({
    idOf: (key) => key,
    failed: (error) => failures.push(error),
    feedOf: (key) => ({
      opening() {
        asked.openings += 1;
        return [eventBytes(`opening-${key}`, {})];
      },
      changes() {
        asked.changes += 1;
        if (news[0] === "broken") throw new Error("broken");
        return news.splice(0).map((name) => eventBytes(name, {}));
      },
    }),
  });
  return { groups, asked, news, failures, second: () => t.mock.timers.tick(1_000) };
}

test("readers of a group share what is made, once a second; nothing is made while nobody reads", (t) => {
  const { groups, asked, news, second } = setUp(t);
  second();
  const [one, two, other] = [reader(), reader(), reader()];
  groups.join("a", one);
  groups.join("a", two);
  assert.deepEqual(asked, { openings: 1, changes: 0 });
  groups.join("b", other);
  news.push("news");
  second();
  assert.deepEqual(one.got, ["opening-a", "news"]);
  assert.deepEqual(two.got, one.got);
  assert.deepEqual(other.got, ["opening-b"]);
  const late = reader();
  groups.join("a", late);
  assert.deepEqual([late.got, asked.openings], [["opening-a"], 3], "made anew");
  for (const gone of [one, two, late]) groups.leave("a", gone);
  groups.leave("b", other);
  const { changes } = asked;
  second();
  assert.equal(asked.changes, changes);
});

test("all are told, and a group can be ended with a last word", (t) => {
  const { groups } = setUp(t);
  const [one, other] = [reader(), reader()];
  groups.join("a", one);
  groups.join("b", other);
  groups.tell((key) => (key === "a" ? [eventBytes("told", {})] : []));
  groups.close((key) => key === "a", eventBytes("gone", {}));
  assert.deepEqual(one.got, ["opening-a", "told", "gone"]);
  assert.ok(one.isOver && !other.isOver);
  assert.deepEqual(other.got, ["opening-b"]);
});

test("where something new cannot be made, readers are sent away, and the others are not", (t) => {
  const { groups, news, failures, second } = setUp(t);
  const [one, other] = [reader(), reader()];
  groups.join("a", one);
  news.push("broken");
  second();
  assert.ok(one.isOver);
  assert.equal(failures.length, 1);
  news.splice(0);
  groups.join("b", other);
  second();
  assert.ok(!other.isOver);
});
