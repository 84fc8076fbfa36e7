import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../kernel/user-error.ts";
import { loadMasterConfig, loadSlaveConfig } from "./load-config.ts";
import { parseValue } from "./parse-value.ts";
import { variables } from "./variables.ts";

const clusterSecret = "a secret of the cluster";

function mistakes(load: () => unknown): string[] {
  try {
    load();
  } catch (error) {
    assert.ok(error instanceof UserError);
    assert.equal(error.exitCode, 2);
    return error.message.split("\n");
  }
  return assert.fail("no mistake was found");
}

test("defaults are the Contract's", () => {
  const { config, warnings } = loadSlaveConfig({ env: { CLUSTER_SECRET: clusterSecret }, args: [] });
  assert.deepEqual(warnings, []);
  assert.equal(config.HLS_PORT, 8888);
  assert.equal(config.HEARTBEAT_INTERVAL, 5);
  assert.deepEqual(config.MASTER_URL, ["http://127.0.0.1:8000"]);
  const master = loadMasterConfig({ env: { CLUSTER_SECRET: clusterSecret }, args: [] }).config;
  assert.equal(master.TOKEN_TTL, 3600);
  assert.equal(master.OFFLINE_AFTER, 30);
  assert.equal(master.JWT_SECRET, undefined);
});

test("flags win over the environment, in both spellings; an empty variable counts as not set", () => {
  const env = { CLUSTER_SECRET: clusterSecret, MAX_CONNECTIONS: "10", HLS_PORT: "" };
  const { config } = loadSlaveConfig({ env, args: ["--max-connections", "20", "--renditions=source,720p"] });
  assert.equal(config.MAX_CONNECTIONS, 20);
  assert.equal(config.HLS_PORT, 8888);
  assert.deepEqual(config.RENDITIONS, ["source", "720p"]);
  assert.ok(Object.isFrozen(config));
});

test("a missing secret is one line that says what to do", () => {
  const [line, ...rest] = mistakes(() => loadMasterConfig({ env: {}, args: [] }));
  assert.match(line ?? "", /^CLUSTER_SECRET is not set.*at least 16 characters.*for example CLUSTER_SECRET=/);
  assert.deepEqual(rest, []);
});

test("each mistake is one line with name, value, why and example; secrets are not shown", () => {
  const lines = mistakes(() => loadSlaveConfig({ env: { CLUSTER_SECRET: "hunter2", LOG_LEVEL: "loud" }, args: ["--hls-port", "99999"] }));
  assert.equal(lines.length, 3);
  assert.match(lines[0] ?? "", /^CLUSTER_SECRET=\[secret\] is not valid/);
  assert.ok(!lines.join().includes("hunter2"));
  assert.match(lines[1] ?? "", /^LOG_LEVEL="loud" is not valid: it must be one of .*info.*for example LOG_LEVEL=/);
  assert.match(lines[2] ?? "", /^--hls-port="99999" is not valid: it must be a whole number from 0 to 65535, for example HLS_PORT=8888$/);
});

test("secrets of an example file are refused, with the command that makes one", () => {
  const env = { CLUSTER_SECRET: "change-me-cluster-secret", ADMIN_TOKEN: "please CHANGE_ME to something" };
  const lines = mistakes(() => loadMasterConfig({ env, args: ["--jwt-secret", "change-me-change-me-change-me-change-me"] }));
  assert.equal(lines.length, 3);
  assert.match(lines[0] ?? "", /^CLUSTER_SECRET is the one of the example file.*make one of your own with openssl rand -hex 24$/);
  assert.match(lines[1] ?? "", /^JWT_SECRET .*openssl rand -hex 32$/);
  assert.match(lines[2] ?? "", /^ADMIN_TOKEN /);
  assert.ok(!lines.join().includes("change-me-"));
  assert.equal(mistakes(() => loadSlaveConfig({ env, args: [] })).length, 1);
});

test("what containers say of themselves: an id with the host's name, a path for viewers, proxies", () => {
  const load = (env: Record<string, string>) => loadSlaveConfig({ env: { CLUSTER_SECRET: clusterSecret, ...env }, args: [] }).config;
  assert.equal(load({ NODE_ID: "{hostname}" }).NODE_ID, "{hostname}");
  assert.equal(load({ NODE_ID: "room-{hostname}" }).NODE_ID, "room-{hostname}");
  for (const NODE_ID of ["{host}", "{hostname", "-{hostname}", "a b"])
    assert.match(mistakes(() => load({ NODE_ID }))[0] ?? "", /\{hostname\}/);
  for (const PUBLIC_HLS_URL of ["/n/{node_id}", "/n/x/", "https://class.example/n/{node_id}"])
    assert.equal(load({ PUBLIC_HLS_URL }).PUBLIC_HLS_URL, PUBLIC_HLS_URL);
  const wrong = ["/", "//class.example/n", "/n?x", "n/x", "/a//b", "/n x", "/n/{nodeid}", "https://class.example/{node}/{node_id}"];
  for (const PUBLIC_HLS_URL of wrong) assert.match(mistakes(() => load({ PUBLIC_HLS_URL }))[0] ?? "", /a path like/);
  assert.deepEqual(load({ TRUSTED_PROXIES: "loopback, 172.20.0.0/16,fd00::1" }).TRUSTED_PROXIES, ["loopback", "172.20.0.0/16", "fd00::1"]);
  for (const TRUSTED_PROXIES of ["door", "*", "10.0.0.1;10.0.0.2"])
    assert.match(mistakes(() => load({ TRUSTED_PROXIES }))[0] ?? "", /networks like/);
});

test("a name that the master would refuse is refused here, not at every registration", () => {
  const env = { CLUSTER_SECRET: clusterSecret };
  assert.match(mistakes(() => loadSlaveConfig({ env, args: ["--node-name", "x".repeat(129)] }))[0] ?? "", /must be 1 to 128 characters/);
});

test("a typo names the nearest flag, another role's flag says whose it is", () => {
  const env = { CLUSTER_SECRET: clusterSecret };
  assert.match(mistakes(() => loadSlaveConfig({ env, args: ["--max-conections", "5"] }))[0] ?? "", /did you mean --max-connections\?/);
  assert.match(mistakes(() => loadSlaveConfig({ env, args: ["--token-ttl", "5"] }))[0] ?? "", /setting of the master, not of the slave/);
  assert.match(mistakes(() => loadSlaveConfig({ env, args: ["--max-connections"] }))[0] ?? "", /has no value/);
  assert.match(mistakes(() => loadSlaveConfig({ env, args: ["extra"] }))[0] ?? "", /"extra" is not expected here/);
});

test("a variable that looks like ours is warned of", () => {
  const { warnings } = loadSlaveConfig({ env: { CLUSTER_SECRET: clusterSecret, MAX_CONECTIONS: "5", HOME: "/root" }, args: [] });
  assert.deepEqual(warnings, ["MAX_CONECTIONS is not known: did you mean MAX_CONNECTIONS?"]);
});

test("contradictions between variables are found", () => {
  const env = { CLUSTER_SECRET: clusterSecret };
  assert.match(mistakes(() => loadMasterConfig({ env, args: ["--warning-percent", "95"] }))[0] ?? "", /must be below CRITICAL_PERCENT/);
  assert.match(mistakes(() => loadSlaveConfig({ env, args: ["--part-duration", "1.5"] }))[0] ?? "", /at most half of SEGMENT_DURATION/);
  assert.match(mistakes(() => loadSlaveConfig({ env, args: ["--renditions", "720p,720p"] }))[0] ?? "", /twice/);
});

test("every default and every example of the schema is valid itself", () => {
  assert.ok(variables.length >= 28);
  for (const variable of variables) {
    const { example, default: value, secret } = variable.schema;
    if (secret) continue; // Their examples are commands that make one.
    for (const raw of [example, value === undefined ? example : String(value)]) {
      assert.ok("value" in parseValue(variable, raw), `${variable.name}=${raw}`);
    }
  }
});
