//! A service that moves from SQLite to PostgreSQL, and back: whoever has a token notices nothing. And what an operator
//! does about a database that was locked.

use crate::TOKENS;
use serde_json::json;
use std::process::Command;
use testkit::{Accessd, Database, Minted, Postgres, User};

/// Runs accessd on a database, as an operator would.
fn run(database: &Database, arguments: &[&str]) -> std::process::Output {
    let folder = tempfile::tempdir().unwrap();
    Command::new(testkit::build_folder().join("accessd"))
        .args(arguments)
        .env_clear()
        .env("HOME", folder.path())
        .env("ACCESSD_DATABASE_URL", database.url())
        .env("ACCESSD_DATABASE_PASSWORD", database.password())
        .env("ACCESSD_MASTER_KEY", database.master_key())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

#[track_caller]
fn said(output: &std::process::Output, code: i32) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

/// What clients have in their hands.
struct World {
    frog: User,
    plain: Minted,
    refreshable: Minted,
    replaced: Minted,
    revoked: Minted,
    group: String,
    project: String,
    in_project: Minted,
}

impl World {
    fn make(accessd: &Accessd) -> Self {
        let frog = accessd.new_user("frog");
        let group = accessd.new_group("readers", json!({"members": [frog.name]}));
        let project = testkit::unique("web");
        accessd.project(&project);
        let admin = accessd.admin_token();
        let revoked =
            accessd.mint(&frog.token, json!({"include_reference_token": true, "refreshable": true}));
        accessd.revoke(&frog.token, &revoked.id).expect(200);
        let replaced = accessd.mint(&frog.token, json!({"refreshable": true}));
        Self {
            plain: accessd.mint(&frog.token, json!({"include_reference_token": true})),
            refreshable: accessd.refresh(&replaced),
            in_project: accessd.mint(&admin, json!({"project_key": project, "username": frog.name})),
            frog,
            replaced,
            revoked,
            group,
            project,
        }
    }

    /// The same, as far as clients can tell.
    fn is_on(&self, accessd: &Accessd) {
        for token in
            [&self.frog.token, &self.plain.token, &self.plain.reference_token, &self.in_project.token]
        {
            assert!(accessd.accepts(token));
        }
        for token in [&self.revoked.token, &self.revoked.reference_token, &self.replaced.token] {
            assert!(!accessd.accepts(token));
        }
        accessd.ask_refresh(&self.frog.token, &self.revoked.refresh_token).expect(404);
        accessd.http().get(TOKENS).basic(&self.frog.name, &self.frog.password).send().expect(200);
        let admin = accessd.admin_token();
        let get = |path: String| accessd.http().get(&path).bearer(&admin).send().expect(200).json();
        let user = get(format!("/access/api/v2/users/{}", self.frog.name));
        assert!(user["groups"].as_array().unwrap().contains(&json!(self.group)), "{user}");
        get(format!("/access/api/v1/projects/{}", self.project));
    }
}

#[test]
fn a_service_moves_to_postgresql_and_back_and_its_clients_go_on() {
    let folders = tempfile::tempdir().unwrap();
    let database = Postgres::shared().database();
    let file = |name: &str| folders.path().join(name).display().to_string();
    let key = |builder: testkit::Builder| builder.env("ACCESSD_MASTER_KEY", database.master_key());
    let first = key(Accessd::builder().data_folder(&folders.path().join("first"))).start();
    let mut world = World::make(&first);
    // While it runs.
    let (there, back) = (file("there"), file("back"));
    said(&first.run(&["export", &there, "--data-dir", &file("first")]), 0);
    first.stop();

    said(&run(&database, &["import", &there]), 0);
    let postgres = Accessd::builder().postgres(&database).start();
    world.is_on(&postgres);
    world.refreshable = postgres.refresh(&world.refreshable);
    let newer = postgres.mint(&world.frog.token, json!({}));
    said(&run(&database, &["export", &back]), 0);
    postgres.stop();

    let third = folders.path().join("third").display().to_string();
    said(&first.run(&["import", &back, "--data-dir", &third]), 0);
    let sqlite = key(Accessd::builder().data_folder(&folders.path().join("third"))).start();
    world.is_on(&sqlite);
    assert!(sqlite.accepts(&newer.token));
    sqlite.refresh(&world.refreshable);
    // A service that is there is not replaced.
    assert!(said(&run(&database, &["import", &there]), 1).contains("is not empty"));
}

#[test]
fn an_import_that_is_killed_or_cut_short_leaves_nothing() {
    let folders = tempfile::tempdir().unwrap();
    let file = |name: &str| folders.path().join(name).display().to_string();
    let database = Postgres::shared().database();
    let from = Accessd::builder()
        .data_folder(&folders.path().join("from"))
        .env("ACCESSD_MASTER_KEY", database.master_key())
        .start();
    let frog = from.new_user("frog");
    let (whole, cut) = (file("whole"), file("cut"));
    said(&from.run(&["export", &whole, "--data-dir", &file("from")]), 0);
    let bytes = std::fs::read(&whole).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() * 2 / 3]).unwrap();
    assert!(said(&run(&database, &["import", &cut]), 1).contains("cut short"));

    // It has written rows and waits for more when it is killed.
    let mut child = Command::new(testkit::build_folder().join("accessd"))
        .args(["import", "-"])
        .env_clear()
        .env("HOME", folders.path())
        .env("ACCESSD_DATABASE_URL", database.url())
        .env("ACCESSD_DATABASE_PASSWORD", database.password())
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), &bytes[..bytes.len() - 100]).unwrap();
    let writes = "SELECT COUNT(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
         WHERE c.relname = 'users' AND l.mode = 'RowExclusiveLock' AND l.database =
             (SELECT oid FROM pg_database WHERE datname = current_database())";
    while database.execute(writes) == "0" {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(database.execute("SELECT (SELECT COUNT(*) FROM service) + (SELECT COUNT(*) FROM users)"), "0");

    said(&run(&database, &["import", &whole]), 0);
    let to = Accessd::builder().postgres(&database).start();
    assert!(to.accepts(&frog.token));
}

#[test]
fn a_locked_database_is_unlocked_by_who_confirms_it() {
    let database = Postgres::shared().database();
    let accessd = Accessd::builder().postgres(&database).start();
    let frog = accessd.new_user("frog");
    assert!(said(&run(&database, &["unlock"]), 0).contains("is not locked; nothing was changed"));
    database.execute("UPDATE write_turn SET locked = 'some commits are missing'");
    accessd.whoami(&frog.token).expect(503);
    let asked = said(&run(&database, &["unlock"]), 2);
    assert!(asked.contains("is locked: some commits are missing") && asked.contains("--yes"), "{asked}");
    accessd.whoami(&frog.token).expect(503);
    // The lock would not go with it, and whoever takes it over would accept what was revoked.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export").display().to_string();
    let refused = said(&run(&database, &["export", &file]), 1);
    assert!(
        refused.contains("is locked: some commits are missing") && refused.contains("accessd unlock"),
        "{refused}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    said(&run(&database, &["unlock", "--yes"]), 0);
    said(&run(&database, &["export", &file]), 0);
    assert!(accessd.accepts(&frog.token));
    database.execute("UPDATE write_turn SET locked = 'some commits are missing'");
    assert!(said(&run(&database, &["unlock", "--yes", "--revoke-all-tokens"]), 0).contains("revoked "));
    assert!(!accessd.accepts(&frog.token));
    accessd.http().get(TOKENS).basic(&frog.name, &frog.password).send().expect(200);
    let rows = database.execute("SELECT actor FROM audit_log WHERE action = 'database.unlocked'");
    assert_eq!(rows, "accessd\naccessd");
}

#[test]
fn migrate_makes_no_service() {
    let database = Postgres::shared().database();
    assert!(said(&run(&database, &["migrate"]), 0).contains("migrated by 0006_first.sql"));
    assert!(said(&run(&database, &["migrate"]), 0).trim_end().ends_with(" already"));
    assert_eq!(database.execute("SELECT COUNT(*) FROM service"), "0");
}
