-- The first schema on PostgreSQL: what migrations 1 to 6 come to on SQLite, so that both count on from here. Times are
-- seconds since 1970, truth values 0 or 1 as on SQLite, so that the statements are the same. Text is compared by
-- bytes (COLLATE "C"). No sequences, no triggers, nothing that CockroachDB or YugabyteDB lack.
-- Never edit this file once it was released: a database remembers its checksum. Add the next number.

-- Whose turn it is to write: every transaction that writes takes this row first, so that there is one at a time, by
-- whatever replica, and counts the epoch up. Each replica remembers the latest epoch that it has seen with its tag; a
-- database that does not know it has lost what was acknowledged. `fork` counts how often an operator has accepted that.
CREATE TABLE write_turn (
    one    BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    fork   BIGINT NOT NULL,
    epoch  BIGINT NOT NULL,
    tag    UUID   NOT NULL,
    locked TEXT
) WITH (fillfactor = 10);
INSERT INTO write_turn (one, fork, epoch, tag) VALUES (1, 0, 0, '00000000-0000-0000-0000-000000000000');

-- The tags of the latest epochs.
CREATE TABLE write_history (
    epoch BIGINT NOT NULL PRIMARY KEY,
    tag   UUID   NOT NULL
);

CREATE TABLE service (
    one        BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    service_id TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

-- One row that `ping` changes, so that a database which cannot be written is noticed.
CREATE TABLE heartbeat (
    one   BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    beats BIGINT NOT NULL
);
INSERT INTO heartbeat (one, beats) VALUES (1, 0);

CREATE TABLE signing_keys (
    kid                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    algorithm          TEXT   NOT NULL,
    sealed_private_key BYTEA  NOT NULL,
    certificate        BYTEA  NOT NULL,
    created_at         BIGINT NOT NULL
);

CREATE TABLE users (
    username                   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    email                      TEXT   NOT NULL,
    admin                      BIGINT NOT NULL CHECK (admin IN (0, 1)),
    profile_updatable          BIGINT NOT NULL CHECK (profile_updatable IN (0, 1)),
    disable_ui_access          BIGINT NOT NULL CHECK (disable_ui_access IN (0, 1)),
    internal_password_disabled BIGINT NOT NULL CHECK (internal_password_disabled IN (0, 1)),
    status                     TEXT   NOT NULL CHECK (status IN ('invited', 'enabled', 'disabled', 'locked')),
    realm                      TEXT   NOT NULL,
    last_logged_in             BIGINT,
    password_hash              TEXT,
    token_epoch                BIGINT NOT NULL,
    created_at                 BIGINT NOT NULL,
    password_changed_at        BIGINT,
    password_expired           BIGINT NOT NULL DEFAULT 0 CHECK (password_expired IN (0, 1))
);
CREATE INDEX users_admins ON users (status) WHERE admin = 1;

CREATE TABLE user_groups (
    name             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    description      TEXT,
    auto_join        BIGINT NOT NULL CHECK (auto_join IN (0, 1)),
    admin_privileges BIGINT NOT NULL CHECK (admin_privileges IN (0, 1)),
    realm            TEXT   NOT NULL,
    realm_attributes TEXT,
    external_id      TEXT,
    created_at       BIGINT NOT NULL
);

CREATE TABLE group_members (
    username   TEXT COLLATE "C" NOT NULL REFERENCES users (username) ON DELETE CASCADE,
    group_name TEXT COLLATE "C" NOT NULL REFERENCES user_groups (name) ON DELETE CASCADE,
    PRIMARY KEY (username, group_name)
);
CREATE INDEX group_members_of ON group_members (group_name, username);

-- Whose tokens are. owner is the user name within this service, '' for a subject of another form.
CREATE TABLE subjects (
    subject_no BIGINT NOT NULL PRIMARY KEY,
    subject    TEXT COLLATE "C" NOT NULL,
    owner      TEXT COLLATE "C" NOT NULL,
    UNIQUE (subject, owner)
);
CREATE INDEX subjects_by_owner ON subjects (owner);

CREATE TABLE refresh_families (
    family_id      UUID   NOT NULL PRIMARY KEY,
    token_id       UUID   NOT NULL,
    generation     BIGINT NOT NULL,
    current_hash   BYTEA  NOT NULL CHECK (length(current_hash) = 32),
    previous_hash  BYTEA  CHECK (length(previous_hash) = 32),
    rotated_at     BIGINT NOT NULL,
    retried        BIGINT NOT NULL CHECK (retried IN (0, 1)),
    successor_used BIGINT NOT NULL CHECK (successor_used IN (0, 1)),
    lifetime       BIGINT,
    revoked_at     BIGINT
);

-- Token ids grow with time, so new rows go to the end of most indexes.
CREATE TABLE tokens (
    token_id        UUID   NOT NULL PRIMARY KEY,
    subject_no      BIGINT NOT NULL REFERENCES subjects (subject_no),
    user_epoch      BIGINT,
    scope           TEXT   NOT NULL,
    audience        TEXT   NOT NULL,
    description     TEXT,
    project_key     TEXT COLLATE "C",
    issued_at       BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,       -- 9223372036854775807 = never, so that it sorts last
    family_id       UUID REFERENCES refresh_families (family_id),
    created_by      TEXT,                  -- NULL = the subject itself
    parent_token_id UUID,
    reference_key   BYTEA CHECK (length(reference_key) = 16),    -- the hash's first half, to find it by
    reference_check BYTEA CHECK (length(reference_check) = 16),  -- the other half, compared afterwards
    revoked_at      BIGINT,
    revoked_for     TEXT,
    last_used       BIGINT,
    revocation_due  BIGINT,
    CHECK ((revoked_at IS NULL) = (revoked_for IS NULL)),
    CHECK ((reference_key IS NULL) = (reference_check IS NULL))
);
CREATE UNIQUE INDEX tokens_by_reference ON tokens (reference_key) WHERE reference_key IS NOT NULL;
CREATE INDEX tokens_by_family ON tokens (family_id) WHERE family_id IS NOT NULL;
CREATE INDEX tokens_by_subject ON tokens (subject_no, issued_at, token_id);
-- Lists show what is not revoked; the cleaner wants what is. Each index holds its half only.
CREATE INDEX tokens_by_creation ON tokens (issued_at, token_id) WHERE revoked_at IS NULL;
CREATE INDEX tokens_by_expiry ON tokens (expires_at, token_id) WHERE revoked_at IS NULL;
CREATE INDEX tokens_by_revocation ON tokens (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX tokens_by_revocation_due ON tokens (revocation_due)
    WHERE revocation_due IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX tokens_revoked_by_creation ON tokens (issued_at, token_id) WHERE revoked_at IS NOT NULL;
CREATE INDEX tokens_revoked_by_expiry ON tokens (expires_at, token_id) WHERE revoked_at IS NOT NULL;
CREATE INDEX tokens_by_project ON tokens (project_key, issued_at, token_id) WHERE project_key IS NOT NULL;

CREATE TABLE idempotency_keys (
    key_hash     BYTEA  NOT NULL PRIMARY KEY CHECK (length(key_hash) = 32),
    request_hash BYTEA  NOT NULL CHECK (length(request_hash) = 32),
    seed         BYTEA  NOT NULL CHECK (length(seed) = 32),
    token_id     UUID   NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE INDEX idempotency_keys_by_creation ON idempotency_keys (created_at);

-- In the order of writing, which a clock that is set back does not change.
CREATE TABLE audit_log (
    entry          BIGINT NOT NULL PRIMARY KEY,
    audit_id       UUID   NOT NULL,
    at             BIGINT NOT NULL,
    action         TEXT   NOT NULL,
    actor          TEXT   NOT NULL,
    actor_token_id UUID,
    target         TEXT   NOT NULL,
    detail         TEXT   NOT NULL
);

-- Projects, who is in them, and the roles made in them. Roles that every project has stand in the program.

CREATE TABLE projects (
    project_key                      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    display_name                     TEXT    NOT NULL,
    description                      TEXT    NOT NULL,
    manage_members                   BIGINT NOT NULL CHECK (manage_members IN (0, 1)),
    manage_resources                 BIGINT NOT NULL CHECK (manage_resources IN (0, 1)),
    index_resources                  BIGINT NOT NULL CHECK (index_resources IN (0, 1)),
    manage_remote_repository         BIGINT NOT NULL CHECK (manage_remote_repository IN (0, 1)),
    manage_security_assets           BIGINT NOT NULL CHECK (manage_security_assets IN (0, 1)),
    allow_ignore_rules               BIGINT NOT NULL CHECK (allow_ignore_rules IN (0, 1)),
    storage_quota_bytes              BIGINT NOT NULL,      -- -1 = none
    soft_limit                       BIGINT NOT NULL CHECK (soft_limit IN (0, 1)),
    storage_quota_email_notification BIGINT NOT NULL CHECK (storage_quota_email_notification IN (0, 1)),
    created_at                       BIGINT NOT NULL
);

-- Lists of names, one a line: they are kept as they were sent, and never asked for one by one.
CREATE TABLE project_roles (
    project_key  TEXT COLLATE "C" NOT NULL REFERENCES projects (project_key) ON DELETE CASCADE,
    role_name    TEXT COLLATE "C" NOT NULL,
    description  TEXT NOT NULL,
    environments TEXT NOT NULL,
    actions      TEXT NOT NULL,
    PRIMARY KEY (project_key, role_name)
);

-- A row for each role of a member. Who has no role is no member.
CREATE TABLE project_users (
    project_key TEXT COLLATE "C" NOT NULL REFERENCES projects (project_key) ON DELETE CASCADE,
    username    TEXT COLLATE "C" NOT NULL REFERENCES users (username) ON DELETE CASCADE,
    role_name   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (project_key, username, role_name)
);
CREATE INDEX project_users_by_name ON project_users (username, role_name, project_key);

CREATE TABLE project_groups (
    project_key TEXT COLLATE "C" NOT NULL REFERENCES projects (project_key) ON DELETE CASCADE,
    group_name  TEXT COLLATE "C" NOT NULL REFERENCES user_groups (name) ON DELETE CASCADE,
    role_name   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (project_key, group_name, role_name)
);
CREATE INDEX project_groups_by_name ON project_groups (group_name, role_name, project_key);

-- Log-in by ID tokens: who is believed, what their tokens are worth here, and which proofs were used.

CREATE TABLE oidc_providers (
    name              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    revision          UUID    NOT NULL,
    description       TEXT,
    issuer_url        TEXT    NOT NULL,
    provider_type     TEXT    NOT NULL,
    audience          TEXT,
    organization      TEXT,
    project_key       TEXT,
    token_issuer      TEXT,
    azure_app_id      TEXT,
    use_default_proxy BIGINT NOT NULL CHECK (use_default_proxy IN (0, 1)),
    permissive        BIGINT NOT NULL CHECK (permissive IN (0, 1)),
    created_at        BIGINT NOT NULL
);

CREATE TABLE oidc_mappings (
    provider_name    TEXT COLLATE "C" NOT NULL REFERENCES oidc_providers (name) ON DELETE CASCADE,
    name             TEXT COLLATE "C" NOT NULL,
    revision         UUID    NOT NULL,
    description      TEXT,
    priority         BIGINT NOT NULL CHECK (priority >= 1),
    claims           TEXT    NOT NULL,      -- a JSON object
    username         TEXT,
    username_pattern TEXT,
    groups_pattern   TEXT,
    scope            TEXT,
    audience         TEXT    NOT NULL,
    expires_in       BIGINT NOT NULL CHECK (expires_in >= 1),
    project_key      TEXT,
    created_at       BIGINT NOT NULL,
    PRIMARY KEY (provider_name, name)
);

-- Proofs that count once. Those of different kinds never meet.
CREATE TABLE used_proofs (
    kind       TEXT    NOT NULL,
    hash       BYTEA   NOT NULL CHECK (length(hash) = 32),
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (kind, hash)
);
CREATE INDEX used_proofs_by_expiry ON used_proofs (expires_at);

-- Wrong passwords in a row, by keyed hash of the name they were for, whether there is such a user or not.
CREATE TABLE login_failures (
    name_hash BYTEA   NOT NULL PRIMARY KEY CHECK (length(name_hash) = 32),
    failures  BIGINT NOT NULL,
    last_at   BIGINT NOT NULL
);
CREATE INDEX login_failures_by_age ON login_failures (last_at);

-- Log-ins in the browser that a client waits for, by keyed hash of the session's id.
CREATE TABLE web_logins (
    session_hash BYTEA   NOT NULL PRIMARY KEY CHECK (length(session_hash) = 32),
    opened_at    BIGINT NOT NULL,
    ends_at      BIGINT NOT NULL,
    wrong_codes  BIGINT NOT NULL,
    username     TEXT,                  -- who approved it; NULL = nobody yet
    user_epoch   BIGINT,
    client       TEXT,
    CHECK ((username IS NULL) = (user_epoch IS NULL) AND (username IS NULL) = (client IS NULL))
);
CREATE INDEX web_logins_by_end ON web_logins (ends_at);
CREATE INDEX web_logins_by_opening ON web_logins (opened_at, session_hash);

-- API keys of users, and settings that administrators change while the service runs.

-- The key itself is not stored: whoever has the seed and the master key can derive it again. It lives while its user
-- has the epoch of its making.
CREATE TABLE api_keys (
    username   TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES users (username) ON DELETE CASCADE,
    user_epoch BIGINT NOT NULL,
    key_hash   BYTEA   NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    seed       BYTEA   NOT NULL CHECK (length(seed) = 32),
    created_at BIGINT NOT NULL
);

CREATE TABLE service_settings (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
