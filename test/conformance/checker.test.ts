// The checker checked: a correct origin passes, and for every rule a broken one is caught.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { checkHls } from "./check.ts";
import { faults, type RuleFault } from "./fixture/faults.ts";
import { makeFixtureMedia, type FixtureMedia } from "./fixture/fixture-media.ts";
import { startFixtureOrigin, type Fault } from "./fixture/fixture-origin.ts";
import { multivariantText, renderFixture } from "./fixture/fixture-playlist.ts";
import { parsePlaylist, type MediaPlaylist } from "./playlist.ts";
import { checkMediaPlaylist, checkMultivariant } from "./playlist-rules.ts";
import { createReport, type ConformanceResult } from "./report.ts";
import { ruleIds, rules, type RuleId } from "./rules.ts";
import { checkUpdate } from "./update-rules.ts";

const url = "http://node.example/live/math/a.m3u8";
let media: FixtureMedia;

before(async () => {
  media = await makeFixtureMedia([12, 24]);
});

const render = (published: number): string => renderFixture(media, "a", published, { token: "t" });

function asMedia(text: string): MediaPlaylist {
  const playlist = parsePlaylist(text);
  assert.equal(playlist.kind, "media");
  return playlist;
}

function checkTexts(text: string, earlier?: string): ConformanceResult {
  const report = createReport();
  const playlist = parsePlaylist(text);
  if (playlist.kind === "multivariant") checkMultivariant(report, playlist, url);
  else checkMediaPlaylist(report, playlist, { url, askedSkip: false, otherRenditions: 1 });
  if (earlier !== undefined && playlist.kind === "media") checkUpdate(report, asMedia(earlier), playlist, url);
  return report.result();
}

function run(rule: RuleId, fault: RuleFault): ConformanceResult | Promise<ConformanceResult> {
  switch (fault.kind) {
    case "text":
      return checkTexts(changed(render(57), fault.change));
    case "multivariant":
      return checkTexts(changed(multivariantText("t"), fault.change));
    case "update":
      return checkTexts(
        changed(render(58), (after) => fault.change(after, render(57))),
        render(57),
      );
    case "live":
    default:
      return checkLive(rule, fault.fault, fault.seconds);
  }
}

async function checkLive(rule: RuleId, fault: Fault, durationS: number): Promise<ConformanceResult> {
  await using origin = await startFixtureOrigin(media, fault);
  return await checkHls(origin.url, { durationS, maxProbes: 2, untilViolated: rule });
}

function changed(text: string, change: (text: string) => string): string {
  const result = change(text);
  assert.notEqual(result, text, "the fault changes nothing");
  return result;
}

describe("a correct stream", () => {
  test("passes every rule, with segments leaving and a change of codec on the way", async () => {
    await using origin = await startFixtureOrigin(media);
    const result = await checkHls(origin.url, { durationS: 4 });
    assert.deepEqual(result.violations, []);
    assert.deepEqual(result.checked, ruleIds.toSorted(), "every rule was looked at");
  });

  test("passes from its first part on", () => {
    for (let published = 1; published < 120; published += 1) {
      const result = published === 1 ? checkTexts(render(1)) : checkTexts(render(published), render(published - 1));
      assert.deepEqual(result.violations, [], `after ${published} parts`);
    }
  });
});

describe("a broken stream is caught", { concurrency: 3 }, () => {
  for (const [rule, fault] of Object.entries(faults) as [RuleId, RuleFault][]) {
    test(`${rule} (${rules[rule].section}${fault.kind === "live" ? ", live" : ""})`, async () => {
      const { violations } = await run(rule, fault);
      const found = violations.filter((violation) => violation.rule === rule);
      assert.ok(found.length > 0, `not caught; found only ${JSON.stringify(violations.slice(0, 5))}`);
    });
  }
});

test("a URL that does not answer is a violation, not a crash", async () => {
  const { violations } = await checkHls("http://127.0.0.1:1/index.m3u8", { durationS: 1 });
  assert.ok(violations.some(({ rule }) => rule === "segment-available"));
});

test("garbage instead of a playlist is reported", () => {
  for (const text of ["", "<html></html>", "#EXTM3U", "#EXTM3U\n#EXT-X-TARGETDURATION:x\n#EXTINF:abc\na\n", "\u0000".repeat(1000)]) {
    assert.ok(checkTexts(text).violations.length > 0, JSON.stringify(text.slice(0, 20)));
  }
});
