import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamReport } from "../../shared/protocol/cluster-messages.ts";
import type { ClassListener } from "../classes/class-catalog.ts";
import { createStreamDirectory } from "../streams/stream-directory.ts";
import { createClassPhases } from "./class-phases.ts";

test("a class has begun once somebody published it, until it is closed or deleted", () => {
  const directory = createStreamDirectory();
  const listeners: ClassListener[] = [];
  const listen = (listener: ClassListener) => {
    listeners.push(listener);
    return () => {};
  };
  const hasBegun = createClassPhases({ listen }, directory);
  const publish = (epoch: number) => {
    const stream: StreamReport = { path: "live/math", role: "origin", state: "live", epoch, msn: 0, part: 0, viewers: 0 };
    directory.report("a", [stream]);
  };
  assert.equal(hasBegun("math"), false);
  publish(1);
  assert.equal(hasBegun("math"), true);
  directory.remove("a");
  assert.equal(hasBegun("math"), true, "nobody holds it any more");
  for (const { ended } of listeners) ended?.("live/math", 0);
  assert.equal(hasBegun("math"), false);
  publish(2);
  assert.equal(hasBegun("math"), true);
  assert.equal(hasBegun("art"), false);
});
