//! `jf token rotate`: by id, of the token that asks, in the configuration; and what it leaves when something fails.

use crate::refresh_world::{config, field};
use crate::support::{Jf, Run, names};
use crate::token_store::TokenStore;
use serde_json::{Value, json};
use std::fs;

fn stores() -> [TokenStore; 2] {
    [TokenStore::accessd(), TokenStore::platform()]
}

/// Somebody with a token of `store` in the environment, whose id comes along.
fn somebody(store: &TokenStore) -> (Jf, String, String) {
    let (id, text) = store.mint(&json!({"description": "own"}));
    let jf = Jf::new().env("JF_URL", &store.url()).env("JF_ACCESS_TOKEN", &text);
    (jf, id, text)
}

/// Somebody with a token of `store` as the configured server `one`.
fn configured(store: &TokenStore, fields: &str) -> (Jf, String) {
    let (id, text) = store.mint(&json!({"description": "own"}));
    (Jf::new().config(&config(&store.url(), &text, fields)), id)
}

fn rotate(jf: &Jf, arguments: &[&str]) -> Run {
    jf.run(&[&["token", "rotate"], arguments].concat())
}

#[test]
fn another_token_by_its_id() {
    let store = TokenStore::accessd();
    let (jf, own, _) = somebody(&store);
    let (old, _) = store
        .mint(&json!({"description": "ci", "scope": "applied-permissions/groups:g", "audience": "jfrt@*",
        "refreshable": true, "project": "web", "has_reference_token": true}));
    let run = rotate(&jf, &[&old]).ok();
    let printed: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(printed["token_id"], "id-3");
    assert_eq!(store.live(), [own, "id-3".to_owned()]);
    assert_eq!(
        store.requests(),
        [
            json!({"scope": "applied-permissions/groups:g", "expires_in": 3600, "refreshable": true, "audience": "jfrt@*",
            "include_reference_token": true, "username": "frog", "project_key": "web", "description": "ci",
            "force_revocable": true})
        ]
    );
    assert!(run.stderr.contains("the new token is id-3; the old one, id-2, was revoked"), "{run:?}");
}

#[test]
fn the_token_that_asks_is_printed_where_it_is_not_configured() {
    for store in stores() {
        let (jf, old, text) = somebody(&store);
        let run = rotate(&jf, &["--self", "--format=token"]).ok();
        assert!(store.accepts(run.stdout.trim()) && !store.accepts(&text) && !store.live().contains(&old));
        // The id says the same.
        let (jf, old, _) = somebody(&store);
        rotate(&jf, &[&old, "--output=new.json"]).ok();
        assert!(!store.live().contains(&old));
        let new: Value =
            serde_json::from_str(&fs::read_to_string(jf.folder().join("new.json")).unwrap()).unwrap();
        assert!(store.accepts(new["access_token"].as_str().unwrap()));
    }
}

#[test]
fn a_configured_token_is_replaced_in_its_place() {
    for store in stores() {
        for (fields, arguments) in
            [("", &["--self"][..]), (r#""refreshToken":"r","#, &["--self", "--server-id=one"])]
        {
            let (jf, old) = configured(&store, fields);
            let run = rotate(&jf, arguments).ok();
            assert_eq!(run.stdout, "");
            assert!(store.accepts(&field(&jf, "accessToken")) && !store.live().contains(&old));
            assert!(!jf.config_text().contains("replacedTokenId"), "{}", jf.config_text());
            assert_eq!(field(&jf, "refreshToken"), "", "what the server says counts: it is not refreshable");
        }
    }
    let store = TokenStore::accessd();
    let (id, text) = store.mint(&json!({"refreshable": true}));
    let jf = Jf::new().config(&config(&store.url(), &text, r#""refreshToken":"r","#));
    let run = rotate(&jf, &[&id, "--format=json"]).ok();
    let printed: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        field(&jf, "accessToken"),
        printed["access_token"].as_str().unwrap(),
        "the id is the configured one's"
    );
    assert_eq!(field(&jf, "refreshToken"), printed["refresh_token"].as_str().unwrap());
}

#[test]
fn a_grace_is_the_servers_to_keep() {
    let store = TokenStore::accessd();
    let (jf, old) = configured(&store, "");
    let run = rotate(&jf, &["--self", "--grace=15m"]).ok();
    assert_eq!(store.put_off(), [(old.clone(), 900)]);
    assert!(store.live().contains(&old) && run.stderr.contains("will be revoked at 20"), "{run:?}");
    assert!(run.stderr.trim_end().ends_with(" UTC"), "{run:?}");
    let store = TokenStore::platform();
    let (jf, old) = configured(&store, "");
    let run = rotate(&jf, &["--self", "--grace=15m"]).ok();
    assert!(store.live().contains(&old), "it is not revoked early");
    assert!(run.stderr.contains(&format!("cannot revoke a token later, so the old one stays good; revoke it when the new one is in place: jf token revoke {old}")));
    rotate(&jf, &["--self", "--grace=31d"]).fails(2, &["at most 30d"]);
}

// The server keeps the earlier moment, so that is what must be said.
#[test]
fn a_longer_grace_afterwards_is_told_as_the_server_keeps_it() {
    let store = TokenStore::accessd();
    let (jf, _, _) = somebody(&store);
    let (old, _) = store.mint(&json!({"revocation_due": 4_102_444_800_u64}));
    let run = rotate(&jf, &[&old, "--grace=30d"]).ok();
    assert!(!run.stderr.contains("2100-01-01"), "{run:?}");
    let (old, _) = store.mint(&json!({"revocation_due": 946_684_800}));
    let run = rotate(&jf, &[&old, "--grace=15m"]).ok();
    assert!(run.stderr.contains("will be revoked at 2000-01-01 00:00 UTC"), "{run:?}");
    assert!(run.stderr.contains(&format!("[Info] replacing the token {old}\n")), "{run:?}");
}

#[test]
fn what_a_platform_does_not_tell_must_be_given() {
    let store = TokenStore::platform();
    let (jf, _, _) = somebody(&store);
    let (old, _) = store.mint(&json!({}));
    rotate(&jf, &[&old]).fails(2, &["does not tell the audience", "--audience", "--self"]);
    assert!(store.live().contains(&old) && store.requests().is_empty());
    rotate(&jf, &[&old, "--audience=jfrt@*", "--reference"]).ok();
    let request = &store.requests()[0];
    assert_eq!((&request["audience"], &request["include_reference_token"]), (&json!("jfrt@*"), &json!(true)));
}

#[test]
fn the_dead_and_the_unknown_are_not_rotated() {
    let store = TokenStore::accessd();
    let (jf, _, _) = somebody(&store);
    let (old, _) = store.mint(&json!({"state": "revoked"}));
    rotate(&jf, &[&old]).fails(6, &["was revoked, so there is nothing to rotate"]);
    rotate(&jf, &["id-99"]).fails(6, &["there is no token with the id id-99"]);
    assert!(store.requests().is_empty());
}

#[test]
fn wrong_usage_asks_nobody() {
    let store = TokenStore::accessd();
    let (jf, id, _) = somebody(&store);
    for arguments in
        [&[][..], &[&id, "--self"], &[&id, "two"], &["a b"], &[&id, "--grace=soon"], &[&id, "--audience= "]]
    {
        assert_eq!(rotate(&jf, arguments).code, 2, "{arguments:?}");
    }
    fs::write(jf.folder().join("there"), "x").unwrap();
    rotate(&jf, &[&id, "--output=there"]).fails(7, &["exists already"]);
    assert_eq!(store.live(), [id]);
}

#[test]
fn a_file_is_replaced_only_if_that_was_asked_for() {
    let store = TokenStore::accessd();
    let (jf, _, _) = somebody(&store);
    let (mut old, text) = store.mint(&json!({}));
    let file = jf.folder().join("token");
    fs::write(&file, text).unwrap();
    for _ in 0..3 {
        rotate(&jf, &[&old, "--format=token", "--output=token", "--overwrite"]).ok();
        assert!(store.accepts(fs::read_to_string(&file).unwrap().trim()) && !store.live().contains(&old));
        old = store.live().pop().unwrap();
    }
    assert_eq!(names(jf.folder()), ["token"]);
}

#[test]
fn a_token_from_a_file_takes_its_own_place() {
    let store = TokenStore::accessd();
    let (_, text) = store.mint(&json!({}));
    let jf = Jf::new().env("JF_URL", &store.url());
    fs::write(jf.folder().join("token"), text).unwrap();
    for _ in 0..3 {
        let arguments =
            ["--self", "--access-token-file=token", "--format=token", "--output=token", "--overwrite"];
        let url = store.url();
        rotate(&jf, &[&arguments[..], &["--url", &url]].concat()).ok();
        assert_eq!(store.live().len(), 1);
    }
}

/// Runs a rotation whose result nobody can read, and gives what it says.
fn rotate_into_nothing(store: &TokenStore, text: &str, arguments: &str) -> String {
    let jf = Jf::new();
    let line =
        format!("{} token rotate {arguments} > /dev/full", jf.command(&[]).get_program().to_string_lossy());
    let output = std::process::Command::new("bash")
        .args(["-c", &line])
        .env("JF_URL", store.url())
        .env("JF_ACCESS_TOKEN", text)
        .env("HOME", "/nonexistent")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn while_anything_fails_the_old_token_works() {
    for store in stores() {
        let (jf, _, text) = somebody(&store);
        for broken in ["POST /access/api/v1/tokens", "GET /access/api/v1/tokens"] {
            store.break_down(broken);
            assert_ne!(rotate(&jf, &["--self", "--retries=0"]).code, 0);
            store.heal();
            assert!(store.accepts(&text), "{broken}");
        }
    }
    let store = TokenStore::platform();
    let (_, old, text) = somebody(&store);
    let said = rotate_into_nothing(&store, &text, "--self");
    assert!(said.contains("the old token works as before, the new one was revoked"), "{said}");
    assert_eq!(store.live(), [old]);
}

/// accessd gives one new token for one old one, however often it is asked: what one run cannot hand over, another one
/// may have handed over before.
#[test]
fn a_rotation_that_fails_takes_nothing_from_one_that_did_not() {
    let store = TokenStore::accessd();
    let (jf, _, text) = somebody(&store);
    let (old, _) = store.mint(&json!({}));
    rotate(&jf, &[&old, "--grace=1h", "--format=token", "--output=token"]).ok();
    let handed_over = fs::read_to_string(jf.folder().join("token")).unwrap();
    let said = rotate_into_nothing(&store, &text, &format!("{old} --grace=1h"));
    assert!(
        said.contains("run the command again, which gives the same new token (id-3) once more"),
        "{said}"
    );
    assert!(store.accepts(handed_over.trim()));
    let again = rotate(&jf, &[&old, "--format=token"]).ok();
    assert_eq!(again.stdout, handed_over);
    assert!(!store.live().contains(&old));
}

/// A platform answers 403 to a token with a group's rights that asks about itself: it has been recognised.
#[test]
fn a_token_that_may_not_ask_about_itself_is_rotated_all_the_same() {
    let store = TokenStore::platform();
    let (jf, _, _) = somebody(&store);
    let (old, _) = store.mint(&json!({"scope": "applied-permissions/groups:g"}));
    store.forbid("GET /access/api/v1/tokens/me");
    let run = rotate(&jf, &[&old, "--audience=*@*", "--format=token"]).ok();
    assert!(store.accepts(run.stdout.trim()) && !store.live().contains(&old));
}

#[test]
fn what_is_printed_besides_may_fail_and_the_configured_token_works() {
    let store = TokenStore::accessd();
    let (jf, old) = configured(&store, "");
    let line = format!(
        "{} token rotate --self --format=token > /dev/full",
        jf.command(&[]).get_program().to_string_lossy()
    );
    let output = std::process::Command::new("bash")
        .args(["-c", &line])
        .env("JFROG_CLI_HOME_DIR", jf.home())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("the new token is in the configuration") && said.contains("both tokens work"),
        "{said}"
    );
    assert!(store.accepts(&field(&jf, "accessToken")) && store.live().contains(&old));
    rotate(&jf, &["--self"]).ok();
    assert_eq!(store.live().len(), 1);
}

/// A rotation that was interrupted before the server knew of the grace: the next one keeps it.
#[test]
fn an_interrupted_rotation_keeps_its_grace() {
    let store = TokenStore::accessd();
    let (jf, old) = configured(&store, "");
    store.break_down("/revocation");
    rotate(&jf, &["--self", "--grace=15m", "--retries=0"]).fails(9, &["may still work"]);
    store.heal();
    let run = rotate(&jf, &["--self"]).ok();
    assert!(
        run.stderr.contains("id-1, which an interrupted rotation had left, will be revoked in its time"),
        "{run:?}"
    );
    let put_off = store.put_off();
    assert_eq!(put_off.len(), 1);
    assert!(put_off[0].0 == old && (880..=900).contains(&put_off[0].1), "{put_off:?}");
    assert!(store.live().contains(&old));
    // What a platform was asked to leave alone is never ended by the next one.
    let store = TokenStore::platform();
    let (jf, old) = configured(&store, "");
    rotate(&jf, &["--self", "--grace=15m"]).ok();
    rotate(&jf, &["--self"]).ok();
    assert!(store.live().contains(&old));
}

#[test]
fn every_server_that_has_the_token_gets_the_new_one() {
    let store = TokenStore::accessd();
    let (_, text) = store.mint(&json!({}));
    let entry =
        |id: &str, url: &str| format!(r#"{{"url":"{url}","accessToken":"{text}","serverId":"{id}"}}"#);
    let url = store.url();
    let servers =
        [entry("a", &url), entry("b", &format!("{url}/")), entry("c", "http://other.test/")].join(",");
    let jf = Jf::new().config(&format!(r#"{{"servers":[{servers}],"version":"6"}}"#));
    rotate(&jf, &["--self", "--server-id=a"]).ok();
    let config: Value = serde_json::from_str(&jf.config_text()).unwrap();
    let token = |index: usize| config["servers"][index]["accessToken"].as_str().unwrap();
    assert!(store.accepts(token(0)));
    assert_eq!(token(1), token(0));
    assert_eq!(token(2), text, "another server's is not sent a token of this one");
}

#[test]
fn a_token_in_the_place_of_a_password_is_not_rotated_out_of_the_configuration() {
    let store = TokenStore::accessd();
    let reference = "cmVmdGtuOjAxOjAwMDAwMDAwMDA6YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh";
    let jf = Jf::new().config(&format!(
        r#"{{"servers":[{{"url":"{}/","user":"frog","password":"{reference}","serverId":"one","isDefault":true}}],"version":"6"}}"#,
        store.url()
    ));
    rotate(&jf, &["--self"]).fails(2, &["server 'one' of the configuration has no access token to replace"]);
    assert!(store.requests().is_empty());
}

#[test]
fn an_old_token_that_cannot_be_revoked_is_named() {
    let store = TokenStore::accessd();
    let (jf, old) = configured(&store, "");
    store.break_down("DELETE");
    let run = rotate(&jf, &["--self", "--retries=0"]);
    run.fails(
        9,
        &["the new token is in place, but the old one, id-1, may still work", "jf token revoke id-1"],
    );
    assert_eq!(field(&jf, "replacedTokenId"), old);
    assert_eq!(store.live().len(), 2);
    // The next one does what was left, and its own work.
    store.heal();
    let run = rotate(&jf, &["--self"]).ok();
    assert!(run.stderr.contains("id-1, which an interrupted rotation had left, was revoked"), "{run:?}");
    assert_eq!((store.live().len(), field(&jf, "replacedTokenId").as_str()), (1, ""));
    assert!(store.accepts(&field(&jf, "accessToken")));
}

#[test]
fn a_configuration_that_cannot_be_written_costs_nothing() {
    let store = TokenStore::accessd();
    let (jf, old) = configured(&store, "");
    let broken = jf.config_path();
    fs::remove_file(&broken).unwrap();
    // A folder of that name can neither be read nor replaced.
    fs::create_dir(&broken).unwrap();
    assert_ne!(rotate(&jf, &["--self"]).code, 0);
    assert_eq!(store.live(), [old]);
}

#[test]
fn two_at_once_leave_one_live_token() {
    let store = TokenStore::accessd();
    let (jf, _) = configured(&store, "");
    let runs: Vec<Run> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(|| rotate(&jf, &["--self"]))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(runs.iter().any(|run| run.code == 0), "{runs:?}");
    for run in runs.iter().filter(|run| run.code != 0) {
        // The token that it asked with was replaced, and may be dead.
        assert!([4, 6, 7].contains(&run.code), "{run:?}");
    }
    assert!(store.accepts(&field(&jf, "accessToken")));
    assert_eq!(store.live().len(), 1, "{runs:?}");
}
