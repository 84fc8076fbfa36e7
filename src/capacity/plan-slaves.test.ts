import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../shared/kernel/user-error.ts";
import { runPlan } from "./plan-command.ts";
import { planSlaves } from "./plan-slaves.ts";
import type { PlanInput } from "./plan-slaves.ts";

const school: PlanInput = {
  students: 500,
  classes: 1,
  mbps: 1.6,
  streamMbps: 1.6,
  playlistsMbps: 0.3,
  linkMbps: 240,
  marginPercent: 30,
  places: 150,
  cpuViewers: 4_000,
  fanout: 8,
};

test("how many slaves, and what limits them", () => {
  const table: [string, Partial<PlanInput>, number | undefined, string | undefined][] = [
    ["the school of the design", {}, 5, "link"],
    ["more places do not help where the link is full", { places: 1_000 }, 5, "link"],
    ["a faster link does not help where there are no places", { linkMbps: 1_000 }, 5, "places"],
    ["both", { linkMbps: 1_000, places: 700 }, 2, "link"],
    ["an old PC", { linkMbps: 10_000, places: 1_000, cpuViewers: 200 }, 4, "cpu"],
    ["one slave would do, but it may die", { students: 100 }, 2, "spare"],
    ["one student", { students: 1 }, 2, "spare"],
    // 0.7 × 150 places are 105 viewers, and 104.99999999999999 in floating point.
    ["exactly full is not too full", { students: 630, linkMbps: 10_000 }, 6, "places"],
    ["one more", { students: 631, linkMbps: 10_000 }, 7, "places"],
    ["no margin, but a spare", { students: 300, marginPercent: 0, linkMbps: 1_000 }, 3, "spare"],
    ["the picture does not fit through the link", { mbps: 300, streamMbps: 300 }, undefined, undefined],
    ["too many classes for one slave to receive", { classes: 200 }, undefined, undefined],
  ];
  for (const [what, more, slaves, limitedBy] of table) {
    const plan = planSlaves({ ...school, ...more });
    assert.deepEqual([plan?.slaves, plan?.limitedBy], [slaves, limitedBy], what);
  }
});

test("whatever is asked, the plan keeps what it promises, and one slave less would not", () => {
  for (let students = 1; students < 3_000; students += 37) {
    for (const linkMbps of [100, 240, 1_000]) {
      for (const classes of [1, 7]) {
        const plan = planSlaves({ ...school, students: students + classes, linkMbps, classes });
        assert.ok(plan, `${students} ${linkMbps}`);
        const { allRun, oneDied, neededBy, neededForSpare, slaves } = plan;
        assert.ok(allRun.viewers * slaves >= students + classes && oneDied.viewers * (slaves - 1) >= students + classes);
        assert.ok(
          Object.values(allRun.use).every((use) => use <= 0.7),
          `${students} ${linkMbps} ${JSON.stringify(allRun)}`,
        );
        assert.ok(
          Object.values(oneDied.use).every((use) => use <= 1),
          `${students} ${linkMbps} ${JSON.stringify(oneDied)}`,
        );
        assert.equal(slaves, Math.max(neededForSpare, ...Object.values(neededBy)));
        assert.ok(allRun.viewers <= plan.viewersPerSlave, `${students} ${linkMbps}`);
      }
    }
  }
});

test("what slaves send to each other counts: an origin feeds the fan-out, the others feed the rest", () => {
  const sent = (students: number, classes: number) => {
    const plan = planSlaves({ ...school, students, classes });
    return [plan?.slaves, plan?.allRun.copiesSent];
  };
  assert.deepEqual(sent(500, 1), [5, 4]);
  assert.deepEqual(sent(2_000, 1), [21, 8], "a link that also feeds eight others takes 97 viewers, not 105");
  // 21 classes, an origin on each slave: eight copies of its own, and what 8 first followers of 20 others pass on.
  const [slaves = 0, copies = 0] = sent(2_000, 21);
  assert.ok(slaves > 21 && copies > 8, `${slaves} ${copies}`);
});

function run(...args: string[]): string {
  const lines: string[] = [];
  runPlan({ args, print: (text) => lines.push(text) });
  return lines.join("\n");
}

test("the command shows its sums, or figures for programs", () => {
  const text = run("--students", "500", "--mbps", "1.6", "--link", "240");
  assert.match(text, /^Slaves needed: 5 /m);
  assert.match(text, /100 × 1\.6 = 160 Mbit\/s/);
  assert.match(text, /125 × 0\.3 = 242\.3 Mbit\/s = 101 %/);
  assert.match(text, /^When one has died, playlists bring the links of the 4 that are left to 101 %: with 6 slaves they fit, too\.$/m);
  assert.match(text, /What limits: the slaves' network link/);
  assert.doesNotMatch(run("--students", "500", "--mbps", "1.6", "--link", "240", "--playlists", "0.1"), /When one has died/);
  const json = JSON.parse(run("--students", "500", "--mbps", "1.6", "--link", "240", "--json")) as Record<string, unknown>;
  assert.deepEqual([json["slaves"], json["limited_by"], json["viewers_per_slave"]], [5, "link", 101]);
  assert.match(run("--students", "500", "--mbps", "1.6", "--link", "1000"), /With MAX_CONNECTIONS=358 on the slaves, 2 would be enough/);
});

test("mistakes are one sentence with an example, and code 2", () => {
  const table: [string[], RegExp][] = [
    [[], /needs --students, for example --students 500/],
    [["--students", "500", "--mbps", "1.6"], /needs --link/],
    [["--studens", "500"], /did you mean --students\?/],
    [["--students"], /--students/],
    [["--students", "0", "--mbps", "1", "--link", "1"], /--students="0" is not valid: it must be a whole number from 1/],
    [["--students", "12.5", "--mbps", "1", "--link", "1"], /a whole number/],
    [["--students", "5", "--mbps", "-1", "--link", "1"], /--mbps/],
    [["--students", "5", "--mbps", "1e9", "--link", "1"], /--mbps="1e9" is not valid/],
    [["--students", "5", "--mbps", "1", "--link", "100", "--margin", "95"], /--margin="95" is not valid: .* from 0 to 90/],
    [["--students", "5", "--mbps", "1", "--link", "100", "--classes", "6"], /a class without students/],
    [["five hundred"], /takes flags only/],
  ];
  for (const [args, expected] of table) {
    assert.throws(
      () => run(...args),
      (error) => error instanceof UserError && error.exitCode === 2 && expected.test(error.message) && !error.message.includes("\n"),
      args.join(" "),
    );
  }
  assert.throws(
    () => run("--students", "500", "--mbps", "300", "--link", "240"),
    (error) => error instanceof UserError && error.exitCode === 1 && /a faster link/.test(error.message),
  );
});
