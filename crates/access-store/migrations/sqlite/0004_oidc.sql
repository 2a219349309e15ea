-- Log-in by ID tokens: who is believed, what their tokens are worth here, and which proofs were used.

CREATE TABLE oidc_providers (
    name              TEXT    NOT NULL PRIMARY KEY,
    revision          BLOB    NOT NULL CHECK (length(revision) = 16),
    description       TEXT,
    issuer_url        TEXT    NOT NULL,
    provider_type     TEXT    NOT NULL,
    audience          TEXT,
    organization      TEXT,
    project_key       TEXT,
    token_issuer      TEXT,
    azure_app_id      TEXT,
    use_default_proxy INTEGER NOT NULL CHECK (use_default_proxy IN (0, 1)),
    permissive        INTEGER NOT NULL CHECK (permissive IN (0, 1)),
    created_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE oidc_mappings (
    provider_name    TEXT    NOT NULL REFERENCES oidc_providers (name) ON DELETE CASCADE,
    name             TEXT    NOT NULL,
    revision         BLOB    NOT NULL CHECK (length(revision) = 16),
    description      TEXT,
    priority         INTEGER NOT NULL CHECK (priority >= 1),
    claims           TEXT    NOT NULL,      -- a JSON object
    username         TEXT,
    username_pattern TEXT,
    groups_pattern   TEXT,
    scope            TEXT,
    audience         TEXT    NOT NULL,
    expires_in       INTEGER NOT NULL CHECK (expires_in >= 1),
    project_key      TEXT,
    created_at       INTEGER NOT NULL,
    PRIMARY KEY (provider_name, name)
) STRICT, WITHOUT ROWID;

-- Proofs that count once. Those of different kinds never meet.
CREATE TABLE used_proofs (
    kind       TEXT    NOT NULL,
    hash       BLOB    NOT NULL CHECK (length(hash) = 32),
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (kind, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX used_proofs_by_expiry ON used_proofs (expires_at);
