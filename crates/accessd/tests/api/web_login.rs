//! The log-in with the browser (access-api.md 1.7), both sides of it.

use crate::support::{Answer, PASSWORD, TOKENS, USERS, World, text};
use access_core::store::Store as _;
use access_core::{AccessSettings, SignatureAlgorithm};
use access_store::Fault;
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::json;

const REQUEST: &str = "/access/api/v2/authentication/jfrog_client_login/request";
const TOKEN: &str = "/access/api/v2/authentication/jfrog_client_login/token";
const SESSION: &str = "0b2ff2b5-3a0e-4f0e-9d4c-6f6d2f1e8a3c";
const CODE: &str = "8a3c";

async fn open(world: &World) {
    world.post(REQUEST, "", &json!({"session": SESSION})).await.expect(200);
}

async fn poll(world: &World) -> Answer {
    world.get(&format!("{TOKEN}/{SESSION}"), "").await
}

async fn send_form(world: &World, path: &str, from: (&str, &str), fields: &[(&str, &str)]) -> Answer {
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("host", "a.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .header(from.0, from.1);
    world.send(request.body(Body::from(form)).unwrap()).await
}

async fn approve_with(world: &World, fields: &[(&str, &str)]) -> Answer {
    send_form(world, "/ui/login", ("origin", "http://a.example"), fields).await
}

async fn approve(world: &World, username: &str, password: &str, code: &str) -> Answer {
    let fields = [
        ("session", SESSION),
        ("client", "JFrog-CLI"),
        ("username", username),
        ("password", password),
        ("code", code),
    ];
    approve_with(world, &fields).await
}

#[track_caller]
fn page(answer: &Answer, status: u16) -> String {
    let body = String::from_utf8(answer.body.clone()).unwrap();
    assert_eq!(answer.status, status, "{body}");
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(body.starts_with("<!doctype html>") && body.ends_with("</html>"), "{body}");
    body
}

#[tokio::test]
async fn a_log_in_gives_its_token_once() {
    let world = World::new().await;
    world.user("frog").await;
    open(&world).await;
    open(&world).await;
    assert_eq!(poll(&world).await.refusal(400).0, "BAD_REQUEST");
    let path = format!("/ui/login?jfClientSession={SESSION}&jfClientName=JFrog-CLI&jfClientCode=1");
    let form = page(&world.get(&path, "").await, 200);
    assert!(form.contains("JFrog-CLI") && form.contains("name=\"code\""), "{form}");
    assert!(!form.contains(">8a3c<") && !form.contains("value=\"8a3c\""), "the page must not tell the code");

    let done = page(&approve(&world, " Frog ", PASSWORD, " 8A3C ").await, 200);
    assert!(done.contains("Return to your terminal"), "{done}");
    let head = Request::builder().method(Method::HEAD).uri(format!("{TOKEN}/{SESSION}"));
    assert_eq!(world.send(head.body(Body::empty()).unwrap()).await.status, 405, "a HEAD ends nothing");
    let answer = poll(&world).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let token = answer.expect(200);
    let keys: Vec<&str> = token.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["token_id", "access_token", "refresh_token", "expires_in", "scope", "token_type"]);
    assert_eq!(
        (&token["scope"], &token["token_type"]),
        (&json!("applied-permissions/user"), &json!("Bearer"))
    );
    assert_eq!(poll(&world).await.refusal(404).0, "NOT_FOUND");
    page(&approve(&world, "frog", PASSWORD, CODE).await, 404);

    let access = text(&token, "access_token");
    let me = world.get(&format!("{TOKENS}/me"), &access).await.expect(200);
    assert!(text(&me, "subject").ends_with("/users/frog"));
    assert_eq!(me["description"], "web login of JFrog-CLI");
    let refresh = json!({"grant_type": "refresh_token", "refresh_token": token["refresh_token"]});
    world.post(TOKENS, &access, &refresh).await.expect(200);

    let trail = world.store.audit_trail(10).await.unwrap();
    let actions: Vec<&str> = trail.iter().map(|record| record.action.as_str()).collect();
    assert_eq!(actions[..3], ["token.refreshed", "token.created", "web_login.approved"]);
    assert!(trail.iter().all(|record| !format!("{record:?}").contains(SESSION)));
}

#[tokio::test]
async fn settings_at_run_time_hold_for_it_too_and_passwords_may_be_off_elsewhere() {
    const CONFIG: &str = "/access/api/v1/config";
    let world = World::new().await;
    world.user("frog").await;
    for (setting, body) in [
        ("token/default_expiry", json!({"default_token_expiration": 600})),
        ("security/authentication/basic_authentication_enabled", json!({"enabled": false})),
    ] {
        world.json(Method::PUT, &format!("{CONFIG}/{setting}"), &world.admin, &body).await.expect(200);
    }
    open(&world).await;
    page(&approve(&world, "frog", PASSWORD, CODE).await, 200);
    assert_eq!(poll(&world).await.expect(200)["expires_in"], 600);
}

#[tokio::test]
async fn sessions_are_random_live_five_minutes_and_wait_one_more_for_their_client() {
    let world = World::new().await;
    world.user("frog").await;
    for bad in
        [json!({}), json!({"session": "x"}), json!({"session": "00000000-0000-0000-0000-000000000000"})]
    {
        assert_eq!(world.post(REQUEST, "", &bad).await.refusal(400).0, "BAD_REQUEST", "{bad}");
    }
    assert_eq!(poll(&world).await.refusal(404).0, "NOT_FOUND", "never opened");
    for odd in ["x", "..", "%00", "8a3c"] {
        world.get(&format!("{TOKEN}/{odd}"), "").await.refusal(404);
    }
    open(&world).await;
    world.clock.advance(299);
    poll(&world).await.refusal(400);
    world.clock.advance(1);
    poll(&world).await.refusal(404);
    page(&approve(&world, "frog", PASSWORD, CODE).await, 404);

    open(&world).await;
    world.clock.advance(290);
    page(&approve(&world, "frog", PASSWORD, CODE).await, 200);
    world.clock.advance(59);
    poll(&world).await.expect(200);
    open(&world).await;
    page(&approve(&world, "frog", PASSWORD, CODE).await, 200);
    world.clock.advance(60);
    poll(&world).await.refusal(404);
}

#[tokio::test]
async fn wrong_codes_end_the_session_before_any_password_is_looked_at() {
    let world = World::new().await;
    world.user("frog").await;
    open(&world).await;
    for words in ["2 more tries", "One more try"] {
        let form = page(&approve(&world, "frog", "wrong-password", "0000").await, 400);
        assert!(form.contains(words), "{form}");
    }
    page(&approve(&world, "frog", PASSWORD, "").await, 404);
    poll(&world).await.refusal(404);
    // No password was counted as wrong.
    open(&world).await;
    for _ in 0..5 {
        let form = page(&approve(&world, "frog", "wrong-password", CODE).await, 403);
        assert!(form.contains("Wrong user name or password") && !form.contains("wrong-password"), "{form}");
    }
    let waits = approve(&world, "frog", PASSWORD, CODE).await;
    assert!(page(&waits, 429).contains("too many wrong passwords"));
    assert_eq!(waits.header("retry-after"), Some("1"));
    world.clock.advance(1);
    page(&approve(&world, "frog", PASSWORD, CODE).await, 200);
}

#[tokio::test]
async fn an_expired_password_is_renewed_on_the_page() {
    let world = World::new().await;
    world.user("frog").await;
    world.call(Method::POST, &format!("{USERS}/frog/password/expire"), &world.admin).await.expect(204);
    open(&world).await;
    let form = page(&approve(&world, "frog", PASSWORD, CODE).await, 200);
    assert!(form.contains("name=\"new_password_again\"") && !form.contains(PASSWORD), "{form}");
    poll(&world).await.refusal(400);
    let renew = async |new: &str, again: &str| {
        let fields = [
            ("session", SESSION),
            ("username", "frog"),
            ("password", PASSWORD),
            ("code", CODE),
            ("new_password", new),
            ("new_password_again", again),
        ];
        approve_with(&world, &fields).await
    };
    for (new, again) in [("Another-horse-8-battery", "x"), ("short", "short"), (PASSWORD, PASSWORD)] {
        let form = page(&renew(new, again).await, 400);
        assert!(form.contains("password") && !form.contains(new), "{form}");
    }
    page(&renew("Another-horse-8-battery", "Another-horse-8-battery").await, 200);
    poll(&world).await.expect(200);
}

/// To a waiting client 400 means that nobody has approved yet.
#[tokio::test]
async fn a_token_that_cannot_be_made_is_not_told_as_pending() {
    let settings = AccessSettings {
        signature: SignatureAlgorithm::Es256,
        default_expiry: 9_999_999_999,
        ..AccessSettings::default()
    };
    let world = World::with(settings).await;
    world.user("frog").await;
    open(&world).await;
    page(&approve(&world, "frog", PASSWORD, CODE).await, 200);
    poll(&world).await.refusal(500);
}

#[tokio::test]
async fn a_page_that_has_only_changed_the_password_says_so() {
    let world = World::new().await;
    world.user("frog").await;
    world.call(Method::POST, &format!("{USERS}/frog/password/expire"), &world.admin).await.expect(204);
    open(&world).await;
    world.store.fail("approve_web_login", Fault::Before);
    let new = "Another-horse-8-battery";
    let fields = [
        ("session", SESSION),
        ("username", "frog"),
        ("password", PASSWORD),
        ("code", CODE),
        ("new_password", new),
        ("new_password_again", new),
    ];
    let told = page(&approve_with(&world, &fields).await, 503);
    assert!(told.contains("Your password is changed"), "{told}");
    world.store.heal();
    page(&approve(&world, "frog", PASSWORD, CODE).await, 403);
    page(&approve(&world, "frog", new, CODE).await, 200);
}

#[tokio::test]
async fn who_is_shut_out_between_approval_and_token_gets_none() {
    for change in
        [json!({"status": "disabled"}), json!({"status": "locked"}), json!({"disable_ui_access": true})]
    {
        let world = World::new().await;
        world.user("frog").await;
        let path = format!("{USERS}/frog");
        open(&world).await;
        page(&approve(&world, "frog", PASSWORD, CODE).await, 200);
        world.json(Method::PATCH, &path, &world.admin, &change).await.expect(200);
        poll(&world).await.refusal(404);
        open(&world).await;
        page(&approve(&world, "frog", PASSWORD, CODE).await, 403);
        let back = json!({"status": "enabled", "disable_ui_access": false});
        world.json(Method::PATCH, &path, &world.admin, &back).await.expect(200);
        poll(&world).await.refusal(400);
    }
}

#[tokio::test]
async fn storage_trouble_ends_no_session() {
    let world = World::new().await;
    world.user("frog").await;
    open(&world).await;
    page(&approve(&world, "frog", PASSWORD, CODE).await, 200);
    world.store.fail_all(Fault::Before);
    poll(&world).await.refusal(503);
    page(&approve(&world, "frog", PASSWORD, CODE).await, 503);
    world.store.heal();
    poll(&world).await.expect(200);
}

#[tokio::test]
async fn where_it_is_switched_off_there_is_none() {
    let settings = AccessSettings {
        signature: SignatureAlgorithm::Es256,
        allow_web_login: false,
        ..AccessSettings::default()
    };
    let world = World::with(settings).await;
    world.post(REQUEST, "", &json!({"session": SESSION})).await.refusal(404);
    poll(&world).await.refusal(404);
    page(&approve(&world, "admin", PASSWORD, CODE).await, 404);
}

/// CVE-2021-23163: a form of another site.
#[tokio::test]
async fn reg_16_only_our_own_page_sends_our_forms() {
    let world = World::new().await;
    world.user("frog").await;
    open(&world).await;
    let login = [("session", SESSION), ("username", "frog"), ("password", PASSWORD), ("code", CODE)];
    let change = [
        ("username", "frog"),
        ("password", PASSWORD),
        ("new_password", "Another-horse-8-battery"),
        ("new_password_again", "Another-horse-8-battery"),
    ];
    for from in [
        ("x-nothing", ""),
        ("origin", "null"),
        ("origin", "https://evil.example"),
        ("origin", "http://a.example.evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("referer", "http://a.example/ui/login"),
    ] {
        page(&send_form(&world, "/ui/login", from, &login).await, 403);
        page(&send_form(&world, "/ui/password", from, &change).await, 403);
    }
    poll(&world).await.refusal(400);
    page(&send_form(&world, "/ui/login", ("sec-fetch-site", "same-origin"), &login).await, 200);
    poll(&world).await.expect(200);
    page(&send_form(&world, "/ui/password", ("sec-fetch-site", "same-origin"), &change).await, 200);
    page(&send_form(&world, "/ui/password", ("sec-fetch-site", "same-origin"), &change).await, 403);
    // A cookie is nobody's credential, and a JSON body is no form of a page.
    let request = Request::builder().uri(USERS).header("cookie", format!("ACCESSTOKEN={}", world.admin));
    world.send(request.body(Body::empty()).unwrap()).await.refusal(401);
}

/// CVE-2023-42662: a link that leaked the token.
#[tokio::test]
async fn reg_7_no_token_and_no_cookie_leaves_by_a_page() {
    let world = World::new().await;
    world.user("frog").await;
    open(&world).await;
    let path = format!("/ui/login?jfClientSession={SESSION}");
    let pages = [
        world.get(&path, "").await,
        world.get("/ui/login", "").await,
        world.get("/ui/login?a=1&a=2", "").await,
        world.get("/ui/login?jfClientSession=x", "").await,
        world.get("/ui/password", "").await,
        approve(&world, "frog", "wrong-password", CODE).await,
        approve(&world, "frog", PASSWORD, CODE).await,
    ];
    let token = poll(&world).await.expect(200);
    let secrets = [text(&token, "access_token"), text(&token, "refresh_token"), PASSWORD.to_owned()];
    for answer in pages {
        let body = page(&answer, answer.status);
        let csp = answer.header("content-security-policy").unwrap();
        for wanted in
            ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"]
        {
            assert!(csp.contains(wanted), "{csp}");
        }
        assert!(!csp.contains("unsafe") && !csp.contains("script-src"), "{csp}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("x-frame-options", "DENY"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name}");
        }
        assert_eq!((answer.header("set-cookie"), answer.header("location")), (None, None));
        assert!(!body.contains("<script") && !body.contains("style=") && !body.contains("http"), "{body}");
        for secret in &secrets {
            assert!(
                !body.contains(secret.as_str()) && !format!("{:?}", answer.headers).contains(secret.as_str())
            );
        }
    }
}

#[tokio::test]
async fn what_a_link_says_is_text_on_the_page() {
    let world = World::new().await;
    open(&world).await;
    for name in [
        "%3Cscript%3Ealert(1)%3C/script%3E",
        "%22%3E%3Cimg+src=x%3E",
        "%E2%80%AEfoo",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ] {
        let path = format!("/ui/login?jfClientSession={SESSION}&jfClientName={name}");
        let form = page(&world.get(&path, "").await, 200);
        assert!(
            form.contains("A tool asks for") && !form.contains("<script") && !form.contains("<img"),
            "{form}"
        );
    }
    let odd = [("session", SESSION), ("username", "\"><b>x"), ("password", "a<b>c-password"), ("code", CODE)];
    let form = page(&approve_with(&world, &odd).await, 403);
    assert!(!form.contains("<b>"), "{form}");
    let missing = [("session", SESSION), ("code", CODE)];
    assert!(page(&approve_with(&world, &missing).await, 400).contains("user name: is required"));
    let twice = [("session", SESSION), ("session", SESSION)];
    page(&approve_with(&world, &twice).await, 400);
    let json = world.json(Method::POST, "/ui/login", "", &json!({})).await;
    page(&json, 403);
}

#[tokio::test]
async fn the_stylesheet_is_there_and_nothing_else() {
    let world = World::new().await;
    let answer = world.get("/ui/style.css", "").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/css; charset=utf-8")));
    for path in ["/ui", "/ui/x", "/ui/login/x", "/ui/templates"] {
        world.get(path, "").await.refusal(404);
    }
}
