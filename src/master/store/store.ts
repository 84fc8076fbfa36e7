// What of the master survives a restart, in SQLite. Prepared statements only, so that no name from outside is ever
// part of a statement. Implements the ports that its users declare; knows no HTTP and no keys in the clear.
import type { DatabaseSync } from "node:sqlite";
import { lockDataDir } from "./data-lock.ts";
import { openDatabase } from "./database.ts";
import { revocationStoreIn } from "./revocation-store.ts";
import type { RevocationStore } from "./revocation-store.ts";
import { sessionStoreIn } from "./session-store.ts";
import type { SessionStore } from "./session-store.ts";

export interface ClassRecord {
  readonly name: string;
  readonly title: string;
  /** Anybody may join without a code. */
  readonly open: boolean;
  readonly joinCode: string;
  /** `hashSecret` of the stream key, which is 192 random bits: nothing to guess, so a plain SHA-256 keeps it. */
  readonly streamKeyHash: string;
  readonly createdAtMs: number;
  /** The class is over since then (Unix ms): nobody watches or publishes. */
  readonly closedAtMs: number | undefined;
  /** `hashSecret` of the teacher token, which is as random as a stream key; undefined while the class has none. */
  readonly teacherTokenHash: string | undefined;
}

export type ClassChanges = Partial<Pick<ClassRecord, "title" | "open" | "joinCode" | "streamKeyHash" | "closedAtMs" | "teacherTokenHash">>;

export interface ClassStore {
  list(): ClassRecord[];
  get(name: string): ClassRecord | undefined;
  /** Oldest first; capital and small letters are the same. More than one only where two have had the same code since before codes were unique. */
  withJoinCode(joinCode: string): ClassRecord[];
  withTeacherToken(hash: string): ClassRecord | undefined;
  /** False when there is a class of this name. */
  insert(record: ClassRecord): boolean;
  /** The class after the change; undefined when there is none. */
  update(name: string, changes: ClassChanges): ClassRecord | undefined;
  delete(name: string): boolean;
}

export interface StoredSigningKey {
  readonly kid: string;
  /** PKCS #8. */
  readonly pem: string;
  readonly createdAtMs: number;
  readonly retiredAtMs: number | undefined;
}

export interface SigningKeyStore {
  /** Newest first. */
  list(): StoredSigningKey[];
  insert(key: StoredSigningKey): void;
  retire(kid: string, atMs: number): void;
  delete(kid: string): void;
}

export interface AdminTokenStore {
  hash(): string | undefined;
  setHash(hash: string): void;
}

export interface NodeStore {
  /** Unix ms by which the node is to be drained; undefined when nobody asked for it. */
  drainDeadline(nodeId: string): number | undefined;
  setDrainDeadline(nodeId: string, deadlineMs: number | undefined): void;
  /** Nodes that were in the cluster when the master was last alive: id → what was kept of them. */
  known(): Map<string, string>;
  /** @param info undefined: it has left. */
  setKnown(nodeId: string, info: string | undefined): void;
  /** False when this credential was used before, also before a restart. Ids are forgotten after `expiresAtMs` (Unix ms). */
  useCredential(id: string, expiresAtMs: number, nowMs: number): boolean;
}

export interface Store {
  readonly classes: ClassStore;
  readonly signingKeys: SigningKeyStore;
  readonly adminToken: AdminTokenStore;
  readonly nodes: NodeStore;
  readonly sessions: SessionStore;
  readonly revocations: RevocationStore;
  /** Idempotent. */
  close(): void;
}

interface ClassRow {
  name: string;
  title: string;
  open: number;
  join_code: string;
  stream_key_hash: string;
  created_at_ms: number;
  closed_at_ms: number | null;
  teacher_token_hash: string | null;
}

interface KeyRow {
  kid: string;
  pem: string;
  created_at_ms: number;
  retired_at_ms: number | null;
}

/** @throws UserError as `lockDataDir` and `openDatabase`. */
export function openStore(dataDir: string): Store {
  const lock = lockDataDir(dataDir);
  try {
    const database = openDatabase(dataDir);
    return storeIn(database, () => {
      if (database.isOpen) database.close();
      lock.release();
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

function storeIn(database: DatabaseSync, close: () => void): Store {
  const sql = (text: string) => database.prepare(text);

  const classColumns = "name, title, open, join_code, stream_key_hash, created_at_ms, closed_at_ms, teacher_token_hash";
  const listClasses = sql(`SELECT ${classColumns} FROM classes ORDER BY name`);
  const getClass = sql(`SELECT ${classColumns} FROM classes WHERE name = ?`);
  const insertClass = sql(`INSERT INTO classes (${classColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
  const classesByCode = sql(`SELECT ${classColumns} FROM classes WHERE join_code = ? COLLATE NOCASE ORDER BY created_at_ms, name`);
  const classByTeacherToken = sql(`SELECT ${classColumns} FROM classes WHERE teacher_token_hash = ?`);
  const updateClass = sql(
    "UPDATE classes SET title = ?, open = ?, join_code = ?, stream_key_hash = ?, closed_at_ms = ?, teacher_token_hash = ? WHERE name = ?",
  );
  const deleteClass = sql("DELETE FROM classes WHERE name = ?");
  const listKeys = sql("SELECT kid, pem, created_at_ms, retired_at_ms FROM signing_keys ORDER BY created_at_ms DESC, kid");
  const insertKey = sql("INSERT INTO signing_keys (kid, pem, created_at_ms, retired_at_ms) VALUES (?, ?, ?, ?)");
  const retireKey = sql("UPDATE signing_keys SET retired_at_ms = ? WHERE kid = ?");
  const deleteKey = sql("DELETE FROM signing_keys WHERE kid = ?");
  const getSetting = sql("SELECT value FROM settings WHERE name = ?");
  const putSetting = sql("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
  const getDraining = sql("SELECT deadline_ms FROM draining_nodes WHERE node_id = ?");
  const putDraining = sql(
    "INSERT INTO draining_nodes (node_id, deadline_ms) VALUES (?, ?) ON CONFLICT (node_id) DO UPDATE SET deadline_ms = excluded.deadline_ms",
  );
  const deleteDraining = sql("DELETE FROM draining_nodes WHERE node_id = ?");
  const listKnown = sql("SELECT node_id, info FROM known_nodes ORDER BY node_id");
  const putKnown = sql("INSERT INTO known_nodes (node_id, info) VALUES (?, ?) ON CONFLICT (node_id) DO UPDATE SET info = excluded.info");
  const deleteKnown = sql("DELETE FROM known_nodes WHERE node_id = ?");
  const useCredential = sql("INSERT INTO used_credentials (id, expires_at_ms) VALUES (?, ?) ON CONFLICT DO NOTHING");
  const forgetCredentials = sql("DELETE FROM used_credentials WHERE expires_at_ms < ?");

  const classes: ClassStore = {
    list: () => (listClasses.all() as unknown as ClassRow[]).map(classOf),
    get(name) {
      const row = getClass.get(name) as unknown as ClassRow | undefined;
      return row && classOf(row);
    },
    withJoinCode: (joinCode) => (classesByCode.all(joinCode) as unknown as ClassRow[]).map(classOf),
    withTeacherToken(hash) {
      const row = classByTeacherToken.get(hash) as unknown as ClassRow | undefined;
      return row && classOf(row);
    },
    insert({ name, title, open, joinCode, streamKeyHash, createdAtMs, closedAtMs, teacherTokenHash }) {
      const values = [name, title, Number(open), joinCode, streamKeyHash, createdAtMs, closedAtMs ?? null, teacherTokenHash ?? null];
      return insertClass.run(...values).changes === 1;
    },
    update(name, changes) {
      const record = classes.get(name);
      if (!record) return undefined;
      const next = { ...record, ...changes };
      const { title, open, joinCode, streamKeyHash, closedAtMs = null, teacherTokenHash = null } = next;
      updateClass.run(title, Number(open), joinCode, streamKeyHash, closedAtMs, teacherTokenHash, name);
      return next;
    },
    delete: (name) => deleteClass.run(name).changes === 1,
  };

  return {
    classes,
    signingKeys: {
      list: () => (listKeys.all() as unknown as KeyRow[]).map(keyOf),
      insert: ({ kid, pem, createdAtMs, retiredAtMs }) => void insertKey.run(kid, pem, createdAtMs, retiredAtMs ?? null),
      retire: (kid, atMs) => void retireKey.run(atMs, kid),
      delete: (kid) => void deleteKey.run(kid),
    },
    adminToken: {
      hash: () => (getSetting.get("admin_token_hash") as { value: string } | undefined)?.value,
      setHash: (hash) => void putSetting.run("admin_token_hash", hash),
    },
    nodes: {
      drainDeadline: (nodeId) => (getDraining.get(nodeId) as { deadline_ms: number } | undefined)?.deadline_ms,
      setDrainDeadline: (nodeId, deadlineMs) =>
        void (deadlineMs === undefined ? deleteDraining.run(nodeId) : putDraining.run(nodeId, deadlineMs)),
      known: () => new Map((listKnown.all() as { node_id: string; info: string }[]).map((row) => [row.node_id, row.info])),
      setKnown: (nodeId, info) => void (info === undefined ? deleteKnown.run(nodeId) : putKnown.run(nodeId, info)),
      useCredential(id, expiresAtMs, nowMs) {
        forgetCredentials.run(nowMs);
        return useCredential.run(id, expiresAtMs).changes === 1;
      },
    },
    sessions: sessionStoreIn(database),
    revocations: revocationStoreIn(database),
    close,
  };
}

function classOf(row: ClassRow): ClassRecord {
  return {
    name: row.name,
    title: row.title,
    open: row.open === 1,
    joinCode: row.join_code,
    streamKeyHash: row.stream_key_hash,
    createdAtMs: row.created_at_ms,
    closedAtMs: row.closed_at_ms ?? undefined,
    teacherTokenHash: row.teacher_token_hash ?? undefined,
  };
}

function keyOf({ kid, pem, created_at_ms, retired_at_ms }: KeyRow): StoredSigningKey {
  return { kid, pem, createdAtMs: created_at_ms, retiredAtMs: retired_at_ms ?? undefined };
}
