// The house rules of imports, and that they were really looked at: a tool that reads no file prints green too.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { parseSync } from "oxc-parser";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Import {
  readonly from: string;
  /** Path below the root for our files, else the package or `node:` module. */
  readonly to: string;
}

const files = globSync("src/**/*.{ts,tsx}", { cwd: root }).filter((file) => !/\.test\.tsx?$/.test(file) && !file.endsWith(".d.ts"));
const imports: Import[] = files.flatMap((file) => {
  const source = readFileSync(join(root, file), "utf8");
  const { module, errors } = parseSync(file, source);
  assert.deepEqual(errors, [], file);
  const specifiers = [
    ...module.staticImports.map((found) => found.moduleRequest.value),
    ...module.staticExports.flatMap((found) => found.entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
    ...module.dynamicImports.map((found) => source.slice(found.moduleRequest.start, found.moduleRequest.end).replaceAll(/["'`]/g, "")),
  ];
  return specifiers.map((to) => ({ from: file, to: to.startsWith(".") ? relative(root, join(root, dirname(file), to)) : to }));
});

const describe = ({ from, to }: Import) => `${from} → ${to}`;
const offenders = (isOffence: (found: Import) => boolean) => imports.filter(isOffence).map(describe);
const within = (folder: string) => (path: string) => path.startsWith(`${folder}/`);

/** Which rooms of the same floor a room may use: what is not named, it does not know. */
const roomsBelow: Readonly<Record<string, readonly string[]>> = {
  "src/shared/kernel": [],
  "src/shared/logging": [],
  "src/shared/hls": [],
  "src/shared/process": [],
  "src/shared/protocol": [],
  "src/shared/metrics": ["http", "kernel"],
  "src/shared/net": ["kernel"],
  "src/shared/tokens": ["protocol"],
  "src/shared/viewing": ["kernel", "protocol"],
  "src/shared/config": ["kernel", "logging", "protocol"],
  "src/shared/http": ["kernel", "logging", "net", "protocol", "tokens"],
  "src/shared/rtmp": ["kernel", "logging", "net", "process", "protocol"],
  "src/slave/media": [],
  "src/slave/engine": ["media"],
  "src/slave/live": ["media", "engine"],
  "src/slave/replication": ["media", "live"],
  "src/slave/presence": ["replication"],
  "src/slave/publishing": ["engine", "live", "replication", "presence"],
  "src/slave/whep": [],
  "src/slave/api": ["engine", "live", "replication", "presence", "whep"],
  "src/slave/metrics": ["engine", "live", "replication", "presence", "whep", "api"],
  "src/master/routing": [],
  "src/master/store": [],
  "src/master/registry": [],
  "src/master/streams": [],
  "src/master/classes": ["store"],
  "src/master/access": ["store", "classes"],
  "src/master/tokens": ["store", "routing"],
  "src/master/gateways": ["registry", "streams"],
  "src/master/revocation": ["store", "registry", "streams", "classes", "tokens"],
  "src/master/history": ["registry", "streams"],
  "src/master/timeline": ["registry", "streams"],
  "src/master/metrics": ["registry", "routing", "streams", "tokens"],
  "src/master/api": [
    "routing",
    "store",
    "registry",
    "streams",
    "classes",
    "access",
    "tokens",
    "gateways",
    "revocation",
    "history",
    "timeline",
    "metrics",
  ],
  // The library that other people's pages use, too.
  "src/web/player": [],
  "src/web/common": [],
  "src/web/sign-in": ["common"],
  // Pages do not know each other.
  "src/web/student": ["common", "player"],
  "src/web/teacher": ["common", "player", "sign-in"],
  "src/web/cluster": ["common", "sign-in"],
};
/** Rooms that others see by one file only: their port. Composition roots make what is behind it. */
const ports: Readonly<Record<string, string>> = {
  "src/slave/engine": "src/slave/engine/engine.ts",
  "src/slave/replication": "src/slave/replication/replication.ts",
};
const compositionRoots = ["src/slave/slave.ts", "src/slave/create-engine.ts", "src/slave/create-webrtc-doors.ts", "src/master/master.ts"];

test("the whole house was looked at", () => {
  assert.ok(files.length > 80, `${files.length} files`);
  assert.ok(imports.length > 300, `${imports.length} imports`);
  for (const room of [
    "src/shared/kernel",
    "src/shared/tokens",
    "src/master/routing",
    "src/slave/media",
    "src/slave/live",
    "src/slave/engine",
    "src/gateway",
    "src/admin",
    "src/capacity",
    "src/web",
    ...Object.keys(roomsBelow),
  ]) {
    assert.ok(files.some(within(room)), room);
  }
});

test("the kernel imports nothing of ours", () => {
  assert.deepEqual(
    offenders(({ from, to }) => within("src/shared/kernel")(from) && to.startsWith("src/") && !within("src/shared/kernel")(to)),
    [],
  );
});

test("what is shared knows no role; master and slave do not know each other; a gateway knows neither", () => {
  const isRole = (path: string) =>
    ["src/master", "src/slave", "src/gateway", "src/web", "src/demo", "src/admin", "src/capacity"].some((folder) => within(folder)(path));
  assert.deepEqual(
    offenders(({ from, to }) => within("src/shared")(from) && isRole(to)),
    [],
  );
  assert.deepEqual(
    offenders(({ from, to }) => within("src/master")(from) && within("src/slave")(to)),
    [],
  );
  assert.deepEqual(
    offenders(({ from, to }) => within("src/slave")(from) && within("src/master")(to)),
    [],
  );
  assert.deepEqual(
    offenders(({ from, to }) => within("src/gateway")(from) && isRole(to) && !within("src/gateway")(to)),
    [],
  );
  assert.deepEqual(
    offenders(({ from, to }) => within("src/slave")(from) && within("src/gateway")(to)),
    [],
  );
  // The master opens a gateway of its own, and knows nothing else of it.
  assert.deepEqual(
    offenders(({ from, to }) => within("src/master")(from) && within("src/gateway")(to) && from !== "src/master/master.ts"),
    [],
  );
  assert.deepEqual(
    offenders(
      ({ from, to }) =>
        within("src/web")(from) &&
        to.startsWith("src/") &&
        !within("src/web")(to) &&
        !["src/shared/protocol", "src/shared/kernel", "src/shared/viewing"].some((room) => within(room)(to)),
    ),
    [],
  );
});

test("data flows one way: each room knows only the rooms below it", () => {
  for (const [room, below] of Object.entries(roomsBelow)) {
    const floor = dirname(room);
    const known = [room, ...below.map((name) => `${floor}/${name}`)];
    assert.deepEqual(
      offenders(({ from, to }) => within(room)(from) && within(floor)(to) && !known.some((other) => within(other)(to))),
      [],
      room,
    );
  }
});

test("no room of the house is without a rule", () => {
  const rooms = new Set(files.map((file) => file.split("/").slice(0, 3).join("/")).filter((room) => !room.endsWith(".ts")));
  const ruled = [...rooms].filter((room) => ["src/shared", "src/slave", "src/master", "src/web"].some((floor) => within(floor)(room)));
  assert.deepEqual(ruled.toSorted(), Object.keys(roomsBelow).toSorted());
});

test("what is behind a port is made by composition roots only", () => {
  for (const [room, port] of Object.entries(ports)) {
    const isSeen = ({ from, to }: Import) => within(room)(to) && !within(room)(from) && to !== port;
    // The demo's teacher is an ffmpeg like any other, and the doctor looks for the one that a slave would take.
    const others = ["src/demo/demo.ts", "src/admin/doctor/this-machine.ts"];
    assert.deepEqual(
      offenders((found) => isSeen(found) && ![...compositionRoots, ...others].includes(found.from)),
      [],
    );
  }
});

test("the pure rooms do no input or output", () => {
  const pure = ["src/slave/media", "src/master/routing", "src/shared/protocol", "src/shared/hls"];
  const pureFiles = [
    "src/capacity/plan-slaves.ts",
    "src/capacity/plan-text.ts",
    "src/gateway/choose-origin.ts",
    "src/gateway/relay-state.ts",
    "src/gateway/stream-buffer.ts",
    "src/master/gateways/gateway-view.ts",
    "src/master/history/history.ts",
    "src/master/history/measure-step.ts",
    "src/master/history/players-meter.ts",
    "src/master/history/step-ring.ts",
    "src/master/registry/node-state.ts",
    "src/master/streams/copy-lag.ts",
    "src/master/streams/replication-plan.ts",
    "src/master/timeline/node-events.ts",
    "src/master/timeline/stream-events.ts",
    "src/master/timeline/timeline.ts",
    "src/slave/engine/stage/drop-meter.ts",
    "src/slave/publishing/origin-state.ts",
    "src/slave/replication/catch-up.ts",
    "src/slave/replication/follower-state.ts",
    "src/slave/replication/same-log.ts",
    "src/slave/replication/split-parts.ts",
    "src/slave/replication/who-to-follow.ts",
    "src/shared/viewing/failover-state.ts",
  ];
  for (const file of pureFiles) assert.ok(files.includes(file), file);
  const io = /^node:(fs|net|http|https|http2|dgram|tls|child_process|timers)/;
  assert.deepEqual(
    offenders(({ from, to }) => (pureFiles.includes(from) || pure.some((room) => within(room)(from))) && io.test(to)),
    [],
  );
});

test("libraries are imported in one place each", () => {
  const places = (library: RegExp) => [...new Set(imports.filter(({ to }) => library.test(to)).map(({ from }) => from))];
  assert.deepEqual(places(/^node-media-server/), ["src/shared/rtmp/bounded-rtmp.ts"]);
  assert.deepEqual(places(/^(node:)?child_process$/), ["src/shared/process/child.ts"]);
  assert.deepEqual(places(/^@fastify\/proxy-addr$/), ["src/shared/net/trusted-proxies.ts"]);
  assert.ok(places(/^node:sqlite$/).every(within("src/master/store")));
  assert.deepEqual(places(/^prom-client$/), ["src/shared/metrics/metric-set.ts"]);
  assert.deepEqual(places(/^systeminformation$/), ["src/slave/presence/load-sampler.ts"]);
  assert.deepEqual(places(/^undici$/), ["src/capacity/viewer-connections.ts"]);
  assert.deepEqual(places(/^cli-progress$/), ["src/capacity/load-progress.ts"]);
  assert.ok(places(/^jsonwebtoken$/).every(within("src/shared/tokens")));
  // Whoever takes our player for a page of their own takes no framework with it.
  const preact = places(/^(preact|@preact)(\/|$)/);
  assert.ok(preact.length > 10 && preact.every((file) => within("src/web")(file) && !within("src/web/player")(file)), preact.join(", "));
  const hls = places(/^hls\.js(\/|$)/);
  assert.ok(hls.length > 0 && hls.every(within("src/web/player")), hls.join(", "));
  assert.deepEqual(places(/^uplot(\/|$)/).toSorted(), ["src/web/common/plot-options.ts", "src/web/common/ui/plot.tsx"]);
  assert.deepEqual(places(/^uqr$/), ["src/web/common/qr-path.ts"]);
});

test("commands for the operator know what is shared, the store's file and where ffmpeg is, and only the table of commands knows them", () => {
  const admin = within("src/admin");
  assert.ok(files.some(admin));
  const known = [
    "src/master/store/backup-store.ts",
    "src/master/store/database.ts",
    "src/master/store/restore-store.ts",
    "src/master/store/stored-file.ts",
    "src/slave/engine/stage/locate-ffmpeg.ts",
  ];
  assert.deepEqual(
    offenders(({ from, to }) => admin(from) && to.startsWith("src/") && !admin(to) && !within("src/shared")(to) && !known.includes(to)),
    [],
  );
  assert.deepEqual(
    offenders(({ from, to }) => admin(to) && !admin(from) && !within("src/capacity")(from) && from !== "src/commands.ts"),
    [],
  );
});

test("capacity tools know what is shared and how commands talk to a master; only the table of commands knows them", () => {
  const capacity = within("src/capacity");
  const known = (path: string) =>
    capacity(path) ||
    within("src/shared")(path) ||
    ["admin-arguments", "admin-client", "command-flags"].some((name) => path === `src/admin/${name}.ts`);
  assert.deepEqual(
    offenders(({ from, to }) => capacity(from) && to.startsWith("src/") && !known(to)),
    [],
  );
  assert.deepEqual(
    offenders(({ from, to }) => capacity(to) && !capacity(from) && from !== "src/commands.ts"),
    [],
  );
});

test("nothing imports the command", () => {
  assert.deepEqual(
    offenders(({ to }) => to === "src/cli.ts"),
    [],
  );
});

test("no import goes round in a circle", () => {
  const edges = new Map<string, string[]>();
  for (const { from, to } of imports) if (to.startsWith("src/")) edges.set(from, [...(edges.get(from) ?? []), to]);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) return void circles.push([...trail.slice(trail.indexOf(file)), file].join(" → "));
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  assert.deepEqual(circles, []);
});
