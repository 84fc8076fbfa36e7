import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "../../shared/process/run-program.ts";
import {
  cloneCommand,
  envLine,
  envLines,
  freeSlaveNumber,
  inLines,
  inOneLine,
  isLoopback,
  masterAddress,
  samePcCommand,
  scaleCommand,
  shellQuoted,
  shellWord,
} from "./slave-commands.ts";

const url = "http://192.168.1.10:8000";

test("the commands are those of the manual", () => {
  assert.equal(inOneLine(cloneCommand("abc", url)), `CLUSTER_SECRET='abc' ./bin/airclass slave --master-url ${url}`);
  assert.equal(envLines("abc", url), `CLUSTER_SECRET=abc\nMASTER_URL=${url}`);
  assert.equal(scaleCommand(5), "docker-compose up -d --scale slave=5");
  assert.match(inOneLine(samePcCommand("abc", url, 1)), /--api-port 8001 --rtmp-port 1936 --hls-port 8889$/);
});

test("a slave more on the same PC takes no port of those that are there, whichever of them have gone", () => {
  const slave = (nth: number) => [`http://10.0.0.5:${8_000 + nth}`, `rtmp://10.0.0.5:${1_935 + nth}`, `http://10.0.0.5:${8_888 + nth}`];
  assert.equal(freeSlaveNumber([]), 1);
  assert.equal(freeSlaveNumber(slave(0)), 1, "one on its own PC, with the usual ports");
  assert.equal(freeSlaveNumber(slave(1)), 2);
  assert.equal(freeSlaveNumber([...slave(1), ...slave(3)]), 2);
  assert.equal(freeSlaveNumber(["http://10.0.0.5:8001", "rtmp://10.0.0.5:1937", "http://10.0.0.5", "no address"]), 3);
  assert.match(inOneLine(samePcCommand("abc", url, 2)), /--node-name slave-2 --data-dir \.\/data-slave-2 /);
});

test("whatever a secret is made of, a shell gets it as it is and runs nothing else", async () => {
  for (const secret of ["plain", "it's", "a b", "$(touch /nowhere)", "`id`", 'say "hi"', "!!", "\\", "a\nb", "'; exit 7; '", "-n", "*"]) {
    const limits = { timeoutMs: 5_000, maxOutputBytes: 1_024 };
    const quoted = await runProgram("sh", ["-c", `printf '%s' ${shellQuoted(secret)}`], limits);
    assert.deepEqual([quoted.code, quoted.stdout], [0, secret]);
    const word = await runProgram("sh", ["-c", `printf '%s' ${shellWord(secret)}`], limits);
    assert.deepEqual([word.code, word.stdout], [0, secret]);
  }
});

test("in lines or in one line, a command is the same to a shell", async () => {
  const command = ["printf '%s|'", ...cloneCommand("it's -- a secret", url)];
  const limits = { timeoutMs: 5_000, maxOutputBytes: 1_024 };
  const [one, lines] = [
    await runProgram("sh", ["-c", inOneLine(command)], limits),
    await runProgram("sh", ["-c", inLines(command)], limits),
  ];
  assert.equal(lines.stdout, one.stdout);
  assert.equal(one.stdout, `CLUSTER_SECRET=it's -- a secret|./bin/airclass|slave|--master-url|${url}|`);
  assert.equal(inLines(command).split("\n").length, 4);
});

test("a .env line holds what Composes of both generations read alike, else there is none", () => {
  assert.equal(envLine("A", "0123abcDEF+/="), "A=0123abcDEF+/=");
  assert.equal(envLine("A", "a b$c#d"), "A='a b$c#d'");
  for (const value of ["it's", "a\\b", "a\nb"]) assert.equal(envLine("A", value), undefined, value);
});

test("an address is one of http, without a slash at its end", () => {
  assert.equal(masterAddress(" http://10.0.0.1:8000/ "), "http://10.0.0.1:8000");
  assert.equal(masterAddress("https://school.example/air/"), "https://school.example/air");
  for (const text of ["", "10.0.0.1:8000", "ftp://x", "http://", "http://a b", "http://a'b"])
    assert.equal(masterAddress(text), undefined, text);
});

test("which addresses no other PC reaches", () => {
  for (const address of ["http://localhost:8000", "http://127.0.0.1:8000", "http://127.9.9.9", "http://[::1]:8000"])
    assert.equal(isLoopback(address), true, address);
  for (const address of [url, "http://school.example", "http://localhost.example", "nothing"])
    assert.equal(isLoopback(address), false, address);
});

test("a number of slaves is at least one", () => {
  assert.deepEqual(
    [0, -3, 2.7, Number.NaN].map(scaleCommand).map((command) => command.split("=")[1]),
    ["1", "1", "2", "1"],
  );
});
