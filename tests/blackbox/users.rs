//! `/access/api/v2/users`: create, read, list with a cursor, change, delete, password, membership.

use crate::{TOKENS, USERS, accessd};
use serde_json::{Value, json};
use testkit::unique;

const DETAILS: [&str; 10] = [
    "username",
    "email",
    "admin",
    "effective_admin",
    "profile_updatable",
    "disable_ui_access",
    "internal_password_disabled",
    "realm",
    "groups",
    "status",
];

#[test]
fn a_user_is_created_with_defaults_and_read_back() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let name = unique("Frog");
    let body =
        json!({"username": name, "password": "Pass-word-1234", "email": "frog@example.com", "unknown": 1});
    let answer = accessd.http().post(USERS).bearer(&admin).json(&body).send().expect(201);
    assert_eq!(answer.keys(), DETAILS);
    assert!(!answer.body.contains("Pass-word-1234"));
    let created = answer.json();
    let lower = name.to_lowercase();
    assert_eq!(
        created,
        json!({
            "username": lower, "email": "frog@example.com", "admin": false, "effective_admin": false,
            "profile_updatable": true, "disable_ui_access": false, "internal_password_disabled": false,
            "realm": "internal", "groups": [], "status": "enabled",
        })
    );
    for path in [format!("{USERS}/{lower}"), format!("{USERS}/{name}")] {
        assert_eq!(accessd.http().get(&path).bearer(&admin).send().expect(200).json(), created);
    }
    let again = accessd.http().post(USERS).bearer(&admin).json(&body).send().expect(409);
    assert_eq!(again.error_code(), "CONFLICT");
    assert!(again.error_message().ends_with("already exists"), "{}", again.body);
}

#[test]
fn groups_named_at_creation_must_exist_and_auto_join_groups_are_added() {
    let accessd = testkit::Accessd::start();
    let admin = accessd.admin_token();
    let (chosen, auto) =
        (accessd.new_group("chosen", json!({})), accessd.new_group("auto", json!({"auto_join": true})));
    let create = |groups: Value| {
        let body = json!({"username": unique("frog"), "password": "Pass-word-1234", "email": "f@x.org", "groups": groups});
        accessd.http().post(USERS).bearer(&admin).json(body).send()
    };
    assert_eq!(create(json!([chosen])).expect(201).json()["groups"], json!([auto, chosen]));
    assert_eq!(create(json!([])).expect(201).json()["groups"], json!([auto]));
    let missing = create(json!(["group-unknown"]));
    assert!(matches!(missing.status, 400 | 404), "{}", missing.body);
    assert!(missing.error_message().contains("group-unknown"));
}

#[test]
fn changes_are_of_any_subset() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let frog = accessd.new_user("frog");
    let path = format!("{USERS}/{}", frog.name);
    for (change, key, value) in [
        (json!({"email": "new@example.com"}), "email", json!("new@example.com")),
        (json!({"profile_updatable": false}), "profile_updatable", json!(false)),
        (json!({"disable_ui_access": true}), "disable_ui_access", json!(true)),
        (json!({"internal_password_disabled": true}), "internal_password_disabled", json!(true)),
        (json!({"admin": true}), "effective_admin", json!(true)),
        (json!({"status": "locked"}), "status", json!("locked")),
        (json!({"status": "disabled"}), "status", json!("disabled")),
    ] {
        let changed = accessd.http().patch(&path).bearer(&admin).json(&change).send().expect(200).json();
        assert_eq!(changed[key], value, "{change}");
        assert_eq!(accessd.http().get(&path).bearer(&admin).send().expect(200).json(), changed);
    }
}

#[test]
fn who_is_not_there_is_not_found() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let path = format!("{USERS}/nobody-at-all");
    let http = accessd.http();
    for call in [
        http.get(&path),
        http.delete(&path),
        http.patch(&path).json("{}"),
        http.put(&format!("{path}/password")).json(r#"{"password":"Pass-word-1234"}"#),
        http.patch(&format!("{path}/groups")).json(r#"{"add":[]}"#),
    ] {
        let answer = call.bearer(&admin).send().expect(404);
        assert_eq!(answer.error_code(), "NOT_FOUND");
    }
}

#[test]
fn deleted_is_gone() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let path = format!("{USERS}/{}", frog.name);
    let answer = accessd.http().delete(&path).bearer(&accessd.admin_token()).send().expect(204);
    assert_eq!(answer.body, "");
    accessd.http().get(&path).bearer(&accessd.admin_token()).send().expect(404);
}

#[test]
fn a_password_can_be_changed() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let frog = accessd.new_user("frog");
    let path = format!("{USERS}/{}/password", frog.name);
    accessd.http().put(&path).bearer(&admin).json(r#"{"password":"New-pass-word-42"}"#).send().expect(204);
    accessd.http().get(TOKENS).basic(&frog.name, &frog.password).send().expect(401);
    accessd.http().get(TOKENS).basic(&frog.name, "New-pass-word-42").send().expect(200);
    for bad in [r#"{}"#, r#"{"password":""}"#, r#"{"password":1}"#, r#"{"password":null}"#] {
        let answer = accessd.http().put(&path).bearer(&admin).json(bad).send().expect(400);
        assert!(answer.error_message().contains("password"), "{}", answer.body);
    }
    let seen = accessd.http().get(&format!("{USERS}/{}", frog.name)).bearer(&admin).send().expect(200).json();
    assert!(seen["last_logged_in"].is_string(), "{seen}");
}

#[test]
fn membership_is_added_and_removed() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let frog = accessd.new_user("frog");
    let (a, b) = (accessd.new_group("a", json!({})), accessd.new_group("b", json!({})));
    let path = format!("{USERS}/{}/groups", frog.name);
    let change = |body: Value| accessd.http().patch(&path).bearer(&admin).json(body).send();
    assert_eq!(change(json!({"add": [a, b]})).expect(200).json(), json!({"groups": [a, b]}));
    assert_eq!(change(json!({"add": [a], "remove": [b]})).expect(200).json(), json!({"groups": [a]}));
    assert_eq!(change(json!({"remove": ["not-a-member"]})).expect(200).json(), json!({"groups": [a]}));
    let missing = change(json!({"add": ["group-unknown"]}));
    assert!(matches!(missing.status, 400 | 404), "{}", missing.body);
    assert!(missing.error_message().contains("group-unknown"), "{}", missing.body);
    for bad in [json!({}), json!({"add": "x"}), json!({"add": [a], "remove": [a]}), json!({"add": [1]})] {
        change(bad).expect(400);
    }
}

#[test]
fn a_locked_user_can_be_unlocked() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let frog = accessd.new_user("frog");
    accessd.change_user(&frog.name, json!({"status": "locked"}));
    assert!(accessd.accepts(&frog.token), "its tokens go on");
    accessd.ask_token(&frog.token, json!({})).expect(403);
    let path = format!("{USERS}/{}/unlock", frog.name);
    accessd.http().post(&path).bearer(&frog.token).send().expect(403);
    accessd.http().post(&path).bearer(&admin).send().expect(204);
    accessd.mint(&frog.token, json!({}));
    accessd.http().post(&format!("{USERS}/nobody-at-all/unlock")).bearer(&admin).send().expect(404);
}

#[test]
fn the_list_goes_by_pages() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let word = unique("page");
    let mut names: Vec<String> = (0..5).map(|_| accessd.new_user(&word).name).collect();
    names.sort_unstable();
    let page = |query: &str| {
        let answer =
            accessd.http().get(&format!("{USERS}?username={word}{query}")).bearer(&admin).send().expect(200);
        answer.json()
    };
    let names_of = |page: &Value| -> Vec<String> {
        page["users"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["username"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = page("");
    assert_eq!(names_of(&all), names);
    assert!(all.get("cursor").is_none(), "no more pages: {all}");
    let first = &all["users"][0];
    assert_eq!(first.as_object().unwrap().keys().collect::<Vec<_>>(), ["username", "uri", "realm", "status"]);
    assert!(first["uri"].as_str().unwrap().ends_with(&format!("{USERS}/{}", names[0])), "{first}");

    let mut seen = Vec::new();
    let mut cursor = String::new();
    for _ in 0..5 {
        let page = page(&format!("&limit=2{cursor}"));
        assert!(names_of(&page).len() <= 2);
        seen.extend(names_of(&page));
        match page["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={}", next.replace('+', "%2B").replace('=', "%3D")),
            None => break,
        }
    }
    assert_eq!(seen, names);

    names.reverse();
    assert_eq!(names_of(&page("&descendingOrder=true")), names);
    accessd.change_user(&names[0], json!({"status": "disabled", "admin": false}));
    accessd.change_user(&names[1], json!({"admin": true}));
    assert_eq!(names_of(&page("&status=disabled")), [names[0].clone()]);
    assert_eq!(names_of(&page("&onlyAdmins=true")), [names[1].clone()]);
    for bad in ["&limit=0", "&limit=1001", "&limit=x", "&cursor=%00nonsense", "&status=gone", "&onlyAdmins=2"]
    {
        let answer = accessd.http().get(&format!("{USERS}?username={word}{bad}")).bearer(&admin).send();
        assert_eq!(answer.status, 400, "{bad}: {}", answer.body);
    }
}

#[test]
fn bad_input_is_refused_by_name() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    for (body, word) in [
        (json!({"password": "Pass-word-1234"}), "username"),
        (json!({"username": "", "password": "Pass-word-1234"}), "username"),
        (json!({"username": "a/b", "password": "Pass-word-1234"}), "Invalid formatted name"),
        (json!({"username": "n".repeat(256), "password": "Pass-word-1234"}), "255"),
        (json!({"username": "new\u{0}", "password": "Pass-word-1234"}), "username"),
        (json!({"username": "new-one", "password": 1}), "password"),
        (json!({"username": "new-one", "password": "Pass-word-1234", "admin": "yes"}), "admin"),
        (json!({"username": "new-one", "password": "Pass-word-1234", "status": "gone"}), "status"),
        (json!({"username": "new-one", "password": "Pass-word-1234", "groups": "readers"}), "groups"),
        (json!({"username": "new-one", "password": "Pass-word-1234", "email": "e".repeat(300)}), "email"),
    ] {
        let answer = accessd.http().post(USERS).bearer(&admin).json(&body).send();
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        assert!(answer.error_message().contains(word), "{body}: {}", answer.body);
    }
    accessd.http().get(&format!("{USERS}/new-one")).bearer(&admin).send().expect(404);
}

#[test]
fn the_last_administrator_stays() {
    let accessd = testkit::Accessd::start();
    let admin = accessd.admin_token();
    let path = format!("{USERS}/admin");
    for call in [
        accessd.http().delete(&path),
        accessd.http().patch(&path).json(r#"{"admin":false}"#),
        accessd.http().patch(&path).json(r#"{"status":"disabled"}"#),
    ] {
        let answer = call.bearer(&admin).send().expect(409);
        assert_eq!(answer.error_code(), "CONFLICT");
    }
    let boss = accessd.new_admin("boss");
    accessd.http().delete(&path).bearer(&boss.token).send().expect(204);
}
