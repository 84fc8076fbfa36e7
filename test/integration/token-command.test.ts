// `airclass token` against a real cluster: what it prints can be played.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TokenResponse } from "../../src/shared/protocol/viewer-token.ts";
import { startCluster } from "../support/cluster.ts";
import { adminToken } from "../support/master-environment.ts";
import { runAirclass } from "../support/processes.ts";

test("the command prints an address at which a closed class can be watched, or says what is wrong", async (t) => {
  const cluster = await startCluster({ slaves: 1 });
  t.after(() => cluster.stop());
  const lesson = await cluster.createClass("math", { open: false });
  await cluster.publish(lesson);
  const env = { MASTER_URL: cluster.masterUrl, ADMIN_TOKEN: adminToken };

  const plain = await runAirclass(["token", "math"], env);
  assert.equal(plain.code, 0, plain.stderr);
  const playlist = await fetch(plain.stdout.trim());
  assert.equal(playlist.status, 200);
  assert.match(await playlist.text(), /^#EXTM3U/);

  const json = await runAirclass(["token", "math", "--user-id", "kim", "--json"], env);
  const answer = JSON.parse(json.stdout) as TokenResponse;
  assert.deepEqual([answer.user_id, answer.user_type, answer.path], ["kim", "student", "live/math"]);

  const unknown = await runAirclass(["token", "physics"], env);
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /physics/);
  const unnamed = await runAirclass(["token"], env);
  assert.equal(unnamed.code, 2);
  assert.match(unnamed.stderr, /Say which class/);
});
