//! Passwords: what they must be, their end and change, and guessing that is slowed down.

use crate::support::{Answer, PASSWORD, TOKENS, USERS, World, text};
use access_core::clock::Clock;
use access_core::{AccessSettings, SignatureAlgorithm};
use access_store::Fault;
use axum::body::Body;
use axum::http::{Method, Request};
use base64::Engine as _;
use serde_json::json;

const ME: &str = "/access/api/v1/tokens/me";
const VERSION: &str = "/artifactory/api/system/version";
const CHANGE: &str = "/artifactory/api/security/users/authorization/changePassword";
const NEW: &str = "Another-horse-8-battery";

async fn log_in(world: &World, username: &str, password: &str) -> Answer {
    at(world, VERSION, username, password).await
}

async fn at(world: &World, path: &str, username: &str, password: &str) -> Answer {
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{username}:{password}"));
    let request = Request::builder().uri(path).header("authorization", format!("Basic {basic}"));
    world.send(request.body(Body::empty()).unwrap()).await
}

async fn change(world: &World, username: &str, old: &str, new: &str) -> Answer {
    let body = json!({"userName": username, "oldPassword": old, "newPassword1": new, "newPassword2": new});
    world.post(CHANGE, "", &body).await
}

fn settings(change: impl FnOnce(&mut AccessSettings)) -> AccessSettings {
    let mut settings = AccessSettings { signature: SignatureAlgorithm::Es256, ..AccessSettings::default() };
    change(&mut settings);
    settings
}

#[tokio::test]
async fn new_passwords_are_good_enough_wherever_they_are_set() {
    let world = World::with(settings(|settings| settings.password_min_length = 15)).await;
    world.user("frog").await;
    for bad in
        ["fourteen chars", "frogfrogfrogfrog", "Password123456!", "aaaaaaaaaaaaaaaaaaa", "1234567890123456"]
    {
        let body = json!({"username": "new", "password": bad});
        let refused = [
            world.post(USERS, &world.admin, &body).await.expect(400),
            world
                .json(Method::PATCH, &format!("{USERS}/frog"), &world.admin, &json!({"password": bad}))
                .await
                .expect(400),
            world
                .json(Method::PUT, &format!("{USERS}/frog/password"), &world.admin, &json!({"password": bad}))
                .await
                .expect(400),
            change(&world, "frog", PASSWORD, bad).await.expect(400),
        ];
        for body in refused {
            let message = text(&body["errors"][0], "message");
            assert!(message.starts_with("password: ") && !message.contains(bad), "{message}");
        }
    }
    log_in(&world, "frog", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_password_that_an_administrator_lets_expire_only_sets_a_new_one() {
    let world = World::new().await;
    world.user("frog").await;
    let token = world.token_of("frog").await;
    let expire = format!("{USERS}/frog/password/expire");
    world.call(Method::POST, &expire, &token).await.refusal(403);
    world.call(Method::POST, &format!("{USERS}/nobody/password/expire"), &world.admin).await.refusal(404);
    world.call(Method::POST, &expire, &world.admin).await.expect(204);

    let (code, words) = at(&world, ME, "frog", PASSWORD).await.refusal(401);
    assert_eq!(code, "UNAUTHORIZED");
    assert!(words.contains("password has expired"), "{words}");
    let body = log_in(&world, "frog", PASSWORD).await.expect(401);
    assert!(text(&body["errors"][0], "message").contains("expired"));
    let wrong = log_in(&world, "frog", "wrong-password").await.expect(401);
    assert_eq!(wrong["errors"][0]["message"], "Bad Credentials", "only who has it learns that it expired");
    world.get(ME, &token).await.expect(200);
    let own = format!("{USERS}/frog/password");
    world.json(Method::PUT, &own, &token, &json!({"password": NEW})).await.refusal(403);

    change(&world, "frog", PASSWORD, PASSWORD).await.expect(400);
    let answer = change(&world, "Frog", PASSWORD, NEW).await;
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (200, &b"Password has been successfully changed"[..])
    );
    log_in(&world, "frog", NEW).await.expect(200);
    log_in(&world, "frog", PASSWORD).await.expect(401);
    world.get(ME, &token).await.expect(200);
}

#[tokio::test]
async fn passwords_grow_old_where_the_operator_says_so() {
    let world = World::with(settings(|settings| settings.password_max_age = 90 * 86_400)).await;
    world.user("frog").await;
    world.clock.advance(90 * 86_400 - 1);
    log_in(&world, "frog", PASSWORD).await.expect(200);
    world.clock.advance(1);
    log_in(&world, "frog", PASSWORD).await.expect(401);
    change(&world, "frog", PASSWORD, NEW).await;
    log_in(&world, "frog", NEW).await.expect(200);
}

#[tokio::test]
async fn changing_the_own_password_takes_the_old_one_and_the_right_to() {
    let world = World::new().await;
    world.user("frog").await;
    for (username, old, status) in
        [("frog", "wrong-password", 401), ("nobody", PASSWORD, 401), ("a/b", PASSWORD, 401)]
    {
        let body = change(&world, username, old, NEW).await.expect(status);
        assert_eq!(body["errors"][0], json!({"status": 401, "message": "Bad Credentials"}), "{username}");
    }
    let differ =
        json!({"userName": "frog", "oldPassword": PASSWORD, "newPassword1": NEW, "newPassword2": "x"});
    world.post(CHANGE, "", &differ).await.expect(400);
    let path = format!("{USERS}/frog");
    world.json(Method::PATCH, &path, &world.admin, &json!({"profile_updatable": false})).await.expect(200);
    change(&world, "frog", PASSWORD, NEW).await.expect(403);
    world.json(Method::PATCH, &path, &world.admin, &json!({"status": "disabled"})).await.expect(200);
    change(&world, "frog", PASSWORD, NEW).await.expect(401);
}

/// What an administrator sets is not undone by who still has the old password, however the two meet.
#[tokio::test(flavor = "multi_thread")]
async fn an_administrators_reset_outlives_requests_with_the_old_password() {
    let world = World::new().await;
    let reset = "Reset-horse-9-battery";
    for round in 0..4 {
        let name = format!("frog{round}");
        world.user(&name).await;
        let path = format!("{USERS}/{name}/password");
        let news: Vec<String> = (0..6).map(|n| format!("Mine-horse-{n}-battery")).collect();
        let own = news.iter().map(|new| with_password(&world, Method::PUT, &path, (&name, PASSWORD), new));
        let admins = json!({"password": reset});
        let (own, admins) = tokio::join!(
            futures_util::future::join_all(own),
            world.json(Method::PUT, &path, &world.admin, &admins)
        );
        admins.expect(204);
        let count = |status| own.iter().filter(|answer| answer.status == status).count();
        assert!(count(204) <= 1, "one change with the old password, if any");
        assert_eq!(count(204) + count(409) + count(401) + count(429), own.len(), "{own:?}");
        world.call(Method::POST, &format!("{USERS}/{name}/unlock"), &world.admin).await.expect(204);
        log_in(&world, &name, reset).await.expect(200);
    }
}

async fn with_password(world: &World, method: Method, path: &str, by: (&str, &str), new: &str) -> Answer {
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", by.0, by.1));
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Basic {basic}"))
        .header("content-type", "application/json");
    world.send(request.body(Body::from(json!({"password": new}).to_string())).unwrap()).await
}

#[tokio::test]
async fn the_own_password_is_set_by_the_rules_of_its_change() {
    let world = World::new().await;
    world.user("frog").await;
    let path = format!("{USERS}/frog/password");
    let set =
        async |old: &str, new: &str| with_password(&world, Method::PUT, &path, ("frog", old), new).await;
    let (_, words) = set(PASSWORD, PASSWORD).await.refusal(400);
    assert!(words.contains("another than the old one"), "{words}");
    set(PASSWORD, "short").await.refusal(400);
    set(PASSWORD, NEW).await.expect(204);
    log_in(&world, "frog", NEW).await.expect(200);
    world.json(Method::PUT, &path, &world.admin, &json!({"password": NEW})).await.expect(204);
    let fixed = json!({"profile_updatable": false});
    world.json(Method::PATCH, &format!("{USERS}/frog"), &world.admin, &fixed).await.expect(200);
    set(NEW, PASSWORD).await.refusal(403);
}

#[tokio::test]
async fn where_passwords_are_off_they_are_changed_on_the_page_only() {
    const BASIC: &str = "/access/api/v1/config/security/authentication/basic_authentication_enabled";
    let world = World::new().await;
    world.user("frog").await;
    world.json(Method::PUT, BASIC, &world.admin, &json!({"enabled": false})).await.expect(200);
    for old in [PASSWORD, "wrong-password"] {
        let body = change(&world, "frog", old, NEW).await.expect(401);
        assert!(text(&body["errors"][0], "message").contains("switched off"), "{body}");
    }
    let fields =
        [("username", "frog"), ("password", PASSWORD), ("new_password", NEW), ("new_password_again", NEW)];
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::builder()
        .method(Method::POST)
        .uri("/ui/password")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(world.send(request.body(Body::from(form)).unwrap()).await.status, 200);
    world.json(Method::PUT, BASIC, &world.admin, &json!({"enabled": true})).await.expect(200);
    log_in(&world, "frog", NEW).await.expect(200);
}

/// Wrong passwords until the next try has to wait.
async fn guess(world: &World, username: &str) {
    for _ in 0..5 {
        log_in(world, username, "wrong-password").await.expect(401);
    }
    let answer = log_in(world, username, "wrong-password").await;
    answer.expect(429);
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.header("www-authenticate"), None);
}

/// T37, and reg 56: a limiter that never let go.
#[tokio::test]
async fn reg_56_guessing_waits_twice_as_long_each_time_and_time_alone_ends_it() {
    let world = World::new().await;
    world.user("frog").await;
    let token = world.token_of("frog").await;
    let reference = world.token(&json!({"username": "frog", "include_reference_token": true})).await;
    let reference = text(&reference, "reference_token");
    guess(&world, "frog").await;
    // While it waits not even the right password is looked at, on any path; tokens go on.
    log_in(&world, "frog", PASSWORD).await.expect(429);
    assert_eq!(at(&world, ME, "frog", PASSWORD).await.refusal(429).0, "TOO_MANY_REQUESTS");
    change(&world, "frog", PASSWORD, NEW).await.expect(429);
    let refresh = json!({"grant_type": "refresh_token", "refresh_token": "acrt_x"});
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("frog:{PASSWORD}"));
    let request = Request::builder().method(Method::POST).uri(TOKENS);
    let request = request.header("authorization", format!("Basic {basic}"));
    let request = request.header("content-type", "application/json").body(Body::from(refresh.to_string()));
    world.send(request.unwrap()).await.expect(429);
    for token in [&token, &reference] {
        world.get(ME, token).await.expect(200);
        log_in(&world, "frog", token).await.expect(200);
        log_in(&world, "", token).await.expect(200);
    }
    let mut wait = 1;
    while wait < 300 {
        world.clock.advance(wait - 1);
        if wait > 1 {
            log_in(&world, "frog", PASSWORD).await.expect(429);
        }
        world.clock.advance(1);
        log_in(&world, "frog", "wrong-password").await.expect(401);
        wait = (wait * 2).min(300);
        let answer = log_in(&world, "frog", PASSWORD).await;
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some(wait.to_string().as_str())));
    }
    world.clock.advance(300);
    log_in(&world, "frog", PASSWORD).await.expect(200);
    guess(&world, "frog").await;
}

#[tokio::test]
async fn reg_56_a_clock_that_is_set_back_locks_nobody_out() {
    let world = World::new().await;
    world.user("frog").await;
    guess(&world, "frog").await;
    world.clock.set(world.clock.now() - 30 * 86_400);
    log_in(&world, "frog", PASSWORD).await.expect(200);
}

/// CVE-2025-6004: one more spelling of the name, five more guesses.
#[tokio::test]
async fn reg_35_every_spelling_of_a_name_counts_as_the_same() {
    let world = World::new().await;
    world.user("frog").await;
    for spelling in ["frog", "Frog", "FROG", "fRog", "froG"] {
        log_in(&world, spelling, "wrong-password").await.expect(401);
    }
    for spelling in ["frog", "FrOg", " frog", "frog ", "FR OG", "\tfrog", "frog\u{a0}"] {
        log_in(&world, spelling, PASSWORD).await.expect(429);
    }
    // No other spelling is the user, so none of these is a guess at it either.
    world.user("toad").await;
    for spelling in [" toad", "toad ", "to ad", "toad\u{a0}", "ｔoad", "toad\u{200b}", "tоad"] {
        log_in(&world, spelling, PASSWORD).await.expect(401);
    }
}

/// A7: words, status and waits tell nobody which names exist.
#[tokio::test]
async fn reg_38_unknown_names_are_answered_as_known_ones_are() {
    let world = World::new().await;
    world.user("frog").await;
    world.user("off").await;
    let off = format!("{USERS}/off");
    world.json(Method::PATCH, &off, &world.admin, &json!({"status": "disabled"})).await.expect(200);
    let mut seen: Vec<Vec<(u16, Vec<u8>)>> = Vec::new();
    for name in ["frog", "nobody", "off", "not/a/name"] {
        let mut answers = Vec::new();
        for _ in 0..8 {
            let answer = log_in(&world, name, "wrong-password").await;
            answers.push((answer.status, answer.body));
        }
        seen.push(answers);
    }
    assert_eq!(
        seen[0].iter().map(|(status, _)| *status).collect::<Vec<_>>(),
        [401, 401, 401, 401, 401, 429, 429, 429]
    );
    assert!(seen.iter().all(|answers| *answers == seen[0]));
}

#[tokio::test]
async fn the_right_password_an_administrator_and_a_new_password_end_the_count() {
    let world = World::new().await;
    world.user("frog").await;
    for _ in 0..3 {
        for _ in 0..4 {
            log_in(&world, "frog", "wrong-password").await.expect(401);
        }
        log_in(&world, "frog", PASSWORD).await.expect(200);
    }
    guess(&world, "frog").await;
    world.call(Method::POST, &format!("{USERS}/frog/unlock"), &world.admin).await.expect(204);
    log_in(&world, "frog", PASSWORD).await.expect(200);
    guess(&world, "frog").await;
    let path = format!("{USERS}/frog/password");
    world.json(Method::PUT, &path, &world.admin, &json!({"password": NEW})).await.expect(204);
    log_in(&world, "frog", NEW).await.expect(200);
}

#[tokio::test]
async fn guesses_sent_together_are_counted_too() {
    let world = World::new().await;
    world.user("frog").await;
    let guesses = (0..40).map(|_| log_in(&world, "frog", "wrong-password"));
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 401).count();
    let width = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    assert!((5..5 + width).contains(&looked_at), "{looked_at} passwords were looked at");
    assert!(answers.iter().all(|answer| [401, 429].contains(&answer.status)));
}

#[tokio::test]
async fn a_guess_that_cannot_be_counted_is_no_free_one() {
    let world = World::new().await;
    world.user("frog").await;
    world.store.fail("count_login_failure", Fault::Before);
    for name in ["frog", "nobody"] {
        log_in(&world, name, "wrong-password").await.expect(503);
    }
    log_in(&world, "frog", PASSWORD).await.expect(200);
    world.store.heal();
    log_in(&world, "frog", "wrong-password").await.expect(401);
    world.store.fail("clear_login_failures", Fault::Before);
    log_in(&world, "frog", PASSWORD).await.expect(200);
}
