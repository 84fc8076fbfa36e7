import assert from "node:assert/strict";
import { test } from "node:test";
import { createUpstreamRoutes } from "./upstream-routes.ts";

test("straight first, the door where that has worked, and straight again after a while", () => {
  let nowMs = 0;
  const routes = createUpstreamRoutes({ masterUrl: () => "http://master:8000/", nowMs: () => nowMs });
  const straight = "http://172.18.0.3:8888";
  const contained = { nodeId: "a1", mediaUrl: straight, publicUrl: "/n/a1" };
  const door = "http://master:8000/n/a1";
  assert.deepEqual(routes.of({ nodeId: "a1", mediaUrl: straight }), [straight]);
  assert.deepEqual(routes.of(contained), [straight, door]);
  assert.equal(routes.worked(contained, straight), false);
  assert.equal(routes.worked(contained, door), true);
  assert.equal(routes.worked(contained, door), false, "no news");
  assert.deepEqual(routes.of(contained), [door, straight]);
  assert.deepEqual(routes.of({ ...contained, nodeId: "a2" }), [straight, "http://master:8000/n/a1"], "of this node only");
  assert.deepEqual(routes.of({ ...contained, mediaUrl: "http://10.0.0.9:8888" })[0], "http://10.0.0.9:8888", "it has moved");
  nowMs = 601_000;
  assert.deepEqual(routes.of(contained), [straight, door]);
  assert.equal(routes.worked(contained, door), false);
  assert.deepEqual(routes.of(contained), [door, straight], "remembered anew");
  assert.equal(routes.worked(contained, straight), true);
  assert.deepEqual(routes.of(contained), [straight, door]);
  const elsewhere = { ...contained, publicUrl: "https://class.example/n/a1" };
  assert.deepEqual(routes.of(elsewhere), [straight, "https://class.example/n/a1"]);
});
