// A live slave, fed over real RTMP, keeps every rule of RFC 8216bis while it streams.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startCluster, type Cluster } from "../support/cluster.ts";
import { checkHls } from "./check.ts";
import { ruleIds, type RuleId } from "./rules.ts";

/** Long enough for the window to slide and segments to leave. */
const durationS = Number(process.env["CONFORMANCE_SECONDS"] ?? 25);

let cluster: Cluster;

/** Rules that a stream of one rendition cannot show, and an attribute that we do not send. */
const needRenditions: readonly RuleId[] = ["renditions-agree", "report-present", "report-true"];
const notSent: readonly RuleId[] = ["hold-back"];

async function check(name: string, seconds: number): Promise<{ checked: readonly RuleId[]; violations: readonly unknown[] }> {
  const token = await cluster.token({ user_id: "conformance", path: `live/${name}` });
  return checkHls(token.hls_url, { durationS: seconds });
}

describe("a slave with one rendition", () => {
  before(async () => {
    cluster = await startCluster({ slaves: 1 });
  });
  after(() => cluster.stop());

  test("keeps the rules", { timeout: 120_000 }, async () => {
    await cluster.publish(await cluster.createClass("single"));
    const { checked, violations } = await check("single", durationS);
    assert.deepEqual(violations, []);
    const unseen = ruleIds.filter((id) => !checked.includes(id) && !needRenditions.includes(id) && !notSent.includes(id));
    assert.deepEqual(unseen, [], "rules that were not looked at");
  });
});

describe("a slave with a ladder", () => {
  before(async () => {
    cluster = await startCluster({ slaves: 1, slave: { RENDITIONS: "source,360p" } });
  });
  after(() => cluster.stop());

  test("keeps the rules in both renditions, and reports on each in the other", { timeout: 120_000 }, async () => {
    await cluster.publish(await cluster.createClass("ladder"));
    const { checked, violations } = await check("ladder", durationS);
    assert.deepEqual(violations, []);
    assert.deepEqual(
      needRenditions.filter((id) => !checked.includes(id)),
      [],
    );
  });
});
