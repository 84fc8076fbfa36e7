// `airclass demo`: a whole small school on this machine. Starts the real command as master and slaves, and talks
// to them over their public API only.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createCloser } from "../shared/kernel/closer.ts";
import type { Closer } from "../shared/kernel/closer.ts";
import { UserError } from "../shared/kernel/user-error.ts";
import { childEnvironment, startChild } from "../shared/process/child.ts";
import type { Child } from "../shared/process/child.ts";
import type { ClassWithKey } from "../shared/protocol/classes.ts";
import type { NodesView } from "../shared/protocol/nodes.ts";
import type { TokenResponse } from "../shared/protocol/viewer-token.ts";
import { randomSecret } from "../shared/tokens/random-secrets.ts";
import { locateFfmpeg } from "../slave/engine/stage/locate-ffmpeg.ts";
import type { Ffmpeg } from "../slave/engine/stage/locate-ffmpeg.ts";
import { freePort } from "./free-port.ts";
import { startSyntheticTeacher } from "./synthetic-teacher.ts";

export const demoHelp = `usage: airclass demo

Starts a master, two slaves and a synthetic teacher on free ports, and prints the page to open. Ctrl-C ends it all.`;

export interface DemoOptions {
  readonly args: readonly string[];
  /** How this command is run: program and first arguments. */
  readonly command: readonly string[];
  readonly print: (text: string) => void;
  /** FFMPEG_PATH, where it is set. */
  readonly ffmpegPath: string | undefined;
}

export interface Demo {
  stop(): Promise<void>;
}

const slaves = 2;
const startTimeoutMs = 30_000;
/** A slave moves its viewers first, for 8 s at most; responses that run even then are not waited for. */
const stopGraceMs = 12_000;

/** @throws UserError when something does not come up; nothing is left behind then. */
export async function runDemo({ args, command, print, ffmpegPath }: DemoOptions): Promise<Demo> {
  if (args.length > 0)
    throw new UserError(
      `airclass demo takes no settings, not ${JSON.stringify(args[0])}: run airclass master and airclass slave for that.`,
      { exitCode: 2 },
    );
  const closer = createCloser();
  await closer.orClose(async () => startAll(closer, command, print, await locateFfmpeg({ ffmpegPath })));
  return { stop: () => closer.close() };
}

async function startAll(closer: Closer, command: readonly string[], print: DemoOptions["print"], ffmpeg: Ffmpeg): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "airclass-demo-"));
  closer.add("the demo's data", () => rm(dataDir, { recursive: true, force: true }));
  const taken = new Set<number>();
  const apiPort = await freePort(8000, taken);
  const masterUrl = `http://127.0.0.1:${apiPort}`;
  const adminToken = randomSecret();
  const shared = { CLUSTER_SECRET: randomSecret(), LOG_LEVEL: "warn", FFMPEG_PATH: ffmpeg.path };

  const role = (name: string, variables: Record<string, string>): Child => {
    const [program = "", ...rest] = command;
    const env = childEnvironment({ ...shared, ...variables, AIRCLASS_STOP_WITH_STDIN: "1" });
    const child = startChild({ command: program, args: [...rest, name], stdio: ["pipe", "inherit", "inherit"], env });
    closer.add(name, async () => void (await child.stop(stopGraceMs)));
    return child;
  };

  const rtmpPort = await freePort(1935, taken);
  const roles = [
    role("master", {
      API_PORT: String(apiPort),
      RTMP_PORT: String(rtmpPort),
      DATA_DIR: join(dataDir, "master"),
      ADMIN_TOKEN: adminToken,
    }),
  ];
  for (let number = 1; number <= slaves; number += 1) {
    roles.push(
      role("slave", {
        MASTER_URL: masterUrl,
        NODE_ID: `slave-${number}`,
        NODE_NAME: `Demo slave ${number}`,
        API_PORT: String(await freePort(8001, taken)),
        HLS_PORT: String(await freePort(8888, taken)),
        RTMP_PORT: String(await freePort(1936, taken)),
        DATA_DIR: join(dataDir, `slave-${number}`),
      }),
    );
  }

  const call = caller(masterUrl, adminToken);
  const ended = Promise.race(roles.map(async (child) => child.exited)).then(({ code }) => {
    throw new UserError(`A part of the demo ended while it started (exit code ${code ?? "none"}): see its message above.`);
  });
  const demoClass = await Promise.race([ended, prepareClass(call)]);
  const rtmpUrl = `rtmp://127.0.0.1:${rtmpPort}/live`;
  const teacher = await startSyntheticTeacher(ffmpeg.path, `${rtmpUrl}/${demoClass.name}?key=${demoClass.stream_key}`);
  closer.add("the synthetic teacher", async () => void (await teacher.stop(2_000)));
  const token = await Promise.race([ended, firstPicture(call, demoClass.name)]);

  print(`
AIRClass demo: one master, ${slaves} slaves, one synthetic teacher.

  Watch        ${masterUrl}/watch/${demoClass.name}
  Teach        ${masterUrl}/teach#${adminToken}
  The cluster  ${masterUrl}/cluster#${adminToken}
  Admin token  ${adminToken}
  API          ${masterUrl}/docs

  A token      curl -s -X POST ${masterUrl}/api/token -H 'content-type: application/json' -d '{"user_id":"me","class":"${demoClass.name}"}'
  Play it      ffplay '${token.hls_url}'
  The nodes    curl -s ${masterUrl}/cluster/nodes -H 'authorization: Bearer ${adminToken}'

  Be the teacher yourself, in OBS (Settings → Stream → Custom):
  Server       ${rtmpUrl}
  Stream key   ${demoClass.name}?key=${demoClass.stream_key}

Ctrl-C ends it all.`);
}

type Call = <Answer>(method: string, path: string, body?: object) => Promise<Answer>;

function caller(masterUrl: string, adminToken: string): Call {
  return async <Answer>(method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${adminToken}`, ...(body ? { "content-type": "application/json" } : {}) };
    const response = await fetch(`${masterUrl}${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Answer;
  };
}

async function prepareClass(call: Call): Promise<ClassWithKey> {
  await eventually("the slaves register", async () => (await call<NodesView>("GET", "/cluster/nodes")).healthy_nodes === slaves);
  return call<ClassWithKey>("POST", "/api/classes", { name: "demo", title: "The demo class", open: true });
}

async function firstPicture(call: Call, name: string): Promise<TokenResponse> {
  let token: TokenResponse | undefined;
  await eventually("the stream can be watched", async () => {
    token = await call<TokenResponse>("POST", "/api/token", { user_id: "demo-visitor", class: name });
    return (await fetch(token.hls_url)).ok;
  });
  if (!token) throw new Error("unreachable: the condition above sets the token");
  return token;
}

/** Polls until the condition holds. @throws UserError after 30 s, with the last reason. */
async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = error; // Not up yet; what it was is told when the time is over.
    }
    await sleep(100);
  }
  throw new UserError(
    `The demo waited ${startTimeoutMs / 1000} s in vain until ${what}${last instanceof Error ? `: ${last.message}` : ""}.`,
    { cause: last },
  );
}
