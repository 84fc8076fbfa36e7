// The shape of the master's database, as steps: step n brings `user_version` n to n + 1. Steps that were released
// never change; a new one is added at the end.

export const migrations: readonly string[] = [
  `
  CREATE TABLE classes (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    open INTEGER NOT NULL CHECK (open IN (0, 1)),
    join_code TEXT NOT NULL,
    stream_key_hash TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    pem TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    retired_at_ms INTEGER
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE draining_nodes (
    node_id TEXT PRIMARY KEY
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE used_credentials (
    id TEXT PRIMARY KEY,
    expires_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX used_credentials_by_expiry ON used_credentials (expires_at_ms);
  `,
  `
  ALTER TABLE draining_nodes ADD COLUMN deadline_ms INTEGER NOT NULL DEFAULT 0;

  CREATE TABLE known_nodes (
    node_id TEXT PRIMARY KEY,
    info TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // Not unique: classes of before may share a code, and keep it.
  `
  ALTER TABLE classes ADD COLUMN closed_at_ms INTEGER;
  ALTER TABLE classes ADD COLUMN teacher_token_hash TEXT;
  CREATE INDEX classes_by_join_code ON classes (join_code COLLATE NOCASE);
  CREATE UNIQUE INDEX classes_by_teacher_token ON classes (teacher_token_hash);

  CREATE TABLE sessions (
    id_hash TEXT PRIMARY KEY,
    class_name TEXT REFERENCES classes (name) ON DELETE CASCADE,
    credential TEXT NOT NULL,
    signed_in_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sessions_by_expiry ON sessions (expires_at_ms);
  CREATE INDEX sessions_by_class ON sessions (class_name);
  `,
  `
  CREATE TABLE revoked_tokens (
    jti TEXT PRIMARY KEY,
    path TEXT NOT NULL,
    exp_s INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE revoked_paths (
    path TEXT PRIMARY KEY,
    issued_until_s INTEGER NOT NULL,
    deleted_until_s INTEGER,
    forget_after_s INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE removed_viewers (
    class_name TEXT NOT NULL REFERENCES classes (name) ON DELETE CASCADE,
    viewer TEXT NOT NULL,
    user_id TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (class_name, viewer)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX removed_viewers_by_end ON removed_viewers (until_ms);
  `,
];
