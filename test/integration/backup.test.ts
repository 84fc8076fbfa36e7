// The master's data to a file and back: what teachers and students hold is good on the master that was made from it.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Readable, Writable } from "node:stream";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { runBackup, runRestore } from "../../src/admin/backup.ts";
import type { BackupDeps } from "../../src/admin/backup.ts";
import { migrations } from "../../src/master/store/migrations.ts";
import { openStore } from "../../src/master/store/store.ts";
import { UserError } from "../../src/shared/kernel/user-error.ts";
import { classRecord } from "../support/class-record.ts";
import { startCluster } from "../support/cluster.ts";
import { runAirclass } from "../support/processes.ts";
import { addNode, startMaster } from "./master-harness.ts";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "airclass-backup-test-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function run(command: (deps: BackupDeps) => Promise<void>, args: string[], more: Partial<BackupDeps> = {}): Promise<string[]> {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  await command({ args, env: {}, print, printError: print, stdout: new Writable(), stdin: Readable.from([]), ...more });
  return lines;
}

/** The sentence with which it ends. */
async function refusal(command: (deps: BackupDeps) => Promise<void>, args: string[], more: Partial<BackupDeps> = {}): Promise<string> {
  const error: unknown = await run(command, args, more).then(
    (lines) => assert.fail(`done: ${lines.join(" ")}`),
    (error: unknown) => error,
  );
  assert.ok(error instanceof UserError, String(error));
  return error.message;
}

/** A store with one class, and nobody who uses it. */
function makeStore(dataDir: string, name = "math"): void {
  const store = openStore(dataDir);
  store.classes.insert(classRecord({ name, title: name }));
  store.close();
}

function classesIn(dataDir: string): string[] {
  const store = openStore(dataDir);
  const names = store.classes.list().map(({ name }) => name);
  store.close();
  return names;
}

test("a teacher publishes with the old key, and a student plays with the old token, on a master made from a backup", async (t) => {
  const dir = folder(t);
  const first = await startCluster({ master: { DATA_DIR: join(dir, "first") } });
  t.after(() => first.stop());
  const lesson = await first.createClass("math", { open: true });
  const before = await first.publish(lesson);
  const token = new URL((await first.token({ user_id: "kim", path: lesson.path })).hls_url);
  const file = join(dir, "kept.backup");
  const backup = await runAirclass(["backup", file], { DATA_DIR: join(dir, "first") });
  assert.equal(backup.code, 0, backup.stderr);
  assert.match(
    backup.stdout,
    /kept\.backup: 1 class and 1 signing key .*read back and found whole\.\nIt holds secrets: only you may read it/,
  );
  await first.createClass("after-the-backup");
  await before.stop();
  await first.stop();

  const restore = await runAirclass(["restore", file, "--data-dir", join(dir, "second")]);
  assert.equal(restore.code, 0, restore.stderr);
  assert.match(restore.stdout, /holds 1 class and 1 signing key .*start the master/);
  const second = await startCluster({ master: { DATA_DIR: join(dir, "second") } });
  t.after(() => second.stop());
  await second.publish(lesson);
  const played = await fetch(`${second.slaves[0]?.hlsUrl}${token.pathname}${token.search}`);
  assert.equal(played.status, 200, await played.text());
  const { classes } = (await (await second.fetch("/api/classes")).json()) as { classes: { name: string }[] };
  assert.deepEqual(
    classes.map(({ name }) => name),
    ["math"],
  );
});

test("the admin token that was printed once is good after a restore; a master that runs is not written over", async (t) => {
  const dir = folder(t);
  const master = await startMaster(t, { ADMIN_TOKEN: "" });
  const token = / ([\w-]{20,})$/.exec(master.announced[0] ?? "")?.[1];
  const asAdmin = { authorization: `Bearer ${token}` };
  assert.equal((await master.call("POST", "/api/classes", { name: "math", open: true }, asAdmin)).status, 201);
  const file = join(dir, "a.backup");
  await run(runBackup, [file, "--data-dir", master.dataDir]);
  assert.match(await refusal(runRestore, [file, "--data-dir", master.dataDir, "--force"]), /is in use by another airclass/);
  assert.equal((await master.call("GET", "/api/classes", undefined, asAdmin)).status, 200, "it goes on");

  const second = join(dir, "second");
  await run(runRestore, [file], { env: { DATA_DIR: second } });
  const restored = await startMaster(t, { ADMIN_TOKEN: "", DATA_DIR: second });
  assert.deepEqual(restored.announced, [], "it needs no new token");
  assert.equal((await restored.call("GET", "/api/classes", undefined, asAdmin)).status, 200);
  await addNode(restored, "slave-1");
  assert.equal((await restored.join({ user_id: "kim", class: "math" })).status, 200);
});

test("a backup while the master writes is whole, private, and never in the place of another file", async (t) => {
  const dir = folder(t);
  const dataDir = join(dir, "data");
  const store = openStore(dataDir);
  t.after(() => store.close());
  const insert = (index: number) =>
    store.classes.insert({
      name: `class-${index}`,
      title: "x".repeat(2_000),
      open: true,
      joinCode: "K7QX2M",
      streamKeyHash: "h",
      createdAtMs: 5,
      closedAtMs: undefined,
      teacherTokenHash: undefined,
    });
  for (let index = 0; index < 500; index += 1) insert(index);
  const file = join(dir, "b.backup");
  let written = 500;
  const writing = setInterval(() => insert(written++), 1);
  const lines = await run(runBackup, [file, "--data-dir", dataDir]).finally(() => clearInterval(writing));
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(lines[0] ?? "", /b\.backup: 5\d\d classes/);
  assert.deepEqual(readdirSync(dir).toSorted(), ["b.backup", "data"], "nothing else is left");
  const bytes = readFileSync(file);
  assert.match(await refusal(runBackup, [file, "--data-dir", dataDir]), /exists already, and is left as it is/);
  assert.deepEqual(readFileSync(file), bytes);

  const out: Buffer[] = [];
  const stdout = new Writable({ write: (chunk: Buffer, _encoding, done) => (out.push(chunk), done()) });
  await run(runBackup, ["-", "--data-dir", dataDir], { stdout });
  await run(runRestore, ["-", "--data-dir", join(dir, "piped")], { stdin: Readable.from([Buffer.concat(out)]) });
  assert.deepEqual(
    classesIn(join(dir, "piped")),
    store.classes.list().map(({ name }) => name),
  );
  const text = { stdin: Readable.from([Buffer.from("The master does not answer")]) };
  assert.match(await refusal(runRestore, ["-", "--data-dir", join(dir, "no-store")], text), /^what was given is no backup of AIRClass/);

  assert.match(await refusal(runBackup, [join(dir, "no", "x"), "--data-dir", dataDir]), /cannot be written \(ENOENT\)/);
  assert.match(await refusal(runBackup, [join(dir, "c.backup"), "--data-dir", join(dir, "none")]), /There is no store in DATA_DIR/);
  assert.equal(existsSync(join(dir, "c.backup")), false);
});

test("a restore replaces nothing unless told to, and then keeps what was there", async (t) => {
  const dir = folder(t);
  const [dataDir, file] = [join(dir, "data"), join(dir, "a.backup")];
  makeStore(dataDir);
  await run(runBackup, [file, "--data-dir", dataDir]);
  rmSync(dataDir, { recursive: true });
  makeStore(dataDir, "music");
  assert.match(
    await refusal(runRestore, [file, "--data-dir", dataDir]),
    /There is a store in DATA_DIR .* already: replace it with --force/,
  );
  assert.deepEqual(classesIn(dataDir), ["music"]);
  const lines = await run(runRestore, [file, "--data-dir", dataDir, "--force"], { wallMs: () => Date.UTC(2026, 0, 2, 3, 4, 5) });
  assert.deepEqual(classesIn(dataDir), ["math"]);
  const kept = join(dataDir, "airclass.db.20260102T030405Z.before-restore");
  assert.match(lines[1] ?? "", /airclass\.db\.20260102T030405Z\.before-restore/);
  assert.equal(statSync(kept).mode & 0o777, 0o600);
  assert.equal(statSync(join(dataDir, "airclass.db")).mode & 0o777, 0o600);
  await run(runRestore, [kept, "--data-dir", dataDir, "--force"]);
  assert.deepEqual(classesIn(dataDir), ["music"], "and back");

  // A damaged store with a journal of its own: neither may get into the new one.
  writeFileSync(join(dataDir, "airclass.db"), "damaged");
  writeFileSync(join(dataDir, "airclass.db-wal"), "damaged too");
  await run(runRestore, [file, "--data-dir", dataDir, "--force"]);
  assert.deepEqual(classesIn(dataDir), ["math"]);
});

test("what is no backup is refused, and the data is as it was; an older one is brought to this version", async (t) => {
  const dir = folder(t);
  const [dataDir, good] = [join(dir, "data"), join(dir, "good.backup")];
  makeStore(dataDir);
  await run(runBackup, [good, "--data-dir", dataDir]);

  const change = (name: string, sql: string) => {
    copyFileSync(good, join(dir, name));
    const database = new DatabaseSync(join(dir, name));
    database.exec(sql);
    database.close();
  };
  writeFileSync(join(dir, "text"), "not a database at all, but a text");
  writeFileSync(join(dir, "empty"), "");
  change("newer", "PRAGMA user_version = 99");
  change("other", "CREATE TABLE others (x)");
  change("trigger", "CREATE TRIGGER t AFTER INSERT ON classes BEGIN DELETE FROM classes; END");
  change("missing", "DROP TABLE known_nodes");
  const foreign = new DatabaseSync(join(dir, "foreign"));
  foreign.exec("CREATE TABLE t (x)");
  foreign.close();
  const bytes = readFileSync(good);
  writeFileSync(join(dir, "cut"), bytes.subarray(0, bytes.length / 2));
  writeFileSync(join(dir, "damaged"), Buffer.concat([bytes.subarray(0, 4_096), Buffer.alloc(bytes.length - 4_096, 7)]));
  const cases: [string, RegExp][] = [
    ["nothing", /nothing cannot be read \(ENOENT\)/],
    ["data", /data is not a file/],
    ["text", /text is no backup of AIRClass: it is not an SQLite file/],
    ["empty", /empty is no backup/],
    ["newer", /newer was written by a newer AIRClass \(version 99 of the store, here \d+\): update this one/],
    ["other", /other is not the store of an AIRClass master/],
    ["trigger", /trigger is not the store of an AIRClass master/],
    ["missing", /missing is not the store of an AIRClass master/],
    ["foreign", /foreign is not the store of an AIRClass master/],
    ["cut", /cut is damaged/],
    ["damaged", /damaged is damaged/],
  ];
  for (const [name, sentence] of cases) {
    assert.match(await refusal(runRestore, [join(dir, name), "--data-dir", dataDir, "--force"]), sentence, name);
    assert.deepEqual(classesIn(dataDir), ["math"], name);
    assert.deepEqual(
      readdirSync(dataDir).filter((file) => file.includes("restor")),
      [],
      name,
    );
  }

  const old = new DatabaseSync(join(dir, "old"));
  old.exec(
    `PRAGMA journal_mode = WAL; ${migrations[0]}; PRAGMA user_version = 1; INSERT INTO classes VALUES ('art', 'Art', 1, '', 'h', 5)`,
  );
  old.close();
  await run(runRestore, [join(dir, "old"), "--data-dir", dataDir, "--force"]);
  assert.deepEqual(classesIn(dataDir), ["art"]);
});

test("two masters do not share a DATA_DIR", (t) => {
  const dataDir = join(folder(t), "data");
  const store = openStore(dataDir);
  assert.throws(() => openStore(dataDir), /is in use by another airclass/);
  store.close();
  openStore(dataDir).close();
  assert.equal(statSync(join(dataDir, "airclass.lock")).mode & 0o777, 0o600);
});
