-- API keys of users, and settings that administrators change while the service runs.

-- The key itself is not stored: whoever has the seed and the master key can derive it again. It lives while its user
-- has the epoch of its making.
CREATE TABLE api_keys (
    username   TEXT    NOT NULL PRIMARY KEY REFERENCES users (username) ON DELETE CASCADE,
    user_epoch INTEGER NOT NULL,
    key_hash   BLOB    NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    seed       BLOB    NOT NULL CHECK (length(seed) = 32),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE service_settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
