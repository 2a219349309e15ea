//! What the database's audit trail has of a user's tokens.

use crate::accessd::Accessd;
use crate::postgres::Postgres;
use crate::tools::python;
use serde_json::Value;
use std::path::PathBuf;

/// A row about a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// What was done, e.g. `token.revoked`.
    pub action: String,
    /// The id of the token it was done to, or that came of it.
    pub target: String,
    /// More in words.
    pub detail: String,
}

/// Where the trail is.
#[derive(Debug, Clone)]
pub enum AuditTrail<'a> {
    /// In an SQLite database in this data folder.
    Sqlite(PathBuf),
    /// In this database of a cluster: the one that is primary now.
    Postgres(&'a Postgres, &'a str),
}

impl<'a> AuditTrail<'a> {
    /// That of a service that was started without a database of the test's choice.
    pub fn of(accessd: &'a Accessd) -> Self {
        match accessd.database() {
            Some(database) => Self::Postgres(database.cluster(), database.name()),
            None => Self::Sqlite(accessd.data_folder()),
        }
    }
    /// The rows of what a user did to tokens, in their order.
    ///
    /// # Panics
    /// If they cannot be read.
    #[track_caller]
    pub(super) fn rows(&self, username: &str) -> Vec<AuditRow> {
        let text = match self {
            Self::Sqlite(folder) => {
                python("audit.py", &[&folder.join("accessd.db").to_string_lossy(), username])
            }
            Self::Postgres(cluster, database) => cluster.execute(
                database,
                &format!(
                    "SELECT json_build_array(action, target, detail) FROM audit_log \
                     WHERE actor LIKE '%/users/{username}' AND action LIKE '%token.%' ORDER BY entry"
                ),
            ),
        };
        let row = |line: &str| {
            let columns: Vec<Value> = serde_json::from_str(line).expect("a row of three columns");
            let column = |number: usize| columns[number].as_str().expect("text").to_owned();
            AuditRow { action: column(0), target: column(1), detail: column(2) }
        };
        text.lines().map(row).collect()
    }
}

impl AuditRow {
    pub(super) fn is(&self, action: &str, target: &str) -> bool {
        self.action == action && self.target == target
    }

    /// The token that a refresh replaced.
    pub(super) fn replaced(&self) -> Option<&str> {
        self.detail.strip_prefix("replaces ")?.split(',').next()
    }
}

/// Whether the trail has the end of this token: its own, or the revocation of one that it replaced, which ends what was
/// made of that, too.
pub(super) fn has_end_of(rows: &[AuditRow], id: &str) -> bool {
    let ends = |row: &AuditRow| match row.action.as_str() {
        "token.revoked" | "refresh_token.reused" => row.target == id,
        "token.refreshed" => row.replaced() == Some(id),
        _ => false,
    };
    if rows.iter().any(ends) {
        return true;
    }
    let mut made = id;
    while let Some(before) =
        rows.iter().find(|row| row.is("token.refreshed", made)).and_then(AuditRow::replaced)
    {
        if rows.iter().any(|row| row.is("token.revoked", before)) {
            return true;
        }
        made = before;
    }
    false
}
