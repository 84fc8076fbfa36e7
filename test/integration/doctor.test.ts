// `airclass doctor` against real processes, real ports and real files: what is well, and each thing that may be wrong.
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { runDoctor } from "../../src/admin/doctor/doctor.ts";
import type { DoctorDeps } from "../../src/admin/doctor/doctor.ts";
import type { Finding } from "../../src/admin/doctor/finding.ts";
import { openStore } from "../../src/master/store/store.ts";
import { UserError } from "../../src/shared/kernel/user-error.ts";
import { eventually } from "../support/eventually.ts";
import { adminToken, clusterSecret, masterEnvironment } from "../support/master-environment.ts";
import { runAirclass, startAirclass } from "../support/processes.ts";
import { testPort } from "../support/test-port.ts";
import { addNode, startMaster } from "./master-harness.ts";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "airclass-doctor-test-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function examine(args: string[], env: Record<string, string>, more: Partial<DoctorDeps> = {}) {
  const written: string[] = [];
  const stdout = { write: (text: string) => written.push(text) };
  const code = await runDoctor({ args: [...args, "--json"], env, version: "test", stdout, answerTimeoutMs: 2_000, ...more });
  const { findings, ok } = JSON.parse(written.join("")) as { findings: Finding[]; ok: boolean };
  assert.equal(ok, code === 0);
  assert.equal(
    ok,
    findings.every(({ level }) => level !== "failed"),
  );
  assert.ok(
    findings.every(({ level, advice }) => level === "ok" || advice?.endsWith(".")),
    "everything comes with an advice",
  );
  const of = (check: string) => findings.filter((finding) => finding.check === check);
  const say = (check: string) => of(check).map(({ level, text, advice = "" }) => `${level}: ${text} ${advice}`.trim());
  return { code, findings, say };
}

test("a master and a slave that run, seen from their machine: nothing has failed, and ports are known by their process", async (t) => {
  const dir = folder(t);
  const [api, rtmp, slaveApi, slaveRtmp, hls] = await Promise.all([1, 2, 3, 4, 5].map(() => testPort()));
  const masterEnv = { ...masterEnvironment(join(dir, "master")), API_PORT: String(api), RTMP_PORT: String(rtmp) };
  const slaveEnv = {
    CLUSTER_SECRET: clusterSecret,
    BIND_HOST: "127.0.0.1",
    MASTER_URL: `http://127.0.0.1:${api}`,
    DATA_DIR: join(dir, "slave"),
    API_PORT: String(slaveApi),
    RTMP_PORT: String(slaveRtmp),
    HLS_PORT: String(hls),
  };
  const master = startAirclass(["master"], masterEnv);
  const slave = startAirclass(["slave"], slaveEnv);
  t.after(() => Promise.all([master.stop(), slave.stop()]));
  await eventually(
    "the slave is there",
    async () => (await runAirclass(["status"], { ...masterEnv, MASTER_URL: slaveEnv.MASTER_URL })).code === 0,
    20_000,
  );

  const asMaster = await runAirclass(["doctor"], masterEnv);
  assert.equal(asMaster.code, 0, asMaster.stdout + asMaster.stderr);
  const processName = (role: string, pid: number) => `is used by the running airclass ${role} \\(process ${pid}\\)`;
  assert.match(asMaster.stdout, new RegExp(`✓ ports +API_PORT ${api} ${processName("master", master.pid)}`));
  assert.match(asMaster.stdout, new RegExp(`✓ ports +RTMP_PORT ${rtmp} is used by the running airclass master`));
  for (const line of [
    /✓ data .*is whole/,
    /✓ cluster secret .*is the master's/,
    /✓ admin token/,
    /✓ version/,
    /✓ slaves +1 of 1 can be watched/,
  ]) {
    assert.match(asMaster.stdout, line);
  }
  const asSlave = await runAirclass(["doctor", "--role", "slave"], { ...slaveEnv, ADMIN_TOKEN: adminToken });
  assert.equal(asSlave.code, 0, asSlave.stdout + asSlave.stderr);
  assert.match(asSlave.stdout, new RegExp(`✓ ports +HLS_PORT ${hls} ${processName("slave", slave.pid)}`));
  assert.match(asSlave.stdout, /✓ ffmpeg /);
  assert.match(asSlave.stdout, /✓ clock +the same as the master's/);
  assert.doesNotMatch(asMaster.stdout + asSlave.stdout, new RegExp(`${clusterSecret}|${adminToken}`));

  // Another slave on this machine with the same ports: they are somebody else's.
  const another = await runAirclass(["doctor"], { ...slaveEnv, MODE: "slave", API_PORT: String(api) });
  assert.equal(another.code, 1);
  assert.match(
    another.stdout,
    new RegExp(`✗ ports +API_PORT ${api} is used by process ${master.pid}, airclass master\\. Stop that one, or choose`),
  );
});

test("secrets, clocks and slaves that are not as they should be", async (t) => {
  const master = await startMaster(t);
  await addNode(master, "slave-1", { host: "127.0.0.1", hls_port: 9, api_port: 9, version: "0.0.1" });
  const dir = folder(t);
  const env = { CLUSTER_SECRET: clusterSecret, DATA_DIR: dir, API_PORT: "0", RTMP_PORT: "0", HLS_PORT: "0", MASTER_URL: master.url };
  const slave = ["--role", "slave"];

  const first = await examine(slave, { ...env, ADMIN_TOKEN: adminToken });
  assert.equal(first.code, 1);
  assert.deepEqual(first.say("cluster secret"), ["ok: CLUSTER_SECRET is the master's"]);
  assert.match(
    first.say("slaves")[0] ?? "",
    /^failed: slave-1 cannot be watched from here at http:\/\/127\.0\.0\.1:9 \(.+\)\. Set its PUBLIC_HLS_URL/,
  );
  assert.match(first.say("slaves")[1] ?? "", /^warning: the API of slave-1 does not answer from here/);
  assert.match(first.say("version").join(), /ok: the master runs test, as here,warning: slave-1 runs 0\.0\.1, here is test/);

  const wrong = await examine(slave, {
    ...env,
    CLUSTER_SECRET: "another secret than the master's",
    ADMIN_TOKEN: "another-token-than-the-master's",
  });
  assert.match(wrong.say("cluster secret").join(), /^failed: CLUSTER_SECRET is not the master's/);
  assert.match(wrong.say("admin token").join(), /^failed: the master does not take ADMIN_TOKEN/);
  assert.equal((await master.asAdmin<{ total_nodes: number }>("GET", "/cluster/nodes")).body.total_nodes, 1, "the doctor is no node");

  const late = await examine(slave, env, { wallMs: () => Date.now() - 3_600_000 });
  assert.match(late.say("clock").at(-1) ?? "", /^warning: this machine's clock is 3[56]\d\d s behind the master's/);
  assert.equal(late.code, 0, "slaves go by the master's time");
  assert.match(late.say("admin token").join(), /^warning: ADMIN_TOKEN is not given/);

  const away = await examine(slave, { ...env, MASTER_URL: "http://127.0.0.1:9" });
  assert.match(away.say("master").join(), /^failed: the master at http:\/\/127\.0\.0\.1:9 cannot be reached/);
  const other = createServer((_request, response) => response.end("hello")).listen(0, "127.0.0.1");
  await once(other, "listening");
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  const notOurs = await examine([...slave, "--master", `http://127.0.0.1:${port}/`], env);
  assert.match(notOurs.say("master").join(), /^failed: what answers .* is not an AIRClass master/);

  const takenPort = await examine(slave, { ...env, API_PORT: String(port), BIND_HOST: "127.0.0.1" });
  assert.match(takenPort.say("ports")[0] ?? "", new RegExp(`^failed: API_PORT ${port} is used by process ${process.pid}, `));
  const noAddress = await examine(slave, { ...env, API_PORT: "8000", BIND_HOST: "192.0.2.1" });
  assert.match(noAddress.say("ports")[0] ?? "", /^failed: this machine has no address 192\.0\.2\.1/);
});

test("on a student's PC, which has no secret of the cluster, and behind a door: the cluster is looked at by the given address", async (t) => {
  const master = await startMaster(t);
  await addNode(master, "slave-1", { host: "127.0.0.1", hls_port: 9, api_port: 9, version: "test" });
  const student = await examine(["--master", `${master.url}/`, "--admin-token", adminToken], {});
  assert.deepEqual(student.say("settings"), ["ok: no CLUSTER_SECRET here: only the cluster is looked at, not this machine"]);
  assert.deepEqual(student.say("master"), [`ok: ${master.url} answers`]);
  assert.match(student.say("slaves").join(), /^failed: slave-1 cannot be watched from here/);
  assert.deepEqual([student.say("ports"), student.say("data"), student.say("cluster secret")], [[], [], []]);

  // What a compose file gives to the master, whose own port is not where students come in.
  const env = { CLUSTER_SECRET: clusterSecret, ADMIN_TOKEN: adminToken, API_PORT: "1", RTMP_PORT: "0", DATA_DIR: folder(t) };
  const behindDoor = await examine([], { ...env, MASTER_URL: master.url });
  assert.deepEqual(behindDoor.say("master"), [`ok: ${master.url} answers`]);

  // A slave that is told its name keeps nothing.
  const slave = { ...env, API_PORT: "0", HLS_PORT: "0", MASTER_URL: master.url, DATA_DIR: "/dev/null/none" };
  assert.match((await examine(["--role", "slave"], slave)).say("data").join(), /^failed: /);
  assert.deepEqual((await examine(["--role", "slave"], { ...slave, NODE_ID: "slave-2" })).say("data"), []);
});

test("DATA_DIR: who may read it, what is in it", async (t) => {
  const dir = folder(t);
  const env = { CLUSTER_SECRET: clusterSecret, API_PORT: "0", RTMP_PORT: "0" };
  const dataDir = join(dir, "data");
  const none = await examine([], { ...env, DATA_DIR: dataDir });
  assert.match(none.say("data").join(), /^ok: DATA_DIR .* holds no store yet/);
  assert.match(none.say("disk").join(), /GB free/);

  openStore(dataDir).close();
  chmodSync(join(dataDir, "airclass.db"), 0o644);
  const open = await examine([], { ...env, DATA_DIR: dataDir });
  assert.match(
    open.say("data").join(" "),
    /^ok: the store .* is whole \(version \d+, 0 classes\) warning: others on this machine may read .*chmod 600/,
  );
  writeFileSync(join(dataDir, "airclass.db"), "damaged");
  const damaged = await examine([], { ...env, DATA_DIR: dataDir });
  assert.match(damaged.say("data")[0] ?? "", /^failed: .*airclass\.db is damaged.*airclass restore <file> --force/);
  const file = await examine([], { ...env, DATA_DIR: join(dataDir, "airclass.db", "data") });
  assert.match(file.say("data").join(), /^failed: DATA_DIR .* is not a folder/);
});

test("settings that are wrong are findings; flags of the doctor that are wrong end it", async () => {
  const { code, say } = await examine(["--role=slave", "--max-conections", "5"], {
    CLUSTER_SECRET: "change-me-change-me",
    HEARTBEAT_INTERVALL: "5",
  });
  assert.equal(code, 1);
  assert.match(
    say("settings").join("\n"),
    /^failed: --max-conections is not known: did you mean --max-connections.*\nfailed: CLUSTER_SECRET is the one of the example file/,
  );
  assert.equal(say("node").length, 1, "what needs no settings is looked at all the same");
  const misspelt = await examine(
    ["--role", "slave", "--api-port", "0", "--rtmp-port", "0", "--hls-port", "0", "--master-url", "http://127.0.0.1:9"],
    {
      CLUSTER_SECRET: clusterSecret,
      HEARTBEAT_INTERVALL: "5",
    },
  );
  assert.match(misspelt.say("settings").join(), /^warning: HEARTBEAT_INTERVALL is not known: did you mean HEARTBEAT_INTERVAL/);
  for (const args of [["--role", "teacher"], ["--role"]]) {
    await assert.rejects(examine(args, {}), (error) => error instanceof UserError && error.exitCode === 2, args.join(" "));
  }
});
