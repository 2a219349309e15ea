//! `accessd migrate`, `unlock`, `export` and `import`.

use crate::support::Home;
use std::os::unix::fs::PermissionsExt as _;

fn path(home: &Home, name: &str) -> String {
    home.data().join(name).display().to_string()
}

#[test]
fn migrate_says_what_there_was_to_do_and_makes_no_service() {
    let home = Home::new();
    let ended = home.run(&["migrate"], &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("there is no service here"), "{}", ended.stderr);
    std::fs::create_dir(home.data()).unwrap();
    std::fs::write(home.data().join("accessd.db"), "").unwrap();
    let ended = home.run(&["migrate"], &[]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert!(ended.stdout.starts_with("migrated by 0001_first.sql\n"), "{}", ended.stdout);
    let place = path(&home, "accessd.db");
    assert!(
        ended
            .stdout
            .lines()
            .any(|line| line.starts_with(&format!("the schema of sqlite:{place} has version ")))
    );
    let ended = home.run(&["migrate"], &[]);
    assert_eq!(ended.code, Some(0));
    assert!(
        ended.stdout.lines().count() == 1 && ended.stdout.trim_end().ends_with(" already"),
        "{}",
        ended.stdout
    );
    for absent in ["keys", "bootstrap"] {
        assert!(!home.data().join(absent).exists(), "{absent}");
    }
    let ended = home.run(&["export", "-"], &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(ended.stderr.contains("there is no service in this database yet"), "{}", ended.stderr);
}

#[test]
fn unlock_is_for_postgresql() {
    let ended = Home::new().run(&["unlock", "--yes"], &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    assert!(
        ended.stderr.contains("is never locked") && ended.stderr.contains("hint: unlock is for PostgreSQL")
    );
}

#[test]
fn an_export_is_for_its_owner_and_replaces_nothing() {
    let home = Home::new();
    let service = home.serve();
    let file = path(&home, "moved.jsonl");
    let ended = home.run(&["export", &file], &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{}", ended.stderr);
    assert!(ended.stderr.contains("users 1") && ended.stderr.contains("The master key is not in it"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let before = std::fs::read(&file).unwrap();
    let ended = home.run(&["export", &file], &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("is there already"), "{}", ended.stderr);
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let ended = home.run(&["export", "-"], &[]);
    assert_eq!((ended.code, ended.stdout.as_bytes()), (Some(0), &before[..]));
    let key = std::fs::read_to_string(home.data().join("keys/master.key")).unwrap();
    assert!(!ended.stdout.contains(key.trim()));
    drop(service);
}

#[test]
fn an_import_wants_the_master_key_of_the_export() {
    let (from, to) = (Home::new(), Home::new());
    drop(from.serve());
    let file = path(&from, "moved.jsonl");
    assert_eq!(from.run(&["export", &file], &[]).code, Some(0));
    let other = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let ended = to.run(&["import", &file], &[("ACCESSD_MASTER_KEY", other)]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("hint: use the master key"), "{}", ended.stderr);
    assert!(!to.data().join("accessd.db").exists(), "nothing was written");
    let ended = to.run(&["import", &file], &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""), "{}", ended.stderr);
    assert!(ended.stderr.contains("The master key is not there yet"), "{}", ended.stderr);
    let ended = to.run(&["admin-token"], &[]);
    assert_eq!(ended.code, Some(1), "no other key is made");
    let key = std::fs::read_to_string(from.data().join("keys/master.key")).unwrap();
    let ended = to.run(&["admin-token"], &[("ACCESSD_MASTER_KEY", key.trim())]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let ended = to.run(&["import", &file], &[("ACCESSD_MASTER_KEY", key.trim())]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("is not empty"), "{}", ended.stderr);
}
