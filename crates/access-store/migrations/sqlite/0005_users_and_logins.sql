-- Passwords that end, wrong ones counted, log-ins in the browser.

-- NULL = when the user was made.
ALTER TABLE users ADD COLUMN password_changed_at INTEGER;
ALTER TABLE users ADD COLUMN password_expired INTEGER NOT NULL DEFAULT 0 CHECK (password_expired IN (0, 1));

-- Wrong passwords in a row, by keyed hash of the name they were for, whether there is such a user or not.
CREATE TABLE login_failures (
    name_hash BLOB    NOT NULL PRIMARY KEY CHECK (length(name_hash) = 32),
    failures  INTEGER NOT NULL,
    last_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX login_failures_by_age ON login_failures (last_at);

-- Log-ins in the browser that a client waits for, by keyed hash of the session's id.
CREATE TABLE web_logins (
    session_hash BLOB    NOT NULL PRIMARY KEY CHECK (length(session_hash) = 32),
    opened_at    INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL,
    wrong_codes  INTEGER NOT NULL,
    username     TEXT,                  -- who approved it; NULL = nobody yet
    user_epoch   INTEGER,
    client       TEXT,
    CHECK ((username IS NULL) = (user_epoch IS NULL) AND (username IS NULL) = (client IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX web_logins_by_end ON web_logins (ends_at);
CREATE INDEX web_logins_by_opening ON web_logins (opened_at, session_hash);
