// Classes as teachers manage them: names, join codes, stream keys, and what slaves must know to let a teacher in.
// Keys leave here once, when they are made; only their hashes are kept.
import { createHash } from "node:crypto";
import type { Clock } from "../../shared/kernel/clock.ts";
import type { ClassGrants } from "../../shared/protocol/cluster-messages.ts";
import { equalSecrets, hashSecret, randomJoinCode, randomSecret } from "../../shared/tokens/random-secrets.ts";
import type { ClassChanges, ClassRecord, ClassStore } from "../store/store.ts";

interface NewClass {
  readonly name: string;
  readonly title: string | undefined;
  readonly open: boolean | undefined;
  readonly joinCode: string | undefined;
}

interface RecordWithKey {
  readonly record: ClassRecord;
  /** In the clear, for this one time. */
  readonly streamKey: string;
}

export interface ClassCatalog {
  list(): ClassRecord[];
  get(name: string): ClassRecord | undefined;
  /** Undefined when there is a class of this name. */
  create(wish: NewClass): RecordWithKey | undefined;
  /** Undefined when there is no such class; so with the others. */
  change(name: string, changes: Pick<ClassChanges, "title" | "open" | "joinCode">): ClassRecord | undefined;
  rotateKey(name: string): RecordWithKey | undefined;
  delete(name: string): boolean;
  /** For slaves; the version is a hash of the content, so it is the same after a restart. */
  grants(): ClassGrants;
}

export function createClassCatalog(store: ClassStore, clock: Clock): ClassCatalog {
  let grants: ClassGrants | undefined;

  function changed<Result>(result: Result): Result {
    grants = undefined;
    return result;
  }

  return {
    list: () => store.list(),
    get: (name) => store.get(name),
    create({ name, title, open, joinCode }) {
      const streamKey = randomSecret();
      const record: ClassRecord = {
        name,
        title: title ?? name,
        open: open ?? false,
        joinCode: joinCode ?? randomJoinCode(),
        streamKeyHash: hashSecret(streamKey),
        createdAtMs: clock.wallMs(),
      };
      return store.insert(record) ? changed({ record, streamKey }) : undefined;
    },
    change: (name, changes) => store.update(name, changes),
    rotateKey(name) {
      const streamKey = randomSecret();
      const record = store.update(name, { streamKeyHash: hashSecret(streamKey) });
      return record && changed({ record, streamKey });
    },
    delete: (name) => changed(store.delete(name)),
    grants() {
      grants ??= grantsOf(store.list());
      return grants;
    },
  };
}

function grantsOf(records: readonly ClassRecord[]): ClassGrants {
  const classes = records.map(({ name, streamKeyHash }) => ({ name, stream_key_hash: streamKeyHash }));
  const version = createHash("sha256").update(JSON.stringify(classes)).digest("base64url").slice(0, 16);
  return { version, classes };
}

/** Codes are read aloud and typed on phones: capital and small letters are the same. Constant time. */
export function isJoinCode(record: ClassRecord, given: string): boolean {
  return equalSecrets(given.toUpperCase(), record.joinCode.toUpperCase());
}
