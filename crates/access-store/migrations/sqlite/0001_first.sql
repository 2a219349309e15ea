-- The first schema. Times are seconds since 1970, truth values 0 or 1, ids the 16 bytes of a UUID.
-- Never edit this file once it was released: a database remembers its checksum. Add the next number.

CREATE TABLE service (
    one        INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    service_id TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- One row that `ping` changes, so that a disk which cannot be written is noticed.
CREATE TABLE heartbeat (
    one   INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    beats INTEGER NOT NULL
) STRICT;
INSERT INTO heartbeat (one, beats) VALUES (1, 0);

CREATE TABLE signing_keys (
    kid                TEXT    NOT NULL PRIMARY KEY,
    algorithm          TEXT    NOT NULL,
    sealed_private_key BLOB    NOT NULL,
    certificate        BLOB    NOT NULL,
    created_at         INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    username                   TEXT    NOT NULL PRIMARY KEY,
    email                      TEXT    NOT NULL,
    admin                      INTEGER NOT NULL CHECK (admin IN (0, 1)),
    profile_updatable          INTEGER NOT NULL CHECK (profile_updatable IN (0, 1)),
    disable_ui_access          INTEGER NOT NULL CHECK (disable_ui_access IN (0, 1)),
    internal_password_disabled INTEGER NOT NULL CHECK (internal_password_disabled IN (0, 1)),
    status                     TEXT    NOT NULL CHECK (status IN ('invited', 'enabled', 'disabled', 'locked')),
    realm                      TEXT    NOT NULL,
    last_logged_in             INTEGER,
    password_hash              TEXT,
    token_epoch                INTEGER NOT NULL,
    created_at                 INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX users_admins ON users (status) WHERE admin = 1;

CREATE TABLE user_groups (
    name             TEXT    NOT NULL PRIMARY KEY,
    description      TEXT,
    auto_join        INTEGER NOT NULL CHECK (auto_join IN (0, 1)),
    admin_privileges INTEGER NOT NULL CHECK (admin_privileges IN (0, 1)),
    realm            TEXT    NOT NULL,
    realm_attributes TEXT,
    external_id      TEXT,
    created_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE group_members (
    username   TEXT NOT NULL REFERENCES users (username) ON DELETE CASCADE,
    group_name TEXT NOT NULL REFERENCES user_groups (name) ON DELETE CASCADE,
    PRIMARY KEY (username, group_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_of ON group_members (group_name, username);

-- Whose tokens are: a token holds the number instead of some fifty characters, twice (row and index).
-- owner is the user name within this service, '' for a subject of another form.
CREATE TABLE subjects (
    subject_no INTEGER NOT NULL PRIMARY KEY,
    subject    TEXT    NOT NULL,
    owner      TEXT    NOT NULL,
    UNIQUE (subject, owner)
) STRICT;
CREATE INDEX subjects_by_owner ON subjects (owner);

CREATE TABLE refresh_families (
    family_id      BLOB    NOT NULL PRIMARY KEY CHECK (length(family_id) = 16),
    token_id       BLOB    NOT NULL CHECK (length(token_id) = 16),
    generation     INTEGER NOT NULL,
    current_hash   BLOB    NOT NULL CHECK (length(current_hash) = 32),
    previous_hash  BLOB    CHECK (length(previous_hash) = 32),
    rotated_at     INTEGER NOT NULL,
    retried        INTEGER NOT NULL CHECK (retried IN (0, 1)),
    successor_used INTEGER NOT NULL CHECK (successor_used IN (0, 1)),
    lifetime       INTEGER,
    revoked_at     INTEGER
) STRICT, WITHOUT ROWID;

-- Token ids grow with time, so new rows go to the end of the table and of most of its indexes.
CREATE TABLE tokens (
    token_id        BLOB    NOT NULL PRIMARY KEY CHECK (length(token_id) = 16),
    subject_no      INTEGER NOT NULL REFERENCES subjects (subject_no),
    user_epoch      INTEGER,
    scope           TEXT    NOT NULL,
    audience        TEXT    NOT NULL,
    description     TEXT,
    project_key     TEXT,
    issued_at       INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,      -- 9223372036854775807 = never, so that it sorts last
    family_id       BLOB    REFERENCES refresh_families (family_id),
    created_by      TEXT,                  -- NULL = the subject itself
    parent_token_id BLOB    CHECK (length(parent_token_id) = 16),
    reference_key   BLOB    CHECK (length(reference_key) = 16),    -- the hash's first half, to find it by
    reference_check BLOB    CHECK (length(reference_check) = 16),  -- the other half, compared afterwards
    revoked_at      INTEGER,
    revoked_for     TEXT,
    CHECK ((revoked_at IS NULL) = (revoked_for IS NULL)),
    CHECK ((reference_key IS NULL) = (reference_check IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tokens_by_reference ON tokens (reference_key) WHERE reference_key IS NOT NULL;
CREATE INDEX tokens_by_family ON tokens (family_id) WHERE family_id IS NOT NULL;
CREATE INDEX tokens_by_subject ON tokens (subject_no, issued_at, token_id);
-- Lists show what is not revoked; the cleaner wants what is. Each index holds its half only.
CREATE INDEX tokens_by_creation ON tokens (issued_at, token_id) WHERE revoked_at IS NULL;
CREATE INDEX tokens_by_expiry ON tokens (expires_at, token_id) WHERE revoked_at IS NULL;
CREATE INDEX tokens_by_revocation ON tokens (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE idempotency_keys (
    key_hash     BLOB    NOT NULL PRIMARY KEY CHECK (length(key_hash) = 32),
    request_hash BLOB    NOT NULL CHECK (length(request_hash) = 32),
    seed         BLOB    NOT NULL CHECK (length(seed) = 32),
    token_id     BLOB    NOT NULL CHECK (length(token_id) = 16),
    created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_creation ON idempotency_keys (created_at);

-- In the order of writing, which a clock that is set back does not change.
CREATE TABLE audit_log (
    entry          INTEGER NOT NULL PRIMARY KEY,
    audit_id       BLOB    NOT NULL CHECK (length(audit_id) = 16),
    at             INTEGER NOT NULL,
    action         TEXT    NOT NULL,
    actor          TEXT    NOT NULL,
    actor_token_id BLOB    CHECK (length(actor_token_id) = 16),
    target         TEXT    NOT NULL,
    detail         TEXT    NOT NULL
) STRICT;
