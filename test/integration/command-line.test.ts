// The command as people type it: what it says, and the code that it ends with.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { childEnvironment, startChild } from "../../src/shared/process/child.ts";
import { airclassBin, runAirclass } from "../support/processes.ts";

const secret = { CLUSTER_SECRET: "the cluster secret of the tests" };
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };

describe("the command line", { concurrency: 2 }, () => {
  test("--version and --help", async () => {
    assert.deepEqual({ ...(await runAirclass(["--version"])) }, { ...(await runAirclass(["-v"])) });
    assert.equal((await runAirclass(["--version"])).stdout, `${version}\n`);
    const help = await runAirclass(["--help"]);
    assert.equal(help.code, 0);
    for (const word of ["master", "slave", "demo"]) assert.match(help.stdout, new RegExp(`^ +${word} `, "m"));
    for (const [role, flag] of [
      ["master", "--token-ttl"],
      ["slave", "--max-connections"],
    ] as const) {
      const { code, stdout } = await runAirclass([role, "--help"]);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^ *${flag} `, "m"));
      assert.match(stdout, /--cluster-secret/);
    }
  });

  test("mistakes end with code 2 and one line each, with no secret in it", async () => {
    const table: [string[], Record<string, string>, RegExp][] = [
      [[], {}, /airclass master, airclass slave/],
      [["mastr"], {}, /did you mean airclass master/],
      [[], { MODE: "both" }, /MODE="both" is not valid/],
      [["master"], {}, /CLUSTER_SECRET is not set/],
      [["slave"], {}, /CLUSTER_SECRET is not set/],
      [["master"], { CLUSTER_SECRET: "short-secret" }, /CLUSTER_SECRET=\[secret\] is not valid/],
      [["slave", "--max-conections", "5"], secret, /did you mean --max-connections/],
      [["slave", "--max-connections", "many"], secret, /--max-connections="many" is not valid: .*for example/],
      [["slave"], { ...secret, HLS_PORT: "99999" }, /HLS_PORT="99999" is not valid/],
      [["slave", "--token-ttl", "60"], secret, /--token-ttl is a setting of the master/],
      [["slave", "--node-id", "../../x"], secret, /--node-id=/],
      [["lodtest"], {}, /did you mean airclass loadtest/],
      [["plan", "--students", "500"], {}, /airclass plan needs --mbps/],
      [["loadtest", "http://127.0.0.1:9/watch/math", "--viewers", "5"], {}, /airclass loadtest needs the admin token/],
      [["demo", "--port", "1"], {}, /airclass demo takes no settings/],
    ];
    for (const [args, env, expected] of table) {
      const { code, stderr, stdout } = await runAirclass(args, env);
      assert.equal(code, 2, `${args.join(" ")}: ${stderr}`);
      assert.match(stderr, expected);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
      assert.doesNotMatch(stderr + stdout, /short-secret|cluster secret of the tests/);
    }
  });

  test("through a symbolic link, from another working directory, and with MODE instead of a word", async () => {
    const folder = mkdtempSync(join(tmpdir(), "airclass-link-"));
    try {
      symlinkSync(airclassBin, join(folder, "first"));
      symlinkSync("first", join(folder, "second"));
      assert.equal((await runAirclass(["--version"], {}, { command: join(folder, "second") })).stdout, `${version}\n`);
      const child = startChild({
        command: "sh",
        args: ["-c", `cd "${folder}" && ./second slave --help`],
        stdio: ["ignore", "pipe", "inherit"],
        env: childEnvironment(),
      });
      const text = await child.stdout?.toArray();
      assert.equal((await child.exited).code, 0);
      assert.match(String(text), /--max-connections/);
      const mode = await runAirclass(["--max-conections", "5"], { ...secret, MODE: "slave" });
      assert.match(mode.stderr, /did you mean --max-connections/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("what pretends to be a master can neither write on the terminal as it likes nor hand options to a player", async (t) => {
    const hostile = "\u001b]0;x\u0007\u001b[2J\u202e";
    let status = 409;
    const answer = { code: hostile, title: hostile, nodes: [{ node_id: hostile, node_name: hostile }], hls_url: "--script=/tmp/x.lua" };
    const server = createHttpServer((_request, response) => response.writeHead(status).end(JSON.stringify(answer))).listen(0, "127.0.0.1");
    t.after(() => server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const env = { MASTER_URL: `http://127.0.0.1:${port}`, ADMIN_TOKEN: "any" };
    const commands = [["status"], ["drain", "x"], ["undrain", "x"], ["token", "x"], ["loadtest", "--viewers", "1", "--class", "x"]];
    for (status of [409, 200]) {
      for (const args of commands) {
        const { code, stdout, stderr } = await runAirclass(args, env);
        assert.notEqual(code, 0, args.join(" "));
        assert.doesNotMatch(stdout + stderr, /[^\n\P{C}]|--script/u, args.join(" "));
      }
    }
  });

  describe("a taken port is one sentence and code 1", () => {
    let blocker: Server;
    let taken: string;
    let folder: string;
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), "airclass-ports-"));
      blocker = createServer().listen({ port: 0, host: "127.0.0.1" });
      await once(blocker, "listening");
      const address = blocker.address();
      assert.ok(typeof address === "object" && address);
      taken = String(address.port);
    });
    after(() => {
      blocker.close();
      rmSync(folder, { recursive: true });
    });

    for (const [role, variable] of [
      ["master", "API_PORT"],
      ["slave", "HLS_PORT"],
      ["slave", "RTMP_PORT"],
      ["slave", "API_PORT"],
    ] as const) {
      test(`${role}, ${variable}`, async () => {
        const ports: Record<string, string> = role === "master" ? { RTMP_PORT: "0" } : { API_PORT: "0", HLS_PORT: "0", RTMP_PORT: "0" };
        const env = {
          ...secret,
          BIND_HOST: "127.0.0.1",
          DATA_DIR: join(folder, variable),
          LOG_LEVEL: "fatal",
          ...ports,
          [variable]: taken,
        };
        const { code, stderr } = await runAirclass([role], env);
        assert.equal(code, 1, stderr);
        assert.match(stderr, new RegExp(`^airclass: [^\\n]*port ${taken} [^\\n]*${variable}[^\\n]*\\n$`, "i"));
      });
    }
  });
});
