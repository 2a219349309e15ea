"""Takes the database of a stopped accessd back to the schema of its first release."""

import sqlite3
import sys

database = sqlite3.connect(sys.argv[1])
database.executescript(
    """
    DROP TABLE project_groups;
    DROP TABLE project_users;
    DROP TABLE project_roles;
    DROP TABLE projects;
    DROP INDEX tokens_live_by_project;
    DROP INDEX tokens_unbound;
    DROP INDEX tokens_by_project;
    DROP INDEX tokens_by_revocation_due;
    DROP INDEX tokens_revoked_by_creation;
    DROP INDEX tokens_revoked_by_expiry;
    ALTER TABLE tokens DROP COLUMN last_used;
    ALTER TABLE tokens DROP COLUMN revocation_due;
    DROP TABLE used_proofs;
    DROP TABLE oidc_mappings;
    DROP TABLE oidc_providers;
    DROP TABLE web_logins;
    DROP TABLE login_failures;
    ALTER TABLE users DROP COLUMN password_expired;
    ALTER TABLE users DROP COLUMN password_changed_at;
    DROP TABLE api_keys;
    DROP TABLE service_settings;
    DELETE FROM schema_migrations WHERE version > 1;
    """
)
