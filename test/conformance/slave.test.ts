// A live slave, fed over real RTMP, keeps every rule of RFC 8216bis while it streams.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TestContext } from "node:test";
import { startCluster } from "../support/cluster.ts";
import { checkHls } from "./check.ts";
import { ruleIds, type RuleId } from "./rules.ts";

/** Long enough for the window to slide and segments to leave. */
const durationS = Number(process.env["CONFORMANCE_SECONDS"] ?? 25);

/** Rules that a stream of one rendition cannot show, and an attribute that we do not send. */
const needRenditions: readonly RuleId[] = ["renditions-agree", "report-present", "report-true"];
const notSent: readonly RuleId[] = ["hold-back"];

/** What is found on a class that is on air on a slave of its own. */
async function checkSlave(t: TestContext, variables: Record<string, string> = {}) {
  const cluster = await startCluster({ slaves: 1, slave: variables });
  t.after(() => cluster.stop());
  const lesson = await cluster.createClass("math");
  await cluster.publish(lesson);
  const { hls_url: url } = await cluster.token({ user_id: "conformance", path: lesson.path });
  const { checked, violations } = await checkHls(url, { durationS });
  return { violations, lacks: (ids: readonly RuleId[]) => ids.filter((id) => !checked.includes(id)) };
}

// Side by side: they wait for media nearly all the time.
describe("a slave keeps the rules", { concurrency: true }, () => {
  test("with one rendition", { timeout: 120_000 }, async (t) => {
    const { violations, lacks } = await checkSlave(t);
    assert.deepEqual(violations, []);
    const unseen = lacks(ruleIds).filter((id) => !needRenditions.includes(id) && !notSent.includes(id));
    assert.deepEqual(unseen, [], "rules that were not looked at");
  });

  test("with a ladder, in both renditions, and reports on each in the other", { timeout: 120_000 }, async (t) => {
    const { violations, lacks } = await checkSlave(t, { RENDITIONS: "source,360p" });
    assert.deepEqual(violations, []);
    assert.deepEqual(lacks(needRenditions), []);
  });
});
