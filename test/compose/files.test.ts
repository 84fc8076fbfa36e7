// What can be known of the compose files and the door without Docker, so that a change of a setting or of an error cannot leave them
// behind. The rest is `npm run test:compose`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { loadMasterConfig, loadSlaveConfig } from "../../src/shared/config/load-config.ts";
import { variables } from "../../src/shared/config/variables.ts";
import { UserError } from "../../src/shared/kernel/user-error.ts";
import { problemDocument, problemTypes } from "../../src/shared/protocol/problems.ts";
import type { ProblemCode } from "../../src/shared/protocol/problems.ts";
import { projectRoot } from "./base-images.ts";

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly container_name?: string;
  readonly mem_reservation?: string;
  readonly pids_limit?: number;
  readonly stop_grace_period?: string;
  readonly deploy?: {
    readonly replicas?: string;
    readonly resources: { readonly limits?: object; readonly reservations: { readonly memory: string } };
  };
}

const textOf = (file: string): string => readFileSync(`${projectRoot}/${file}`, "utf8");
const servicesOf = (file: string): Readonly<Record<string, Service>> =>
  (parse(textOf(file), { merge: true }) as { services: Record<string, Service> }).services;
const cluster = servicesOf("docker-compose.yml");
const single = servicesOf("docker-compose.slave.yml");
const nodes = [cluster["master"], cluster["slave"], single["slave"]].filter((service) => service !== undefined);
const mediaMtx = {
  cluster: servicesOf("docker-compose.mediamtx.yml")["slave"],
  single: servicesOf("docker-compose.slave.mediamtx.yml")["slave"],
};

/** `${NAME:-default}` and `${NAME:?why}` as Compose fills them in. */
const filledIn = (text: string, env: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)\}/g, (_all, name: string, byDefault = "") => env[name] ?? byDefault);
const secrets = { CLUSTER_SECRET: "a".repeat(48), ADMIN_TOKEN: "b".repeat(48), MASTER_URL: "http://192.168.1.10:8000" };

test("services can be scaled and stopped in order, in both versions of Compose", () => {
  for (const [name, service] of Object.entries(cluster)) assert.equal(service.container_name, undefined, name);
  assert.equal(cluster["slave"]?.ports, undefined);
  assert.equal(cluster["slave"]?.deploy?.replicas, "${SLAVES:-1}");
  assert.deepEqual(cluster["slave"]?.networks, ["media"]);
  assert.equal(nodes.length, 3);
  for (const { pids_limit: pids, deploy, mem_reservation: reserved, stop_grace_period: grace } of nodes) {
    // Compose 2 refuses one beside the other, and reservations that differ.
    assert.ok(pids !== undefined && deploy?.resources.limits === undefined);
    assert.equal(deploy?.resources.reservations.memory, reserved);
    assert.ok(Number.parseInt(grace ?? "0") >= 25);
  }
});

test("what containers are told are settings of their role, and good ones", () => {
  assert.ok(mediaMtx.cluster && mediaMtx.single);
  for (const { command = [], environment = {} } of [
    ...nodes,
    { environment: { ...cluster["slave"]?.environment, ...mediaMtx.cluster.environment } },
    { environment: { ...single["slave"]?.environment, ...mediaMtx.single.environment } },
  ]) {
    const role = command[0] === "master" ? ("master" as const) : ("slave" as const);
    for (const name of Object.keys(environment))
      assert.ok(
        // The master's is for commands that run beside it.
        name === "MASTER_URL" || variables.some((variable) => variable.name === name && variable.roles.includes(role)),
        `${role} knows no ${name}`,
      );
    const env = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, filledIn(value, secrets)]));
    const load = role === "master" ? loadMasterConfig : loadSlaveConfig;
    assert.deepEqual(load({ env, args: [] }).warnings, []);
  }
});

test("with MediaMTX: each slave gets one of as many ports for everything, leading to where the slave listens", () => {
  const defaults = loadSlaveConfig({ env: secrets, args: [] }).config;
  const ports = (mediaMtx.cluster?.ports ?? []).map((port) => /^(\d+)-(\d+):(\d+)(\/udp)?$/.exec(filledIn(port, {})) ?? []);
  assert.deepEqual(
    ports.map(([, , , inside, udp]) => [Number(inside), udp ?? "/tcp"]),
    [
      [defaults.WEBRTC_PORT, "/udp"],
      [defaults.SRT_PORT, "/udp"],
      [defaults.RTSP_PORT, "/tcp"],
    ],
  );
  assert.deepEqual(new Set(ports.map(([, first, last]) => Number(last) - Number(first) + 1)), new Set([10]));
  const told = filledIn(mediaMtx.cluster?.environment?.["WEBRTC_PUBLIC_PORTS"] ?? "", {});
  assert.equal(`${ports[0]?.[1]}-${ports[0]?.[2]}`, told);
});

test(".env.example has every secret that is asked for, and none is taken", () => {
  const example = Object.fromEntries(
    textOf(".env.example")
      .split("\n")
      .filter((line) => /^[A-Z_]+=/.test(line))
      .map((line) => line.split("=") as [string, string]),
  );
  const asked = new Set([...textOf("docker-compose.yml").matchAll(/\$\{(\w+):\?/g)].map(([, name = ""]) => name));
  assert.deepEqual(Object.keys(example).toSorted(), [...asked].toSorted());
  for (const value of Object.values(example)) assert.match(value, /change-me/);
  assert.throws(() => loadMasterConfig({ env: { ...secrets, ...example }, args: [] }), UserError);
  assert.throws(() => loadSlaveConfig({ env: { ...secrets, ...example }, args: [] }), UserError);
});

test("the compose files that .env.example names are there", () => {
  const named = /^#COMPOSE_FILE=(.+)$/m.exec(textOf(".env.example"))?.[1]?.split(":") ?? [];
  assert.deepEqual(named, ["docker-compose.yml", "docker-compose.mediamtx.yml"]);
  for (const file of named) assert.ok(servicesOf(file)["slave"], file);
});

test("the door's problem documents are those of the table", () => {
  const documents = [...textOf("door/nginx.conf").matchAll(/return (\d+) '(\{.*\})';/g)];
  assert.equal(documents.length, 5);
  for (const [, status, text = ""] of documents) {
    const said = JSON.parse(text) as { readonly code: ProblemCode; readonly instance: string };
    assert.ok(said.code in problemTypes, said.code);
    assert.deepEqual(said, { ...problemDocument(said.code), instance: said.instance });
    assert.equal(problemTypes[said.code].status, Number(status));
  }
});
