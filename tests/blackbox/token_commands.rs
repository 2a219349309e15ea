//! `jf token …` against the real service: what is listed is what there is, what is revoked is dead, and what is
//! rotated works.

use crate::accessd;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use testkit::{Accessd, Jf, Minted, User, program, unique};

/// Somebody with everything in the environment.
fn somebody(accessd: &Accessd, token: &str) -> Jf {
    Jf::new().env("JF_URL", &accessd.url()).env("JF_ACCESS_TOKEN", token)
}

fn admin(accessd: &Accessd) -> Jf {
    somebody(accessd, &accessd.admin_token())
}

fn ids(jf: &Jf, arguments: &[&str]) -> BTreeSet<String> {
    let run = jf.run(&[&["token", "list", "--format", "ids"], arguments].concat()).succeeded();
    run.stdout.lines().map(str::to_owned).collect()
}

fn set<'a>(ids: impl IntoIterator<Item = &'a String>) -> BTreeSet<String> {
    ids.into_iter().cloned().collect()
}

/// Mints a token for a name that nobody has, with a group's rights.
fn robot(accessd: &Accessd, name: &str, more: Value) -> Minted {
    let mut body = json!({"username": name, "scope": "applied-permissions/groups:readers"});
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    accessd.mint(&accessd.admin_token(), body)
}

#[test]
fn each_filter_finds_what_it_says() {
    let accessd = accessd();
    let (jf, name) = (admin(&accessd), unique("robot"));
    accessd.project("web");
    let short = robot(&accessd, &name, json!({"description": "ci-short", "expires_in": 600})).id;
    let long = robot(&accessd, &name, json!({"description": "ci-long", "refreshable": true})).id;
    let endless =
        robot(&accessd, &name, json!({"description": "nightly", "expires_in": 0, "project_key": "web"})).id;
    let wide =
        robot(&accessd, &name, json!({"scope": "applied-permissions/groups:\"a b\" system:metrics:r"})).id;
    for (arguments, wanted) in [
        (&[][..], set([&short, &long, &endless, &wide])),
        (&["--description", "ci*"], set([&short, &long])),
        (&["--description", "nightly"], set([&endless])),
        (&["--refreshable"], set([&long])),
        (&["--refreshable=false"], set([&short, &endless, &wide])),
        (&["--expires-within", "1h"], set([&short])),
        (&["--project", "web"], set([&endless])),
        (&["--scope", "system:metrics:r"], set([&wide])),
        (&["--scope", "applied-permissions/groups:readers"], set([&short, &long, &endless])),
        (&["--scope", "system:*"], set([&wide])),
        (&["--expired"], set([])),
        (&["--unused-for", "0"], set([&short, &long, &endless, &wide])),
        (&["--unused-for", "1h"], set([])),
    ] {
        assert_eq!(
            ids(&jf, &[&["--user", &name.to_uppercase()], arguments].concat()),
            wanted,
            "{arguments:?}"
        );
    }
    let sorted = |arguments: &[&str]| {
        let arguments = [&["token", "list", "--format", "ids", "--user", &name], arguments].concat();
        jf.run(&arguments).succeeded().stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(sorted(&["--sort", "expiry", "--limit", "1"]), [short]);
    assert_eq!(sorted(&["--sort", "expiry", "--reverse", "--limit", "1"]), [endless]);
}

#[test]
fn a_user_sees_the_own_tokens_only() {
    let accessd = accessd();
    let (frog, toad) = (accessd.new_user("frog"), accessd.new_user("toad"));
    let own = accessd.mint(&frog.token, json!({})).id;
    let listed = ids(&somebody(&accessd, &frog.token), &[]);
    assert!(listed.contains(&own) && listed.len() == 2, "{listed:?}");
    assert!(ids(&somebody(&accessd, &frog.token), &["--user", &toad.name]).is_empty());
    let theirs = accessd.mint(&toad.token, json!({})).id;
    let jf = somebody(&accessd, &frog.token);
    jf.run(&["token", "show", &theirs]).failed(5, &["owner"]);
    jf.run(&["token", "revoke", &theirs]).failed(5, &["owner"]);
    jf.run(&["token", "rotate", &theirs]).failed(5, &["owner"]);
}

#[test]
fn a_use_is_seen_and_an_expired_token_is_found() {
    let accessd = accessd();
    let (jf, name) = (admin(&accessd), unique("robot"));
    let used = robot(&accessd, &name, json!({}));
    let unused = robot(&accessd, &name, json!({})).id;
    let ended = robot(&accessd, &name, json!({"expires_in": 1})).id;
    assert!(accessd.accepts(&used.token));
    let shown = jf.run(&["token", "show", &used.id]).succeeded().stdout;
    assert!(shown.contains("last used     ") && !shown.contains("last used     never"), "{shown}");
    let shown = jf.run(&["token", "show", &unused]).succeeded().stdout;
    assert!(
        shown.contains("last used     never") && shown.contains("made by       admin, with the token"),
        "{shown}"
    );
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(ids(&jf, &["--user", &name, "--expired"]), set([&ended]));
    let shown = jf.run(&["token", "show", &ended]).succeeded().stdout;
    assert!(shown.contains("state         expired\n"), "{shown}");
}

#[test]
fn inspection_agrees_with_the_service() {
    let accessd = accessd();
    let robot = robot(&accessd, &unique("robot"), json!({"include_reference_token": true}));
    for token in [&robot.token, &robot.reference_token] {
        let run = Jf::new().env("JF_URL", &accessd.url()).stdin(token).run(&["token", "inspect", "--verify"]);
        let text = run.succeeded().stdout;
        assert!(
            text.contains("verified: the server accepts it") && text.contains("the group readers"),
            "{text}"
        );
    }
    let mut forged = robot.token.clone();
    let last = if forged.pop() == Some('A') { 'B' } else { 'A' };
    forged.push(last);
    let run = Jf::new().env("JF_URL", &accessd.url()).stdin(&forged).run(&["token", "inspect", "--verify"]);
    run.failed(4, &["does not accept this token"]);
    accessd.revoke(&accessd.admin_token(), &robot.id);
    let run =
        Jf::new().env("JF_URL", &accessd.url()).stdin(&robot.token).run(&["token", "inspect", "--verify"]);
    run.failed(4, &["does not accept this token", "revoked"]);
}

#[test]
fn every_dry_run_changes_nothing() {
    let accessd = Accessd::start();
    let (jf, name) = (admin(&accessd), unique("robot"));
    let tokens: Vec<Minted> = (0..3).map(|_| robot(&accessd, &name, json!({}))).collect();
    let everything = || {
        let path = "/access/api/accessd/v1/tokens?state=all&limit=1000";
        let mut all = accessd.http().get(path).bearer(&accessd.admin_token()).send().expect(200).json();
        // What asks is used by asking.
        all["tokens"].as_array_mut().unwrap().iter_mut().for_each(|token| {
            token.as_object_mut().unwrap().remove("last_used");
        });
        all
    };
    let before = everything();
    for arguments in [
        &["--user", &name, "--dry-run"][..],
        &["--user", &name, "--dry-run", "--yes"],
        &["--unused-for", "0", "--dry-run", "--yes", "--format", "json"],
        &["--expires-within", "9999d", "--dry-run", "--yes", "--limit", "2"],
        &["--self", "--dry-run"],
        &[&tokens[0].id, &tokens[1].id, "--dry-run"],
    ] {
        jf.run(&[&["token", "revoke"], arguments].concat()).succeeded();
    }
    assert_eq!(everything(), before);
    assert!(tokens.iter().all(|token| accessd.accepts(&token.token)));
}

#[test]
fn each_way_to_revoke_ends_the_token() {
    let accessd = accessd();
    let (jf, name) = (admin(&accessd), unique("robot"));
    let by_id = robot(&accessd, &name, json!({}));
    jf.run(&["token", "revoke", &by_id.id]).succeeded();
    assert!(!accessd.accepts(&by_id.token));
    assert!(jf.run(&["token", "revoke", &by_id.id]).succeeded().stdout.contains("gone already"));
    // Whoever has the token can end it, without any other right, in either form.
    for _ in 0..2 {
        let leaked = robot(&accessd, &name, json!({"include_reference_token": true}));
        for text in [&leaked.reference_token, &leaked.token] {
            let finder = Jf::new().env("JF_URL", &accessd.url()).stdin(text);
            finder.run(&["token", "revoke", "-"]).succeeded();
            assert!(!accessd.accepts(&leaked.token));
        }
    }
    let own = robot(&accessd, &name, json!({}));
    somebody(&accessd, &own.token).run(&["token", "revoke", "--self"]).succeeded();
    assert!(!accessd.accepts(&own.token));
    let many: Vec<Minted> = (0..5).map(|_| robot(&accessd, &name, json!({"description": "many"}))).collect();
    let one = robot(&accessd, &name, json!({"description": "one"}));
    let run =
        jf.run(&["token", "revoke", "--user", &name, "--description", "man*", "--yes", "--format", "json"]);
    assert_eq!(run.json(), json!({"revoked": 5, "already_gone": 0, "failed": 0, "left": 0, "failures": []}));
    assert!(many.iter().all(|token| !accessd.accepts(&token.token)) && accessd.accepts(&one.token));
}

#[test]
fn who_revokes_all_its_own_tokens_loses_the_one_that_asks_last() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let others: Vec<Minted> = (0..3).map(|_| accessd.mint(&frog.token, json!({}))).collect();
    let run =
        somebody(&accessd, &frog.token).run(&["token", "revoke", "--user", &frog.name, "--yes"]).succeeded();
    assert_eq!(run.stdout, "revoked 4 tokens\n");
    assert!(run.stderr.contains("it is revoked last"), "{}", run.stderr);
    assert!(others.iter().all(|token| !accessd.accepts(&token.token)) && !accessd.accepts(&frog.token));
}

/// More than one batch; jf is killed on the way, and the same command does the rest.
#[test]
fn a_bulk_revocation_that_is_killed_is_finished_by_the_next() {
    let accessd = Accessd::start();
    let name = unique("robot");
    let tokens: Vec<String> = std::thread::scope(|scope| {
        let mint = || (0..200).map(|_| robot(&accessd, &name, json!({})).token).collect::<Vec<_>>();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(mint)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let command = ["token", "revoke", "--user", &name, "--yes", "--rate", "100"];
    let mut child = Command::new(program("jf"))
        .args(command)
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("JF_URL", accessd.url())
        .env("JF_ACCESS_TOKEN", accessd.admin_token())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let live = || tokens.iter().filter(|token| accessd.accepts(token)).count();
    let start = Instant::now();
    while accessd.accepts(&tokens[0]) && start.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let left = live();
    assert!(left > 0 && left < tokens.len(), "{left}");
    let run = admin(&accessd).run(&["token", "revoke", "--user", &name, "--yes"]).succeeded();
    assert_eq!(run.stdout, format!("revoked {left} tokens\n"));
    assert_eq!(live(), 0);
}

#[test]
fn a_rotated_token_is_like_the_old_one() {
    let accessd = accessd();
    let name = unique("robot");
    accessd.project("web");
    let old = robot(
        &accessd,
        &name,
        json!({"description": "ci", "expires_in": 7200, "audience": "jfrt@* jfac@*", "project_key": "web",
            "include_reference_token": true, "refreshable": true}),
    );
    let jf = admin(&accessd);
    let details = |id: &str| jf.run(&["token", "show", id, "--format", "json"]).json();
    let before = details(&old.id);
    let new = jf.run(&["token", "rotate", &old.id]).json();
    let after = details(new["token_id"].as_str().unwrap());
    for field in
        ["subject", "scope", "audience", "description", "project", "refreshable", "has_reference_token"]
    {
        assert_eq!(after[field], before[field], "{field}");
    }
    let lifetime = |token: &Value| token["expiry"].as_u64().unwrap() - token["issued_at"].as_u64().unwrap();
    assert_eq!((lifetime(&before), lifetime(&after)), (7200, 7200));
    assert!(accessd.accepts(new["reference_token"].as_str().unwrap()));
    for dead in [&old.token, &old.reference_token] {
        assert!(!accessd.accepts(dead));
    }
    accessd.ask_refresh(new["access_token"].as_str().unwrap(), &old.refresh_token).expect(404);
    // It is done, and says so.
    jf.run(&["token", "rotate", &old.id]).failed(6, &["was revoked, so there is nothing to rotate"]);
}

#[test]
fn with_a_grace_the_old_token_dies_later() {
    let accessd = accessd();
    let old = robot(&accessd, &unique("robot"), json!({}));
    let jf = admin(&accessd);
    let rotate = || jf.run(&["token", "rotate", &old.id, "--grace", "4"]).json();
    let new = rotate();
    assert!(accessd.accepts(&old.token));
    assert!(jf.run(&["token", "show", &old.id]).succeeded().stdout.contains("live, will be revoked in "));
    // Run again, it gives the same new token, and the old one no longer life.
    assert_eq!(rotate()["token_id"], new["token_id"]);
    std::thread::sleep(Duration::from_secs(5));
    assert!(!accessd.accepts(&old.token));
    assert!(accessd.accepts(new["access_token"].as_str().unwrap()));
}

fn stored(jf: &Jf) -> Value {
    let text = fs::read_to_string(jf.path(".jfrog/jfrog-cli.conf.v6")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["servers"][0].clone()
}

#[test]
fn a_configured_users_token_rotates_itself_and_a_groups_token_is_told_why_not() {
    let accessd = accessd();
    let User { token, name, .. } = accessd.new_user("frog");
    let jf = Jf::configured(&accessd, &token);
    for _ in 0..3 {
        let old = stored(&jf)["accessToken"].as_str().unwrap().to_owned();
        jf.run(&["token", "rotate", "--self"]).succeeded();
        let new = stored(&jf)["accessToken"].as_str().unwrap().to_owned();
        assert!(accessd.accepts(&new) && !accessd.accepts(&old));
    }
    assert_eq!(accessd.tokens_of(&name).len(), 1);
    assert_eq!(stored(&jf)["replacedTokenId"], Value::Null);
    let group = robot(&accessd, &unique("robot"), json!({}));
    let jf = Jf::configured(&accessd, &group.token);
    jf.run(&["token", "rotate", "--self"]).failed(5, &["creating tokens takes user scope"]);
    assert!(accessd.accepts(&group.token));
}

#[test]
fn a_refresh_from_what_atc_printed() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let printed = somebody(&accessd, &frog.token).run(&["atc", "--refreshable"]).succeeded().stdout;
    let pair: Value = serde_json::from_str(&printed).unwrap();
    let new = Jf::new().env("JF_URL", &accessd.url()).stdin(&printed).run(&["token", "refresh", "-"]).json();
    assert!(accessd.accepts(new["access_token"].as_str().unwrap()));
    assert!(!accessd.accepts(pair["access_token"].as_str().unwrap()));
    assert_ne!(new["refresh_token"], pair["refresh_token"]);
}

#[test]
fn a_program_has_a_token_that_works_and_dies_with_it() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let jf = somebody(&accessd, &frog.token).env("PATH", "/usr/bin:/bin");
    let jf_path = program("jf").to_string_lossy().into_owned();
    let script = format!("echo $JF_ACCESS_TOKEN; {jf_path} token show me; exit 5");
    let run = jf.run(&["token", "exec", "--expiry", "630", "--", "sh", "-c", &script]);
    assert_eq!(run.code, 5, "{}", run.stderr);
    let (token, shown) = run.stdout.split_once('\n').unwrap();
    assert!(
        shown.contains("description   jf token exec") && shown.contains("live, for 10 minutes"),
        "{shown}"
    );
    assert_ne!(token, frog.token);
    assert!(!accessd.accepts(token));
    assert_eq!(accessd.tokens_of(&frog.name).len(), 1);
}
