// Classes as teachers manage them: names, join codes, stream keys, teacher tokens, and what slaves must know to let a
// teacher in. Keys and tokens leave here once, when they are made; only their hashes are kept.
import { createHash } from "node:crypto";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { ClassGrants } from "../../shared/protocol/cluster-messages.ts";
import { streamPathOf } from "../../shared/protocol/names.ts";
import { equalSecrets, hashSecret, randomJoinCode, randomSecret } from "../../shared/tokens/random-secrets.ts";
import type { ClassRecord, ClassStore } from "../store/store.ts";

interface NewClass {
  readonly name: string;
  readonly title: string | undefined;
  readonly open: boolean | undefined;
  readonly joinCode: string | undefined;
}

export interface ClassWishes {
  readonly title?: string;
  readonly open?: boolean;
  readonly joinCode?: string;
  readonly closed?: boolean;
}

interface RecordWithKey {
  readonly record: ClassRecord;
  /** In the clear, for this one time. */
  readonly streamKey: string;
}

/** Hears of a change after it was stored. Called in the same turn, so it must not throw nor take long. */
export interface ClassListener {
  /** Closed or deleted: whatever was given out for `path` until `atMs` (Unix ms) is not good any more. */
  readonly ended?: (path: string, atMs: number) => void;
  /** Made, changed, closed, opened or deleted; what it is now, `get` says. */
  readonly changed?: (name: string) => void;
}

export interface ClassCatalog {
  list(): ClassRecord[];
  get(name: string): ClassRecord | undefined;
  /** The class of a join code. Where two have had the same since before codes were unique: the older one that is not closed. */
  findByJoinCode(joinCode: string): ClassRecord | undefined;
  /** The class that a teacher token is for. */
  findByTeacherToken(token: string): ClassRecord | undefined;
  /** With a join code that is another class's already: `join_code_taken`. */
  create(wish: NewClass): RecordWithKey | "class_exists" | "join_code_taken";
  /** Undefined when there is no such class; so with the others. */
  change(name: string, wishes: ClassWishes): ClassRecord | "join_code_taken" | undefined;
  rotateKey(name: string): RecordWithKey | undefined;
  /** A new teacher token, in the clear for this one time; the one before ends. */
  makeTeacherToken(name: string): string | undefined;
  /** False when there is no such class; a class without one stays so. */
  removeTeacherToken(name: string): boolean;
  delete(name: string): boolean;
  /** For slaves; the version is a hash of the content, so it is the same after a restart. */
  grants(): ClassGrants;
  /** @returns a function that ends it. */
  listen(listener: ClassListener): () => void;
}

export function createClassCatalog(store: ClassStore, clock: Clock): ClassCatalog {
  const listeners = new Set<ClassListener>();
  let grants: ClassGrants | undefined;

  function tell(name: string, ended?: { readonly atMs: number }): void {
    grants = undefined;
    for (const listener of listeners) {
      if (ended) listener.ended?.(streamPathOf(name), ended.atMs);
      listener.changed?.(name);
    }
  }

  const isTaken = (joinCode: string, by: string): boolean => store.withJoinCode(joinCode).some(({ name }) => name !== by);

  function freeJoinCode(): string {
    // One of 31^6: a second round is rarer than a lost database.
    for (;;) {
      const joinCode = randomJoinCode();
      if (!isTaken(joinCode, "")) return joinCode;
    }
  }

  return {
    list: () => store.list(),
    get: (name) => store.get(name),
    findByJoinCode(joinCode) {
      const found = store.withJoinCode(joinCode);
      return found.find(({ closedAtMs }) => closedAtMs === undefined) ?? found[0];
    },
    findByTeacherToken: (token) => store.withTeacherToken(hashSecret(token)),
    create({ name, title, open, joinCode }) {
      if (store.get(name)) return "class_exists";
      if (joinCode !== undefined && isTaken(joinCode, name)) return "join_code_taken";
      const streamKey = randomSecret();
      const record: ClassRecord = {
        name,
        title: title ?? name,
        open: open ?? false,
        joinCode: joinCode ?? freeJoinCode(),
        streamKeyHash: hashSecret(streamKey),
        createdAtMs: clock.wallMs(),
        closedAtMs: undefined,
        teacherTokenHash: undefined,
      };
      if (!store.insert(record)) return "class_exists";
      tell(name);
      return { record, streamKey };
    },
    change(name, { closed, ...changes }) {
      const before = store.get(name);
      if (!before) return undefined;
      const { joinCode } = changes;
      // Who shares a code since before may say it again.
      const isNewCode = joinCode !== undefined && joinCode.toUpperCase() !== before.joinCode.toUpperCase();
      if (isNewCode && isTaken(joinCode, name)) return "join_code_taken";
      const atMs = clock.wallMs();
      // Closing a closed class ends nothing anew.
      const isClosing = closed === true && before.closedAtMs === undefined;
      const closedAtMs = closed === false ? undefined : isClosing ? atMs : before.closedAtMs;
      const record = store.update(name, { ...changes, closedAtMs });
      if (isClosing) tell(name, { atMs });
      else tell(name);
      return record;
    },
    rotateKey(name) {
      const streamKey = randomSecret();
      const record = store.update(name, { streamKeyHash: hashSecret(streamKey) });
      if (!record) return undefined;
      tell(name);
      return { record, streamKey };
    },
    makeTeacherToken(name) {
      const token = randomSecret();
      if (!store.update(name, { teacherTokenHash: hashSecret(token) })) return undefined;
      tell(name);
      return token;
    },
    removeTeacherToken(name) {
      if (!store.update(name, { teacherTokenHash: undefined })) return false;
      tell(name);
      return true;
    },
    delete(name) {
      if (!store.delete(name)) return false;
      tell(name, { atMs: clock.wallMs() });
      return true;
    },
    grants() {
      grants ??= grantsOf(store.list());
      return grants;
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function grantsOf(records: readonly ClassRecord[]): ClassGrants {
  const classes = records.map(({ name, streamKeyHash, closedAtMs }) => ({
    name,
    stream_key_hash: streamKeyHash,
    ...(closedAtMs === undefined ? {} : { closed: true }),
  }));
  const version = createHash("sha256").update(JSON.stringify(classes)).digest("base64url").slice(0, 16);
  return { version, classes };
}

/** Codes are read aloud and typed on phones: capital and small letters are the same. Constant time. */
export function isJoinCode(record: ClassRecord, given: string): boolean {
  return equalSecrets(given.toUpperCase(), record.joinCode.toUpperCase());
}
