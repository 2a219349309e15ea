-- Projects, who is in them, and the roles made in them. Roles that every project has stand in the program.

CREATE TABLE projects (
    project_key                      TEXT    NOT NULL PRIMARY KEY,
    display_name                     TEXT    NOT NULL,
    description                      TEXT    NOT NULL,
    manage_members                   INTEGER NOT NULL CHECK (manage_members IN (0, 1)),
    manage_resources                 INTEGER NOT NULL CHECK (manage_resources IN (0, 1)),
    index_resources                  INTEGER NOT NULL CHECK (index_resources IN (0, 1)),
    manage_remote_repository         INTEGER NOT NULL CHECK (manage_remote_repository IN (0, 1)),
    manage_security_assets           INTEGER NOT NULL CHECK (manage_security_assets IN (0, 1)),
    allow_ignore_rules               INTEGER NOT NULL CHECK (allow_ignore_rules IN (0, 1)),
    storage_quota_bytes              INTEGER NOT NULL,      -- -1 = none
    soft_limit                       INTEGER NOT NULL CHECK (soft_limit IN (0, 1)),
    storage_quota_email_notification INTEGER NOT NULL CHECK (storage_quota_email_notification IN (0, 1)),
    created_at                       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Lists of names, one a line: they are kept as they were sent, and never asked for one by one.
CREATE TABLE project_roles (
    project_key  TEXT NOT NULL REFERENCES projects (project_key) ON DELETE CASCADE,
    role_name    TEXT NOT NULL,
    description  TEXT NOT NULL,
    environments TEXT NOT NULL,
    actions      TEXT NOT NULL,
    PRIMARY KEY (project_key, role_name)
) STRICT, WITHOUT ROWID;

-- A row for each role of a member. Who has no role is no member.
CREATE TABLE project_users (
    project_key TEXT NOT NULL REFERENCES projects (project_key) ON DELETE CASCADE,
    username    TEXT NOT NULL REFERENCES users (username) ON DELETE CASCADE,
    role_name   TEXT NOT NULL,
    PRIMARY KEY (project_key, username, role_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX project_users_by_name ON project_users (username, role_name, project_key);

CREATE TABLE project_groups (
    project_key TEXT NOT NULL REFERENCES projects (project_key) ON DELETE CASCADE,
    group_name  TEXT NOT NULL REFERENCES user_groups (name) ON DELETE CASCADE,
    role_name   TEXT NOT NULL,
    PRIMARY KEY (project_key, group_name, role_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX project_groups_by_name ON project_groups (group_name, role_name, project_key);

-- The tokens of a project, to show and to revoke them. A token of no project is not in it.
CREATE INDEX tokens_by_project ON tokens (project_key, issued_at, token_id) WHERE project_key IS NOT NULL;

-- Until now any key was accepted. Those in use become projects, so that their tokens have one that can be deleted.
INSERT INTO projects
SELECT project_key, project_key, '', 0, 0, 0, 0, 0, 0, -1, 0, 0, MIN(issued_at)
FROM tokens WHERE project_key IS NOT NULL GROUP BY project_key;
