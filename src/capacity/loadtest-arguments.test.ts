import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../shared/kernel/user-error.ts";
import { readLoadtestArguments } from "./loadtest-arguments.ts";

const env = { ADMIN_TOKEN: "the admin token" };
const read = (...args: string[]) => readLoadtestArguments({ args, env, cores: 8 });

test("the address of the class says which master, too; what is not said has a default", () => {
  assert.deepEqual(read("http://school:8000/watch/math-3b", "--viewers", "100"), {
    masterUrl: "http://school:8000",
    adminToken: "the admin token",
    className: "math-3b",
    joinCode: undefined,
    viewers: 100,
    rampS: 30,
    durationS: 60,
    threads: 4,
    maxStalledPercent: 1,
    report: undefined,
  });
  assert.equal(read("https://school/airclass/watch/math/", "--viewers", "5").masterUrl, "https://school/airclass");
  assert.equal(read("http://[::1]:8000", "--class", "math", "--viewers", "5").masterUrl, "http://[::1]:8000");
  assert.equal(read("--class", "math", "--viewers", "5").masterUrl, "http://127.0.0.1:8000");
  assert.equal(read("--master", "http://school:1/", "--class", "math", "--viewers", "5").masterUrl, "http://school:1");
  assert.equal(read("http://school:1/watch/math", "--master", "http://school:1", "--viewers", "5").className, "math");
});

test("many viewers come more slowly, few need few threads, times have units", () => {
  const many = read("http://school:8000/watch/math", "--viewers", "10000", "--duration", "4h", "--report", "a/b.html");
  assert.deepEqual([many.rampS, many.durationS, many.report], [100, 14_400, { path: "a/b.html", format: "html" }]);
  const few = read("http://school:8000/watch/math", "--viewers", "2", "--ramp", "0", "--duration", "1m", "--join-code", "K7QX2M");
  assert.deepEqual([few.threads, few.rampS, few.durationS, few.joinCode], [2, 0, 60, "K7QX2M"]);
});

test("mistakes are one sentence, and code 2", () => {
  const watch = "http://school:8000/watch/math";
  const table: [string[], RegExp][] = [
    [[], /Say which class/],
    [[watch], /needs --viewers/],
    [["http://school:8000", "--viewers", "5"], /Say which class/],
    [["school", "--viewers", "5"], /"school" is no address/],
    [["ftp://school/watch/math", "--viewers", "5"], /is no address/],
    [["http://me:secret@school/watch/math", "--viewers", "5"], /must not carry a user/],
    [["http://school/watch/Math", "--viewers", "5"], /"Math" is no name of a class/],
    [["http://school/watch/%zz", "--viewers", "5"], /is no name of a class/],
    [[watch, "--class", "physics", "--viewers", "5"], /leave one of them out/],
    [[watch, "--master", "http://elsewhere:8000", "--viewers", "5"], /is not the master that --master names/],
    [[watch, watch, "--viewers", "5"], /takes one address/],
    [[watch, "--viewers", "10001"], /--viewers="10001" is not valid: it must be a whole number from 1 to 10000/],
    [[watch, "--viewers", "5", "--duration", "5h"], /--duration/],
    [[watch, "--viewers", "5", "--ramp", "soon"], /--ramp/],
    [[watch, "--viewers", "5", "--report", "report.pdf"], /must end in \.html or \.json/],
    [[watch, "--viewers", "5", "--max-stalled-percent", "101"], /--max-stalled-percent/],
    [[watch, "--viewrs", "5"], /did you mean --viewers\?/],
  ];
  for (const [args, expected] of table) {
    assert.throws(
      () => read(...args),
      (error) => error instanceof UserError && error.exitCode === 2 && expected.test(error.message) && !error.message.includes("secret"),
      args.join(" "),
    );
  }
  assert.throws(() => readLoadtestArguments({ args: [watch, "--viewers", "5"], env: {}, cores: 1 }), /needs the admin token/);
});
