//! Tests that read the sources: SQL is fixed text, every value is bound (reg 15, CVE-2021-3860), and stands in this
//! crate only.

use std::fs;
use std::path::{Path, PathBuf};

/// Words that only SQL has, in these letters.
const SQL: [&str; 10] = [
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "DELETE ",
    " WHERE ",
    " FROM ",
    "ORDER BY ",
    "PRAGMA ",
    " SET ",
    " AND ",
];
/// What is put into a statement all the same: constants of this crate.
const CONSTANTS: [&str; 1] = ["PRAGMA journal_size_limit = {LOG_SIZE_LIMIT}"];

/// The production code of every source file below a folder of the workspace, with its path.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder)];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name == "conformance" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs")
                && !["tests.rs", "plans.rs", "sql_text.rs"].contains(&name.as_str())
            {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
                sources.push((path, code.to_owned()));
            }
        }
    }
    sources
}

/// What follows each occurrence of `call`, up to a good way on.
fn behind<'a>(code: &'a str, call: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(call).map(move |(at, _)| {
        let rest = &code[at + call.len()..];
        let end = rest.find(';').unwrap_or(rest.len());
        rest[..end].trim_start()
    })
}

#[test]
fn reg_15_no_statement_is_put_together_from_values() {
    let sources = sources("access-store/src");
    assert!(sources.len() > 20);
    for (path, code) in &sources {
        for call in ["format!(", "format_args!(", "write!(", "writeln!("] {
            for text in behind(code, call) {
                let is_sql = SQL.iter().any(|word| text.contains(word));
                let is_constant = CONSTANTS.iter().any(|constant| text.contains(constant));
                assert!(!is_sql || is_constant, "{}: {call}{text}", path.display());
            }
        }
        for text in behind(code, "sql.push_str(") {
            let is_fixed = ["\"", "if ", "match ", "concat!(", "db.dialect().pick(\""]
                .iter()
                .any(|start| text.starts_with(start));
            // Of this one the compiler knows that it is fixed.
            let is_static = path.ends_with("sql/list_statement.rs")
                && (text.starts_with("sql)")
                    || text.starts_with("&sql.replace(")
                    || text.starts_with("&order.replace("));
            assert!(is_fixed || is_static, "{}: push_str({text}", path.display());
        }
    }
}

/// What some PostgreSQL or what calls itself so does not have, or has with another meaning, and what a pooler or a second
/// replica makes unsafe: in capital letters. docs/postgresql.md promises it.
const NOT_EVERYWHERE: [&str; 25] = [
    "LISTEN",
    "NOTIFY",
    "ADVISORY",
    "SEQUENCE",
    "SERIAL",
    "BIGSERIAL",
    "NEXTVAL",
    "IDENTITY",
    "AUTOINCREMENT",
    "TRIGGER",
    "EXTENSION",
    "FUNCTION",
    "PROCEDURE",
    "PLPGSQL",
    "DO",
    "SHARE",
    "SKIP",
    "NOWAIT",
    "LOCK",
    "TEMP",
    "TEMPORARY",
    "UNLOGGED",
    "CTID",
    "XMIN",
    "TRUNCATE",
];

/// The words of SQL, without comments, and without the one form of `DO` that is everywhere.
fn words(sql: &str) -> Vec<String> {
    let code = sql.lines().filter_map(|line| line.split("--").next()).collect::<Vec<_>>().join("\n");
    let code = code.to_uppercase().replace("DO UPDATE", "").replace("DO NOTHING", "");
    code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').map(str::to_owned).collect()
}

/// The texts in quotes, but for comments.
fn quoted(code: &str) -> String {
    let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    code.join("\n").split('"').skip(1).step_by(2).collect::<Vec<_>>().join("\n")
}

#[test]
fn postgresql_is_asked_for_nothing_that_not_every_one_has() {
    let mut sql: Vec<(PathBuf, String)> = crate::migrations::POSTGRES
        .iter()
        .map(|migration| (PathBuf::from(migration.name), migration.sql.to_owned()))
        .collect();
    for folder in ["access-store/src/sql", "access-store/src/postgres"] {
        sql.extend(sources(folder).into_iter().map(|(path, code)| (path, quoted(&code))));
    }
    assert!(sql.len() > 30, "{}", sql.len());
    for (path, text) in &sql {
        // Prose says LOCK in small letters; statements are in capital ones, and so are the words of the list.
        let capitals: Vec<String> = if path.extension().is_some_and(|extension| extension == "sql") {
            words(text)
        } else {
            let upper = words(text);
            let as_it_stands: std::collections::HashSet<&str> =
                text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
            upper.into_iter().filter(|word| as_it_stands.contains(word.as_str())).collect()
        };
        for word in NOT_EVERYWHERE {
            assert!(!capitals.iter().any(|found| found == word), "{}: {word}", path.display());
        }
    }
    // The search finds what is there.
    assert!(words("SELECT 1 FOR SHARE -- LISTEN").contains(&"SHARE".to_owned()));
    assert!(!words("x -- LISTEN").contains(&"LISTEN".to_owned()));
    assert!(sql.iter().any(|(_, text)| words(text).contains(&"UNNEST".to_owned())));
}

#[test]
fn no_other_crate_speaks_sql() {
    for folder in ["access-core/src", "access-types/src", "accessd/src"] {
        for (path, code) in sources(folder) {
            for word in ["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE FROM", "rusqlite"] {
                assert!(!code.contains(word), "{}: {word}", path.display());
            }
        }
    }
}
