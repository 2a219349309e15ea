//! `accessd serve`: beginning, end, and what it refuses.

use crate::support::{Home, status};
use std::os::unix::fs::PermissionsExt as _;

const USERS: &str = "/access/api/v2/users";

#[test]
fn the_first_start_makes_an_administrator_and_only_the_owner_reads_it() {
    let home = Home::new();
    let service = home.serve();
    for (name, mode) in [
        ("", 0o700),
        ("keys", 0o700),
        ("keys/master.key", 0o600),
        ("bootstrap", 0o700),
        ("bootstrap/admin.json", 0o600),
        ("accessd.db", 0o600),
        ("serve.lock", 0o600),
    ] {
        let metadata = std::fs::metadata(home.data().join(name)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, mode, "{name}");
    }
    let text = std::fs::read_to_string(home.data().join("bootstrap/admin.json")).unwrap();
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(file["username"], "admin");
    let (status, log) = service.end();
    assert!(status.success() && log.contains("every request was answered"), "{log}");
    assert!(!log.contains(file["password"].as_str().unwrap()));
    assert_eq!(std::fs::metadata(home.data().join("accessd.db-wal")).map_or(0, |file| file.len()), 0);
    // The second start leaves the file alone.
    let _service = home.serve();
    assert_eq!(std::fs::read_to_string(home.data().join("bootstrap/admin.json")).unwrap(), text);
}

// As after a crash between the first commit and the file.
#[test]
fn a_lost_first_password_is_replaced_with_a_token_of_the_command_line() {
    let home = Home::new();
    let service = home.serve();
    std::fs::remove_file(home.data().join("bootstrap/admin.json")).unwrap();
    let token = home.admin_token();
    let body = r#"{"password":"Correct-horse-7-battery"}"#;
    let put = format!(
        "PUT {USERS}/admin/password HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(status(&service.exchange(&put)), 204);
    // admin:Correct-horse-7-battery
    let basic = "Authorization: Basic YWRtaW46Q29ycmVjdC1ob3JzZS03LWJhdHRlcnk=";
    let get = format!("GET {USERS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{basic}\r\n\r\n");
    assert_eq!(status(&service.exchange(&get)), 200);
}

#[test]
fn what_it_knew_it_knows_after_a_kill() {
    let home = Home::new();
    let service = home.serve();
    let token = home.admin_token();
    service.kill();
    assert_eq!(home.serve().get(USERS, &token), 200);
}

#[test]
fn a_second_service_is_refused_and_the_first_goes_on() {
    let home = Home::new();
    let service = home.serve();
    let second = home.run(&["serve", "--listen", "127.0.0.1:0"], &[]);
    assert_eq!(second.code, Some(1));
    assert!(second.stderr.contains("another accessd serves this data folder"), "{}", second.stderr);
    assert_eq!(service.get(USERS, &home.admin_token()), 200);
}

#[test]
fn plain_http_to_other_machines_is_refused() {
    let home = Home::new();
    let ended = home.run(&["serve", "--listen", "0.0.0.0:0"], &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("hint: ") && ended.stderr.contains("allow-plain-http"), "{}", ended.stderr);
    assert!(!home.data().join("accessd.db").exists());
}

#[test]
fn a_folder_that_others_may_write_in_is_refused() {
    let home = Home::new();
    std::fs::create_dir(home.data()).unwrap();
    std::fs::set_permissions(home.data(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let ended = home.run(&["serve", "--listen", "127.0.0.1:0"], &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("hint: chmod 700"), "{}", ended.stderr);
}

// As `accessd serve 2>&1 | head -1` does.
#[test]
fn it_goes_on_when_nobody_reads_its_log_any_more() {
    let home = Home::new();
    let token = {
        let _first = home.serve();
        home.admin_token()
    };
    let mut service = home.serve();
    service.stop_listening_to_its_log();
    for _ in 0..3 {
        assert_eq!(service.get(USERS, &token), 200);
    }
    let (status, _) = service.end();
    assert!(status.success(), "{status}");
}

#[test]
fn a_migration_is_told_of_before_its_work_begins() {
    let home = Home::new();
    let service = home.serve();
    let log = &service.beginning;
    let at = |words| log.lines().position(|line| line.contains(words) && line.contains("0002_"));
    let (begun, done) = (at("migrating the database schema"), at("database schema migrated"));
    assert!(begun.is_some() && begun < done, "{log}");
}

#[test]
fn what_came_of_many_revocations_is_in_the_log_under_the_request_id() {
    let home = Home::new();
    let service = home.serve();
    let token = home.admin_token();
    let body = r#"{"token_ids":["no-such"]}"#;
    let answer = service.exchange(&format!(
        "POST /access/api/accessd/v1/tokens/revoke HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    assert_eq!(status(&answer), 200, "{answer}");
    let id = answer.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap().trim_end();
    let (_, log) = service.end();
    let line = log.lines().find(|line| line.contains("revoked many tokens")).unwrap();
    for part in [id, "complete=true", "revoked=0", "already_gone=1", "forbidden=0"] {
        assert!(line.contains(part), "{part} in {line}");
    }
}
