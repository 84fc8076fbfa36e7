// What an attacker would try: the image's layers, the walls of the containers, the ways through the door.
import assert from "node:assert/strict";
import { docker, inspect } from "./docker.ts";

interface ImageFacts {
  readonly Size: number;
  readonly Config: {
    readonly User: string;
    readonly Entrypoint: readonly string[];
    readonly StopSignal: string;
    readonly Healthcheck: object;
  };
}

/** @returns a line of what was measured. */
export async function checkImage(image: string, secrets: readonly string[]): Promise<string> {
  const { Size: bytes, Config: config } = await inspect<ImageFacts>(image);
  assert.match(config.User, /^[1-9]\d*:[1-9]\d*$/);
  assert.ok(config.Entrypoint.length > 1 && !config.Entrypoint.includes("/bin/sh"), "exec form");
  assert.equal(config.StopSignal, "SIGTERM");
  assert.ok(config.Healthcheck);
  const history = await docker("history", "--no-trunc", image);
  const wholeConfig = await docker("inspect", image);
  for (const secret of [...secrets, "BEGIN CERTIFICATE", "change-me"])
    assert.ok(!history.includes(secret) && !wholeConfig.includes(secret), `a layer tells ${secret.slice(0, 8)}…`);
  const inside = await docker(
    "run",
    "--rm",
    "--entrypoint",
    "sh",
    image,
    "-c",
    "ls -A /app /app/node_modules; ls -A / ; command -v npm npx; ffmpeg -version | head -1; find /app ! -user root -o -perm /002 ! -type l | sed 's/^/not ours alone: /'",
  );
  for (const absent of ["typescript", "vite", "oxlint", "playwright-core", "ffmpeg-static", "hls.js", ".env", ".git", "npm", "test"])
    assert.doesNotMatch(inside, new RegExp(`^(\\S*/)?${absent.replaceAll(".", "\\.")}$`, "m"));
  assert.doesNotMatch(inside, /not ours alone/, "the user of the container can change the program");
  assert.match(inside, /^fastify$/m);
  assert.match(inside, /^ffmpeg version \S+deb/m);
  assert.equal((await docker("run", "--rm", image, "--version")).trim().split(".").length, 3);
  return `${Math.round(bytes / 1e6)} MB`;
}

interface ContainerFacts {
  readonly Name: string;
  readonly HostConfig: {
    readonly Memory: number;
    readonly MemoryReservation: number;
    readonly NanoCpus: number;
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[];
    readonly SecurityOpt: readonly string[];
    readonly Privileged: boolean;
    readonly Binds: readonly string[] | null;
    readonly LogConfig: { readonly Config: Readonly<Record<string, string>> };
    readonly RestartPolicy: { readonly Name: string };
  };
}

/** What holds for every container. */
export async function checkService(id: string): Promise<void> {
  const { Name: name, HostConfig: host } = await inspect<ContainerFacts>(id);
  assert.equal(host.ReadonlyRootfs, true, name);
  assert.deepEqual(host.CapDrop, ["ALL"], name);
  assert.ok(host.SecurityOpt.includes("no-new-privileges:true"), name);
  assert.equal(host.Privileged, false, name);
  assert.equal(host.LogConfig.Config["max-size"], "10m", name);
  assert.equal(host.RestartPolicy.Name, "unless-stopped", name);
  for (const bind of host.Binds ?? [])
    assert.ok(!bind.includes("docker.sock") && /:ro\b|_(master|prometheus|grafana)-data:/.test(bind), bind);
  const status = await docker("exec", id, "cat", "/proc/1/status");
  assert.doesNotMatch(status, /^Uid:\s+0\s/m, name);
  assert.match(status, /^CapEff:\s+0+$/m, name);
  assert.match(status, /^NoNewPrivs:\s+1$/m, name);
}

const oneGb = 1024 ** 3;
const triesToLeave = `
  const { request } = require("node:http");
  request(process.argv[1], { timeout: 1500 }).on("response", ({ statusCode }) => { console.log("REACHED", statusCode); process.exit(); })
    .on("timeout", function () { this.destroy(new Error("timeout")); }).on("error", ({ code, message }) => console.log("no way out:", code ?? message)).end();`;

/** What holds for nodes, and for slaves alone. @returns a line of what was found. */
export async function checkConfinement(ids: { readonly slave: string; readonly master: string }): Promise<string> {
  for (const id of [ids.slave, ids.master]) {
    const { HostConfig: host } = await inspect<ContainerFacts>(id);
    assert.equal(host.NanoCpus, 2e9);
    assert.equal(host.Memory, 2 * oneGb);
    assert.equal(host.MemoryReservation, oneGb);
    const limits = await docker(
      "exec",
      id,
      "sh",
      "-c",
      "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us",
    );
    assert.match(limits, new RegExp(`^${2 * oneGb}$`, "m"));
    assert.match(limits, /^200000( 100000)?$/m);
    const written = await docker("exec", id, "sh", "-c", "touch /app/x /etc/x /x 2>&1; touch /tmp/x && rm /tmp/x && echo tmp");
    assert.equal(written.match(/Read-only file system/g)?.length, 3, written);
    assert.match(written, /^tmp$/m);
    assert.match(await docker("exec", id, "cat", "/proc/1/cmdline"), /^tini\0/);
  }
  const { NetworkSettings: settings } = await inspect<{ NetworkSettings: { Networks: Record<string, { IPAddress: string }> } }>(ids.master);
  const front = Object.entries(settings.Networks).find(([name]) => name.endsWith("front"))?.[1].IPAddress ?? "";
  assert.match(front, /^\d+\./);
  const media = Object.keys(settings.Networks).find((name) => name.endsWith("media")) ?? "";
  const { NetworkSettings: own } = await inspect<{ NetworkSettings: { Networks: Record<string, object> } }>(ids.slave);
  assert.deepEqual(Object.keys(own.Networks), [media]);
  assert.equal((await docker("network", "inspect", "--format", "{{.Internal}}", media)).trim(), "true");
  const left = await docker("exec", ids.slave, "node", "-e", triesToLeave, `http://${front}:8000/health`);
  assert.doesNotMatch(left, /REACHED/, "a slave reached the front network");
  const node = (await docker("exec", ids.slave, "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")).trim();
  assert.ok(!/CLUSTER_SECRET|[0-9a-f]{48}/.test(node), "a secret is in a command line");
  return left.trim();
}

/** @param ids first 12 digits of containers. */
export async function checkDoor(url: string, ids: { readonly slave: string; readonly others: readonly string[] }): Promise<void> {
  const call = async (path: string, init: RequestInit = {}): Promise<{ status: number; type: string; code: string; headers: Headers }> => {
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(5_000), redirect: "manual", ...init });
    const text = await response.text();
    const type = response.headers.get("content-type") ?? "";
    const code = type.includes("problem+json") ? (JSON.parse(text) as { code: string }).code : "";
    return { status: response.status, type, code, headers: response.headers };
  };
  const media = (id: string): string => `/n/${id}/live/math-3b/index.m3u8?jwt=no-token`;

  const refused = await call(media(ids.slave));
  assert.deepEqual([refused.status, refused.code], [401, "token_invalid"], "the slave itself answers");
  for (const id of [...ids.others, "abcdefabcdef", "000000000000"]) {
    const startedMs = performance.now();
    const gone = await call(media(id));
    assert.deepEqual([gone.status, gone.code], [502, "node_unreachable"], id);
    assert.equal(gone.headers.get("access-control-allow-origin"), "*");
    assert.ok(performance.now() - startedMs < 4_000, "players need a quick answer");
  }
  for (const id of [
    "master",
    "prometheus",
    "grafana",
    "127.0.0.1",
    "localhost",
    ids.slave.toUpperCase(),
    `${ids.slave}a`,
    `${ids.slave}.`,
    `${ids.slave}:8000`,
    `${ids.slave}@master`,
  ])
    assert.equal((await call(media(id))).status, 404, id);
  // Other ports and other APIs of a slave.
  for (const path of ["metrics", "health", "api/streams", "../../metrics", "%2e%2e/%2e%2e/metrics"])
    assert.ok([401, 404].includes((await call(`/n/${ids.slave}/${path}`)).status), path);
  for (const path of ["/metrics", "//metrics", "/metrics/", "/%6detrics", "/x/../metrics", "/metrics?x", "/n/", "/n/x"])
    assert.equal((await call(path)).status, 404, path);
  assert.equal((await call("/cluster/nodes")).code, "admin_required");
  const large = await call("/api/token", { method: "POST", body: "x".repeat(70_000), headers: { "content-type": "application/json" } });
  assert.deepEqual([large.status, large.code], [413, "body_too_large"]);
  // Links are made of the address that was asked for, not of what somebody claims in other headers.
  const forged = { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.1" };
  const grant = await fetch(`${url}/api/token`, {
    method: "POST",
    body: JSON.stringify({ user_id: "forger", class: "math-3b" }),
    headers: { ...forged, "content-type": "application/json" },
  });
  assert.ok(((await grant.json()) as { hls_url: string }).hls_url.startsWith(`${url}/n/`));

  const health = await call("/health");
  assert.equal(health.status, 200);
  assert.equal(health.headers.get("server"), "nginx");
}

/** Pages come at the addresses that people type, and live figures as they happen, not when the door has collected enough. */
export async function checkPages(url: string, adminToken: string): Promise<void> {
  for (const path of ["/", "/watch/math-3b", "/teach", "/cluster"]) {
    const page = await fetch(url + path, { redirect: "manual", headers: { accept: "text/html", "accept-encoding": "br" } });
    assert.deepEqual([page.status, page.headers.get("content-encoding")], [200, "br"], path);
    assert.match(await page.text(), /^<!doctype html>/i, path);
  }
  const lost = await fetch(`${url}/no-such-page`, { headers: { accept: "text/html" } });
  assert.deepEqual([lost.status, lost.headers.get("content-type")], [404, "text/html; charset=utf-8"]);
  await lost.body?.cancel();
  const headers = { authorization: `Bearer ${adminToken}` };
  for (const path of ["/cluster/live", "/api/classes/math-3b/live"]) {
    const live = await fetch(url + path, { headers, signal: AbortSignal.timeout(10_000) });
    assert.deepEqual([live.status, live.headers.get("content-type")], [200, "text/event-stream; charset=utf-8"], path);
    let heard = "";
    const decoder = new TextDecoder();
    for await (const bytes of live.body ?? []) {
      heard += decoder.decode(bytes, { stream: true });
      // Leaving the loop ends the connection.
      if (/^event: /m.test(heard)) break;
    }
    assert.match(heard, /^event: /m, path);
  }
}
