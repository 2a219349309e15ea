//! What is moved: every table and column, described once, in an order in which what is referred to comes first.
//! Not moved: what belongs to the database itself (`schema_migrations`, `schema_lock`, `write_turn`, `write_history`,
//! `heartbeat`). A test compares this with the schemas of both databases.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number: counts, seconds since 1970, truth values as 0 and 1.
    Integer,
    Text,
    Bytes,
    /// A UUID.
    Id,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

/// A table, with its statements.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [Column],
    /// Reads all rows, in an order that is the same in both databases.
    pub(super) read: &'static str,
    /// Reads a row if there is any.
    pub(super) any: &'static str,
    /// Writes a row.
    pub(super) insert: &'static str,
    /// Writes many rows on PostgreSQL: an array for each column.
    pub(super) insert_many: &'static str,
}

macro_rules! place {
    ($kind:ident) => {
        "?"
    };
}

macro_rules! array {
    (Integer) => {
        "?::BIGINT[]"
    };
    (Text) => {
        "?::TEXT[]"
    };
    (Bytes) => {
        "?::BYTEA[]"
    };
    (Id) => {
        "?::UUID[]"
    };
}

/// `name by "order" { column: Kind, … }`
macro_rules! table {
    ($name:ident by $order:literal { $first:ident: $first_kind:ident $(, $column:ident: $kind:ident)* $(,)? }) => {
        Table {
            name: stringify!($name),
            columns: &[
                Column { name: stringify!($first), kind: Kind::$first_kind },
                $(Column { name: stringify!($column), kind: Kind::$kind },)*
            ],
            read: concat!(
                "SELECT ", stringify!($first), $(", ", stringify!($column),)*
                " FROM ", stringify!($name), " ORDER BY ", $order
            ),
            any: concat!("SELECT 1 FROM ", stringify!($name), " LIMIT 1"),
            insert: concat!(
                "INSERT INTO ", stringify!($name),
                " (", stringify!($first), $(", ", stringify!($column),)*
                ") VALUES (", place!($first_kind), $(", ", place!($kind),)* ")"
            ),
            insert_many: concat!(
                "INSERT INTO ", stringify!($name),
                " (", stringify!($first), $(", ", stringify!($column),)*
                ") SELECT * FROM UNNEST(", array!($first_kind), $(", ", array!($kind),)* ")"
            ),
        }
    };
}

/// All of them. The first two are what an import looks at before it writes anything.
pub(super) static TABLES: [Table; 21] = [
    table!(service by "one" { one: Integer, service_id: Text, created_at: Integer }),
    table!(signing_keys by "kid" {
        kid: Text, algorithm: Text, sealed_private_key: Bytes, certificate: Bytes, created_at: Integer,
    }),
    table!(users by "username" {
        username: Text, email: Text, admin: Integer, profile_updatable: Integer, disable_ui_access: Integer,
        internal_password_disabled: Integer, status: Text, realm: Text, last_logged_in: Integer,
        password_hash: Text, token_epoch: Integer, created_at: Integer, password_changed_at: Integer,
        password_expired: Integer,
    }),
    table!(user_groups by "name" {
        name: Text, description: Text, auto_join: Integer, admin_privileges: Integer, realm: Text,
        realm_attributes: Text, external_id: Text, created_at: Integer,
    }),
    table!(group_members by "username, group_name" { username: Text, group_name: Text }),
    table!(api_keys by "username" {
        username: Text, user_epoch: Integer, key_hash: Bytes, seed: Bytes, created_at: Integer,
    }),
    table!(service_settings by "name" { name: Text, value: Text }),
    table!(projects by "project_key" {
        project_key: Text, display_name: Text, description: Text, manage_members: Integer,
        manage_resources: Integer, index_resources: Integer, manage_remote_repository: Integer,
        manage_security_assets: Integer, allow_ignore_rules: Integer, storage_quota_bytes: Integer,
        soft_limit: Integer, storage_quota_email_notification: Integer, created_at: Integer,
    }),
    table!(project_roles by "project_key, role_name" {
        project_key: Text, role_name: Text, description: Text, environments: Text, actions: Text,
    }),
    table!(project_users by "project_key, username, role_name" {
        project_key: Text, username: Text, role_name: Text,
    }),
    table!(project_groups by "project_key, group_name, role_name" {
        project_key: Text, group_name: Text, role_name: Text,
    }),
    table!(oidc_providers by "name" {
        name: Text, revision: Id, description: Text, issuer_url: Text, provider_type: Text, audience: Text,
        organization: Text, project_key: Text, token_issuer: Text, azure_app_id: Text,
        use_default_proxy: Integer, permissive: Integer, created_at: Integer,
    }),
    table!(oidc_mappings by "provider_name, name" {
        provider_name: Text, name: Text, revision: Id, description: Text, priority: Integer, claims: Text,
        username: Text, username_pattern: Text, groups_pattern: Text, scope: Text, audience: Text,
        expires_in: Integer, project_key: Text, created_at: Integer,
    }),
    table!(subjects by "subject_no" { subject_no: Integer, subject: Text, owner: Text }),
    table!(refresh_families by "family_id" {
        family_id: Id, token_id: Id, generation: Integer, current_hash: Bytes, previous_hash: Bytes,
        rotated_at: Integer, retried: Integer, successor_used: Integer, lifetime: Integer, revoked_at: Integer,
    }),
    table!(tokens by "token_id" {
        token_id: Id, subject_no: Integer, user_epoch: Integer, scope: Text, audience: Text, description: Text,
        project_key: Text, issued_at: Integer, expires_at: Integer, family_id: Id, created_by: Text,
        parent_token_id: Id, reference_key: Bytes, reference_check: Bytes, revoked_at: Integer,
        revoked_for: Text, last_used: Integer, revocation_due: Integer,
    }),
    table!(idempotency_keys by "key_hash" {
        key_hash: Bytes, request_hash: Bytes, seed: Bytes, token_id: Id, created_at: Integer,
    }),
    // The words of `kind` are not compared byte by byte in PostgreSQL.
    table!(used_proofs by "hash, kind" { kind: Text, hash: Bytes, expires_at: Integer }),
    table!(login_failures by "name_hash" { name_hash: Bytes, failures: Integer, last_at: Integer }),
    table!(web_logins by "session_hash" {
        session_hash: Bytes, opened_at: Integer, ends_at: Integer, wrong_codes: Integer, username: Text,
        user_epoch: Integer, client: Text,
    }),
    table!(audit_log by "entry" {
        entry: Integer, audit_id: Id, at: Integer, action: Text, actor: Text, actor_token_id: Id, target: Text,
        detail: Text,
    }),
];

/// The version of the schema that [`TABLES`] describes, in both databases.
pub(super) fn schema() -> u32 {
    crate::migrations::SQLITE.last().map_or(0, |last| last.version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrations::{POSTGRES, SQLITE, run};
    use std::collections::{BTreeMap, BTreeSet};

    const NOT_MOVED: [&str; 5] =
        ["schema_migrations", "schema_lock", "write_turn", "write_history", "heartbeat"];

    fn described() -> BTreeMap<String, BTreeSet<String>> {
        let columns = |table: &Table| table.columns.iter().map(|column| column.name.to_owned()).collect();
        TABLES.iter().map(|table| (table.name.to_owned(), columns(table))).collect()
    }

    // PostgreSQL is compared in tests/transfer.rs.
    #[test]
    fn every_table_and_column_of_sqlite_is_moved() {
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        run(&mut connection, SQLITE).unwrap();
        let mut statement = connection
            .prepare(
                "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'",
            )
            .unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in rows {
            let (table, column): (String, String) = row.unwrap();
            if !NOT_MOVED.contains(&table.as_str()) {
                found.entry(table).or_default().insert(column);
            }
        }
        assert_eq!(described(), found);
    }

    #[test]
    fn both_databases_have_the_same_version() {
        assert_eq!(SQLITE.last().map(|last| last.version), POSTGRES.last().map(|last| last.version));
    }

    #[test]
    fn statements_are_what_they_should_be() {
        let table = &TABLES[4];
        assert_eq!(
            table.read,
            "SELECT username, group_name FROM group_members ORDER BY username, group_name"
        );
        assert_eq!(table.insert, "INSERT INTO group_members (username, group_name) VALUES (?, ?)");
        assert_eq!(
            table.insert_many,
            "INSERT INTO group_members (username, group_name) SELECT * FROM UNNEST(?::TEXT[], ?::TEXT[])"
        );
    }
}
