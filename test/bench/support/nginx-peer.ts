// nginx with one worker on the server core, serving a folder: the peer that plain HLS delivery is compared with.
import { access, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { childEnvironment, startChild } from "../../../src/shared/process/child.ts";
import { runProgram } from "../../../src/shared/process/run-program.ts";
import { pin, serverCore } from "./cpu.ts";
import { descendantsOf } from "../../support/processes.ts";

export interface NginxPeer {
  readonly url: string;
  readonly workerPid: number;
  readonly version: string;
  stop(): Promise<void>;
}

const candidates = ["nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx"];

/** @returns undefined where there is no nginx. */
export async function findNginx(): Promise<{ command: string; version: string } | undefined> {
  for (const command of candidates) {
    const { code, stderr } = await runProgram(command, ["-v"], { timeoutMs: 5_000, maxOutputBytes: 1_024 });
    if (code === 0) return { command, version: /nginx\/\S+/.exec(stderr)?.[0] ?? "nginx" };
  }
  return undefined;
}

const config = (port: number, folder: string, media: string): string => `
daemon off;
${process.getuid?.() === 0 ? "user root;" : ""}
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 19000; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_requests 1000000;
  keepalive_timeout 60s;
  types { application/vnd.apple.mpegurl m3u8; video/mp4 mp4 m4s; }
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root ${media};
    add_header access-control-allow-origin *;
    location ~ \\.m(4s|p4)$ { open_file_cache max=200 inactive=60s; }
  }
}
`;

/** @param options.folder for its own files. @throws when it does not come up. */
export async function startNginx(options: {
  readonly command: string;
  readonly version: string;
  readonly port: number;
  readonly folder: string;
  readonly media: string;
}): Promise<NginxPeer> {
  const { command, version, port, folder, media } = options;
  await mkdir(folder, { recursive: true });
  const file = join(folder, "nginx.conf");
  await writeFile(file, config(port, folder, media));
  const child = startChild({
    command,
    args: ["-c", file, "-p", folder, "-e", "stderr"],
    stdio: ["ignore", "ignore", "inherit"],
    env: childEnvironment(),
  });
  const stop = async (): Promise<void> => void (await child.stop(3_000));
  try {
    for (let tries = 0; tries < 50; tries += 1) {
      const worker = (await descendantsOf(child.pid ?? -1))[0];
      const up = await access(join(folder, "nginx.pid")).then(
        () => worker !== undefined,
        () => false, // not yet
      );
      if (worker && up) {
        await pin(worker.pid, serverCore);
        return { url: `http://127.0.0.1:${port}`, workerPid: worker.pid, version, stop };
      }
      await sleep(100);
    }
    throw new Error("nginx did not come up");
  } catch (error) {
    await stop();
    throw error;
  }
}
