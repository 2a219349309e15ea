//! Every documented option of `jf atc`, against the real service, with the token used afterwards.

use crate::{TOKENS, accessd};
use serde_json::{Value, json};
use testkit::{Accessd, Jf, Run, claims};

/// What the service says of the token that a command printed, asked with the token itself.
#[track_caller]
fn used(accessd: &Accessd, printed: &Value) -> Value {
    let info = accessd.whoami(printed["access_token"].as_str().unwrap()).expect(200).json();
    assert_eq!(info["token_id"], printed["token_id"]);
    info
}

fn keys(printed: &Value) -> Vec<&str> {
    printed.as_object().unwrap().keys().map(String::as_str).collect()
}

fn owner(info: &Value) -> &str {
    info["subject"].as_str().unwrap().rsplit('/').next().unwrap()
}

// The examples of the command's page, as they stand.

#[test]
fn example_atc() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let printed = Jf::configured(&accessd, &frog.token).run(&["atc"]).json();
    assert_eq!(keys(&printed), ["scope", "access_token", "expires_in", "token_type", "token_id"]);
    assert_eq!(
        (&printed["scope"], &printed["token_type"]),
        (&json!("applied-permissions/user"), &json!("Bearer"))
    );
    assert_eq!(printed["expires_in"], 31_536_000);
    assert_eq!(owner(&used(&accessd, &printed)), frog.name);
}

#[test]
fn example_atc_frog() {
    let accessd = accessd();
    let (boss, frog) = (accessd.new_admin("boss"), accessd.new_user("frog"));
    let printed = Jf::configured(&accessd, &boss.token).run(&["atc", &frog.name]).json();
    assert_eq!(owner(&used(&accessd, &printed)), frog.name);
    let printed = Jf::configured(&accessd, &boss.token).run(&["atc", &frog.name.to_uppercase()]).json();
    assert_eq!(owner(&used(&accessd, &printed)), frog.name, "names are lower case");
}

#[test]
fn example_atc_frog_with_address_and_token() {
    let accessd = accessd();
    let (boss, frog) = (accessd.new_admin("boss"), accessd.new_user("frog"));
    let (url, token) = (format!("--url={}", accessd.url()), format!("--access-token={}", boss.token));
    let printed = Jf::new().run(&["atc", &frog.name, &url, &token]).json();
    assert_eq!(owner(&used(&accessd, &printed)), frog.name);
}

#[test]
fn example_refreshable_with_an_expiry() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let printed =
        Jf::configured(&accessd, &frog.token).run(&["atc", "--refreshable", "--expiry=3600"]).json();
    assert_eq!(
        keys(&printed),
        ["scope", "access_token", "expires_in", "token_type", "refresh_token", "token_id"]
    );
    assert_eq!(printed["expires_in"], 3600);
    assert_eq!(used(&accessd, &printed)["refreshable"], true);
    let text = |key: &str| printed[key].as_str().unwrap();
    let answer = accessd.ask_refresh(text("access_token"), text("refresh_token")).expect(200);
    assert!(accessd.accepts(answer.json()["access_token"].as_str().unwrap()));
}

#[test]
fn example_groups_with_a_description() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    let run = Jf::configured(&accessd, &boss.token)
        .run(&["atc", "--groups", "readers,writers", "--description", "nightly build"])
        .succeeded();
    let printed: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(printed["scope"], "applied-permissions/groups:readers,writers");
    assert_eq!(used(&accessd, &printed)["description"], "nightly build");
    assert!(
        run.stderr.contains("readers") && run.stderr.contains("writers"),
        "the groups do not exist: {}",
        run.stderr
    );
}

#[test]
fn example_a_reference_token_without_end() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    let printed = Jf::configured(&accessd, &boss.token).run(&["atc", "--reference", "--expiry", "0"]).json();
    assert_eq!(keys(&printed), ["scope", "access_token", "token_type", "reference_token", "token_id"]);
    let reference = printed["reference_token"].as_str().unwrap();
    assert_eq!(reference.len(), 64);
    assert!(used(&accessd, &printed).get("expiry").is_none());
    assert!(accessd.accepts(reference));
    accessd.revoke(&boss.token, printed["token_id"].as_str().unwrap()).expect(200);
    assert!(!accessd.accepts(reference), "revocable by itself");
}

#[test]
fn example_grant_admin_with_an_audience() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    let printed = Jf::configured(&accessd, &boss.token)
        .run(&["atc", "--grant-admin", "--audience", "jfrt@* jfac@*"])
        .json();
    assert_eq!(printed["scope"], "applied-permissions/admin");
    let token = printed["access_token"].as_str().unwrap();
    assert_eq!(claims(token)["aud"], json!(["jfrt@*", "jfac@*"]));
    accessd.http().get(crate::USERS).bearer(token).send().expect(200);
}

#[test]
fn example_a_scope_with_quotes_for_a_name_that_is_nobodys() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    let robot = testkit::unique("robot");
    let scope = r#"applied-permissions/groups:"group 2",readers"#;
    let run = Jf::configured(&accessd, &boss.token).run(&["atc", &robot, "--scope", scope]).succeeded();
    let printed: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(printed["scope"], scope);
    assert_eq!(owner(&used(&accessd, &printed)), robot);
    assert!(run.stderr.contains(&robot), "the warning names it: {}", run.stderr);
}

#[test]
fn example_the_long_name_a_server_a_project_and_a_role() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    accessd.project("web");
    let jf = Jf::new();
    jf.run(&["config", "add", "prod", "--url", &accessd.url(), "--access-token", &boss.token]).succeeded();
    let printed = jf
        .run(&[
            "access-token-create",
            "--server-id",
            "prod",
            "--project",
            "web",
            "--scope",
            "applied-permissions/roles:web:Developer",
        ])
        .json();
    assert_eq!(printed["scope"], "applied-permissions/roles:web:Developer");
    assert_eq!(used(&accessd, &printed)["project"], "web");
}

// What the examples leave open.

#[test]
fn groups_and_grant_admin_go_together() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    let scope = Jf::with_flags(&accessd, &boss.token).atc(&["--groups=g1", "--grant-admin"]).text("scope");
    assert_eq!(scope, "applied-permissions/groups:g1 applied-permissions/admin");
}

#[test]
fn a_group_name_with_a_comma_goes_between_quotes() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    let group = format!("{}, second", testkit::unique("group"));
    accessd.http().post(crate::GROUPS).bearer(&boss.token).json(json!({"name": group})).send().expect(201);
    let run = Jf::with_flags(&accessd, &boss.token).atc(&["--groups", &format!("\"{group}\"")]).succeeded();
    assert!(run.stdout.contains(&group));
    assert!(!run.stderr.contains(&group), "the group is found: {}", run.stderr);
}

#[test]
fn values_can_be_written_in_every_way_that_scripts_write_them() {
    let accessd = accessd();
    let (boss, frog) = (accessd.new_admin("boss"), accessd.new_user("frog"));
    let jf = Jf::with_flags(&accessd, &boss.token);
    let lifetime = |run: Run| run.json()["expires_in"].as_u64();
    for arguments in [
        &["--expiry", "77", &frog.name][..],
        &["--expiry=77", &frog.name],
        &["-expiry", "77", &frog.name],
        &["-expiry=77", &frog.name],
        &[&frog.name, "--expiry", "77"],
        &[&frog.name, "-expiry=77"],
        &["--expiry", "5", &frog.name, "--expiry", "77"],
        &["--refreshable", &frog.name, "--expiry", "77"],
        &["--reference=false", "--refreshable=F", "--expiry", "77", "--", &frog.name],
        &["--expiry=+77", &frog.name],
        &["--description", "--expiry", &frog.name, "--expiry=77"],
    ] {
        assert_eq!(lifetime(jf.atc(arguments)), Some(77), "{arguments:?}");
    }
    for (flag, has_one) in [
        ("--refreshable", true),
        ("-refreshable", true),
        ("--refreshable=true", true),
        ("--refreshable=1", true),
        ("--refreshable=T", true),
        ("--refreshable=false", false),
        ("--refreshable=0", false),
        ("--refreshable=False", false),
    ] {
        assert_eq!(jf.atc(&[flag]).json()["refresh_token"].is_string(), has_one, "{flag}");
    }
    assert!(
        jf.atc(&["--refreshable", "--refreshable=false"]).json().get("refresh_token").is_none(),
        "the last one wins"
    );
}

#[test]
fn an_expiry_may_be_a_duration() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    let jf = Jf::with_flags(&accessd, &boss.token);
    for (text, seconds) in [
        ("3600", Some(3600)),
        ("12h", Some(43_200)),
        ("30d", Some(2_592_000)),
        ("90s", Some(90)),
        ("5m", Some(300)),
        ("never", None),
        ("0", None),
    ] {
        assert_eq!(jf.atc(&["--expiry", text]).json()["expires_in"].as_u64(), seconds, "{text}");
    }
}

#[test]
fn an_empty_value_is_none() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let jf = Jf::with_flags(&accessd, &frog.token);
    let printed = jf.atc(&["--project=", "--description=", "--audience=", "--server-id="]).json();
    assert_eq!(printed["scope"], "applied-permissions/user");
    let printed = jf.atc(&[""]).json();
    assert_eq!(owner(&used(&accessd, &printed)), frog.name);
}

#[test]
fn the_own_name_is_fine_and_anothers_is_for_administrators() {
    let accessd = accessd();
    let (frog, toad) = (accessd.new_user("frog"), accessd.new_user("toad"));
    let jf = Jf::with_flags(&accessd, &frog.token);
    jf.atc(&[&frog.name]).succeeded();
    jf.atc(&["--user", &frog.name]).succeeded();
    let before = accessd.tokens_of(&toad.name).len();
    jf.atc(&[&toad.name]).failed(5, &["username", "administrator"]);
    jf.atc(&["--grant-admin"]).failed(5, &["scope", "administrator"]);
    jf.atc(&["--groups", "readers"]).failed(5, &["scope", "administrator"]);
    jf.atc(&["--expiry", "0"]).failed(5, &["expires_in", "administrator"]);
    jf.atc(&["--project", "web"]).failed(5, &["project_key", "administrator"]);
    assert_eq!(accessd.tokens_of(&toad.name).len(), before);
    assert_eq!(accessd.tokens_of(&frog.name).len(), 3);
}

#[test]
fn the_grouped_name_does_the_same() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let printed = Jf::configured(&accessd, &frog.token).run(&["token", "create", "--expiry", "60"]).json();
    assert_eq!(printed["expires_in"], 60);
    assert_eq!(owner(&used(&accessd, &printed)), frog.name);
}

#[test]
fn the_token_is_shown_once_and_never_again() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let jf = Jf::configured(&accessd, &frog.token);
    let printed = jf.run(&["atc", "--refreshable", "--reference"]).json();
    let path = format!("{TOKENS}/{}", printed["token_id"].as_str().unwrap());
    let later = [
        accessd.http().get(&path).bearer(&accessd.admin_token()).send().expect(200).body,
        accessd.http().get(TOKENS).bearer(&frog.token).send().expect(200).body,
        accessd.whoami(printed["access_token"].as_str().unwrap()).body,
        jf.run(&["config", "show"]).stdout,
    ];
    for key in ["access_token", "refresh_token", "reference_token"] {
        let secret = printed[key].as_str().unwrap();
        assert!(later.iter().all(|text| !text.contains(secret)), "{key}");
    }
}
