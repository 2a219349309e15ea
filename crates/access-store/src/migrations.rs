//! Brings a database to the schema this program knows: numbered SQL files, each run once, in order, in a
//! transaction of its own, and never edited afterwards (the database remembers each one's checksum).

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

/// One numbered SQL file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    /// Number, from 1 without gaps.
    pub(crate) version: u32,
    /// File name.
    pub(crate) name: &'static str,
    /// The statements.
    pub(crate) sql: &'static str,
    /// The oldest version that a program must know to run beside it: the one before, if this only adds what the one
    /// before does not mind; its own, if it takes something away. Replicas of two releases share a PostgreSQL while one
    /// is replaced by the other.
    pub(crate) runs_with: u32,
}

/// The files, in order.
pub(crate) const SQLITE: &[Migration] = &[
    Migration {
        version: 1,
        name: "0001_first.sql",
        sql: include_str!("../migrations/sqlite/0001_first.sql"),
        runs_with: 1,
    },
    Migration {
        version: 2,
        name: "0002_last_used_and_due.sql",
        sql: include_str!("../migrations/sqlite/0002_last_used_and_due.sql"),
        runs_with: 2,
    },
    Migration {
        version: 3,
        name: "0003_projects.sql",
        sql: include_str!("../migrations/sqlite/0003_projects.sql"),
        runs_with: 3,
    },
    Migration {
        version: 4,
        name: "0004_oidc.sql",
        sql: include_str!("../migrations/sqlite/0004_oidc.sql"),
        runs_with: 4,
    },
    Migration {
        version: 5,
        name: "0005_users_and_logins.sql",
        sql: include_str!("../migrations/sqlite/0005_users_and_logins.sql"),
        runs_with: 5,
    },
    Migration {
        version: 6,
        name: "0006_api_keys_and_settings.sql",
        sql: include_str!("../migrations/sqlite/0006_api_keys_and_settings.sql"),
        runs_with: 6,
    },
    Migration {
        version: 7,
        name: "0007_live_tokens.sql",
        sql: include_str!("../migrations/sqlite/0007_live_tokens.sql"),
        runs_with: 6,
    },
];

/// The files for PostgreSQL, which begins where SQLite was then.
pub(crate) const POSTGRES: &[Migration] = &[
    Migration {
        version: 6,
        name: "0006_first.sql",
        sql: include_str!("../migrations/postgres/0006_first.sql"),
        runs_with: 6,
    },
    Migration {
        version: 7,
        name: "0007_live_tokens.sql",
        sql: include_str!("../migrations/postgres/0007_live_tokens.sql"),
        runs_with: 6,
    },
];

/// What bringing a schema up to date came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// The files that were run now, in their order; none if there was nothing to do.
    pub ran: Vec<&'static str>,
    /// The schema's version from now on.
    pub version: u32,
}

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MigrationError {
    #[error("its schema has version {found}, this program knows {known}")]
    Newer { found: u32, known: u32 },
    #[error("migration {0} has another content than the one it was made with")]
    Changed(String),
    #[error("it is no accessd database")]
    Foreign,
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// Runs those of `migrations` that the database has not seen yet: milliseconds, but for some seconds for each ten
/// million tokens where an index is made. Two processes may do so at once; one waits for the other for as long as the
/// connection waits for locks.
pub(crate) fn run(connection: &mut Connection, migrations: &[Migration]) -> Result<Migrated, MigrationError> {
    create_ledger(connection)?;
    let known = migrations.last().map_or(0, |last| last.version);
    let found: u32 =
        connection
            .query_row("SELECT COALESCE(MAX(version), 0) FROM schema_migrations", [], |row| row.get(0))?;
    if found > known {
        return Err(MigrationError::Newer { found, known });
    }
    let mut ran = Vec::new();
    for migration in migrations {
        if apply(connection, *migration)? {
            ran.push(migration.name);
        }
    }
    Ok(Migrated { ran, version: known })
}

fn create_ledger(connection: &mut Connection) -> Result<(), MigrationError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (tables, ledgers): (u32, u32) = transaction.query_row(
        "SELECT COUNT(*), COUNT(CASE WHEN name = 'schema_migrations' THEN 1 END)
         FROM sqlite_schema WHERE type = 'table'",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    match (tables, ledgers) {
        (_, 1) => return Ok(()),
        (0, _) => {}
        _ => return Err(MigrationError::Foreign),
    }
    transaction.execute_batch(
        "CREATE TABLE schema_migrations (
             version  INTEGER NOT NULL PRIMARY KEY,
             name     TEXT    NOT NULL,
             checksum TEXT    NOT NULL
         ) STRICT",
    )?;
    Ok(transaction.commit()?)
}

/// Runs one migration unless it ran before; then its checksum must still be the same. Whether it ran now.
fn apply(connection: &mut Connection, migration: Migration) -> Result<bool, MigrationError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let recorded: Option<String> = transaction
        .query_row("SELECT checksum FROM schema_migrations WHERE version = ?1", [migration.version], |row| {
            row.get(0)
        })
        .optional()?;
    let checksum = checksum(migration.sql);
    match recorded {
        Some(recorded) if recorded == checksum => return Ok(false),
        Some(_) => return Err(MigrationError::Changed(migration.name.to_owned())),
        None => {}
    }
    // Before the work: it may take its time, and nothing else tells what is going on.
    tracing::info!(migration = migration.name, "migrating the database schema");
    transaction.execute_batch(migration.sql)?;
    transaction.execute(
        "INSERT INTO schema_migrations (version, name, checksum) VALUES (?1, ?2, ?3)",
        params![migration.version, migration.name, checksum],
    )?;
    transaction.commit()?;
    tracing::info!(migration = migration.name, "database schema migrated");
    Ok(true)
}

/// FNV-1a, 64 bits: against edits by mistake, not against malice. Line ends do not count.
pub(crate) fn checksum(sql: &str) -> String {
    let hash = sql.bytes().filter(|byte| *byte != b'\r').fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::db::Db;
    use crate::sql::projects;
    use access_core::store::ProjectRecord;
    use access_types::project::AdminPrivileges;

    const ONE: Migration =
        Migration { version: 1, name: "0001_a.sql", sql: "CREATE TABLE a (x INTEGER)", runs_with: 1 };
    const TWO: Migration =
        Migration { version: 2, name: "0002_b.sql", sql: "CREATE TABLE b (x INTEGER)", runs_with: 2 };

    const SQLITE_CHECKSUMS: &[&str] = &[
        "0001_first.sql e3d3aa65f9ed98bc",
        "0002_last_used_and_due.sql 6772c082d4fe1b2a",
        "0003_projects.sql b2c6b4c8fa0b6f84",
        "0004_oidc.sql 9ac49eb118dc0368",
        "0005_users_and_logins.sql 818d025df557b135",
        "0006_api_keys_and_settings.sql d0069cd990e79900",
        "0007_live_tokens.sql 3b7983118593ff93",
    ];
    const POSTGRES_CHECKSUMS: &[&str] =
        &["0006_first.sql c54e394e3a0cb0b6", "0007_live_tokens.sql 3b7983118593ff93"];

    #[test]
    fn versions_count_from_one_without_gaps() {
        // PostgreSQL begins where SQLite was then, and from there on both have the same numbers.
        for (migrations, first, folder) in [(SQLITE, 1, "sqlite"), (POSTGRES, 6, "postgres")] {
            let versions: Vec<u32> = migrations.iter().map(|m| m.version).collect();
            let expected: Vec<u32> = (first..first + migrations.len() as u32).collect();
            assert_eq!(versions, expected, "{folder}");
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
            let files = std::fs::read_dir(&folder).unwrap().count();
            assert_eq!(files, migrations.len(), "{}", folder.display());
            for migration in migrations {
                let name = migration.name;
                assert!(name.starts_with(&format!("{:04}_", migration.version)), "{name}");
                assert_eq!(std::fs::read_to_string(folder.join(name)).unwrap(), migration.sql, "{name}");
            }
        }
        assert_eq!(SQLITE.last().unwrap().version, POSTGRES.last().unwrap().version);
    }

    // A release that cannot run beside a version cannot run beside the one after it, either.
    #[test]
    fn who_may_run_beside_a_version_is_no_later_than_it_and_never_goes_back() {
        for migrations in [SQLITE, POSTGRES] {
            assert!(migrations.iter().all(|migration| migration.runs_with <= migration.version));
            assert!(migrations.is_sorted_by_key(|migration| migration.runs_with));
        }
    }

    // Databases out there remember these. A new migration is a new line; no line ever changes once it is released.
    #[test]
    fn no_migration_is_edited() {
        let checksums = |migrations: &[Migration]| {
            migrations.iter().map(|m| format!("{} {}", m.name, checksum(m.sql))).collect::<Vec<_>>()
        };
        assert_eq!(checksums(SQLITE), SQLITE_CHECKSUMS);
        assert_eq!(checksums(POSTGRES), POSTGRES_CHECKSUMS);
    }

    #[test]
    fn each_runs_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        let ran = |names: &[&'static str], version| Migrated { ran: names.to_vec(), version };
        assert_eq!(run(&mut connection, &[ONE]).unwrap(), ran(&["0001_a.sql"], 1));
        assert_eq!(run(&mut connection, &[ONE, TWO]).unwrap(), ran(&["0002_b.sql"], 2));
        assert_eq!(run(&mut connection, &[ONE, TWO]).unwrap(), ran(&[], 2));
        let count: u32 =
            connection.query_row("SELECT COUNT(*) FROM schema_migrations", [], |row| row.get(0)).unwrap();
        assert_eq!(count, 2);
    }

    #[test]
    fn a_newer_schema_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection, &[ONE, TWO]).unwrap();
        let error = run(&mut connection, &[ONE]).unwrap_err();
        assert!(matches!(error, MigrationError::Newer { found: 2, known: 1 }), "{error}");
    }

    #[test]
    fn an_edited_migration_is_refused_but_line_ends_do_not_count() {
        let mut connection = Connection::open_in_memory().unwrap();
        let lines = Migration { sql: "CREATE TABLE a (\nx INTEGER)", ..ONE };
        run(&mut connection, &[lines]).unwrap();
        run(&mut connection, &[Migration { sql: "CREATE TABLE a (\r\nx INTEGER)", ..ONE }]).unwrap();
        let error = run(&mut connection, &[ONE]).unwrap_err();
        assert!(matches!(error, MigrationError::Changed(ref name) if name == "0001_a.sql"), "{error}");
    }

    #[test]
    fn a_failing_migration_leaves_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        let broken = Migration { sql: "CREATE TABLE b (x INTEGER); CREATE TABLE a (x INTEGER)", ..TWO };
        run(&mut connection, &[ONE, broken]).unwrap_err();
        run(&mut connection, &[ONE, TWO]).unwrap();
    }

    #[test]
    fn the_database_of_another_program_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE bookmarks (x INTEGER)").unwrap();
        assert!(matches!(run(&mut connection, SQLITE).unwrap_err(), MigrationError::Foreign));
    }

    // As the release before the third migration left it: any key was good for a token.
    #[test]
    fn keys_that_tokens_are_bound_to_become_projects() {
        let mut db = Connection::open_in_memory().unwrap();
        run(&mut db, &SQLITE[..2]).unwrap();
        let tokens = "INSERT INTO subjects VALUES (1, 'jfac@x/users/frog', 'frog');
             INSERT INTO tokens (token_id, subject_no, scope, audience, issued_at, expires_at, project_key) VALUES
                 (x'00000000000000000000000000000001', 1, 'api:*', '*@*', 70, 99, 'web'),
                 (x'00000000000000000000000000000002', 1, 'api:*', '*@*', 60, 99, 'web'),
                 (x'00000000000000000000000000000003', 1, 'api:*', '*@*', 50, 99, NULL)";
        db.execute_batch(tokens).unwrap();
        run(&mut db, &SQLITE[..3]).unwrap();
        let web = ProjectRecord {
            key: "web".to_owned(),
            display_name: "web".to_owned(),
            description: String::new(),
            privileges: AdminPrivileges::default(),
            storage_quota_bytes: -1,
            soft_limit: false,
            storage_quota_email_notification: false,
            created_at: 60,
        };
        assert_eq!(projects::list(&Db::Sqlite(&db), None).unwrap(), [web]);
    }
}
