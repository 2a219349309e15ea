//! Every route in every other spelling, without a credential: nothing but the public list answers (T1). The routes are
//! those of the router itself, so a new one is swept without being named; only what is open has to be written down here.

use crate::support::{Answer, World, request};
use crate::sweep_lists::{HINTS, METHODS, PROOF, PUBLIC, SAMPLES, spellings};
use accessd::api::{Policy, Route};
use accessd::errors::Shape;
use accessd::paths::is_canonical;
use accessd::router::api;
use axum::body::Body;
use axum::http::{Method, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A path of the route, its parameters filled in.
fn path_of(route: &Route) -> String {
    let segments = route.path.split('/').map(|segment| {
        let sample = SAMPLES.iter().find(|(name, _)| *name == segment).map(|(_, sample)| *sample);
        sample.unwrap_or(if segment.starts_with('{') { "sample" } else { segment })
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Whether a path is of the form that a route has.
fn fits(route: &str, path: &str) -> bool {
    let (mut form, mut given) = (route.split('/'), path.split('/'));
    loop {
        match (form.next(), given.next()) {
            (None, None) => return true,
            (Some(rest), Some(_)) if rest.starts_with("{*") => return true,
            (Some(wanted), Some(found)) if wanted == found || wanted.starts_with('{') => {}
            _ => return false,
        }
    }
}

/// How a request without a credential may be answered with more than a refusal; `None` if it may not.
fn open_status(method: &Method, path: &str) -> Option<u16> {
    let asked = if method == Method::HEAD { &Method::GET } else { method };
    let open = PUBLIC.iter().find(|(method, route, _)| method == asked && fits(route, path));
    open.filter(|_| is_canonical(path)).map(|(_, _, status)| *status)
}

/// The answer has to be a refusal of the request, in the shape of its path; nothing else is told.
fn check_refused(answer: &Answer, method: &Method, spelling: &str, path: &str) {
    let status = answer.status;
    let wants_proof = PROOF.iter().any(|(_, route)| fits(route, path));
    let refused =
        [400, 401, 404, 405].contains(&status) || (wants_proof && [403, 415, 501].contains(&status));
    assert!(refused, "{method} {spelling}: {status}");
    if method != Method::HEAD {
        check_shape(answer, path);
    }
}

fn check_shape(answer: &Answer, path: &str) {
    let is_page = answer.header("content-type").is_some_and(|value| value.starts_with("text/html"));
    if is_page && path.starts_with("/ui/") {
        return;
    }
    let shape = Shape::of_path(path);
    let body = || answer.expect(answer.status);
    if shape == Shape::Access {
        assert!(body()["errors"][0]["code"].is_string(), "{path}: {}", body());
    } else if shape == Shape::Artifactory {
        assert_eq!(body()["errors"][0]["status"], answer.status, "{path}");
    } else if shape == Shape::OAuth {
        assert!(body()["error"].is_string() && body()["error_description"].is_string(), "{path}: {}", body());
    }
}

#[test]
fn what_is_open_is_written_down() {
    let mut open: Vec<String> = PUBLIC
        .iter()
        .map(|(method, path, _)| format!("{method} {path} is public"))
        .chain(PROOF.iter().map(|(method, path)| format!("{method} {path} asks for a proof")))
        .collect();
    let words = |route: &Route| match route.policy {
        Policy::Public => Some(format!("{} {} is public", route.method, route.path)),
        Policy::Proof(_) => Some(format!("{} {} asks for a proof", route.method, route.path)),
        Policy::Credential => None,
    };
    let mut found: Vec<String> = api().routes().iter().filter_map(words).collect();
    open.sort();
    found.sort();
    assert_eq!(found, open, "a route that is open to all has to be written down in sweep_lists.rs, too");
}

#[tokio::test]
async fn no_spelling_and_no_method_lets_anybody_in_without_a_credential() {
    let world = World::new().await;
    let mut asked = 0;
    for route in api().routes() {
        let path = path_of(route);
        let spellings = spellings(&path);
        assert!(spellings.len() > 40);
        for spelling in spellings {
            // What is no URI at all does not reach the router.
            let Ok(uri) = spelling.parse::<Uri>() else { continue };
            for method in METHODS {
                let sent = request(method.clone(), &spelling, "").body(Body::empty()).unwrap();
                let answer = world.send(sent).await;
                asked += 1;
                match open_status(&method, uri.path()) {
                    Some(status) => assert_eq!(answer.status, status, "{method} {spelling}"),
                    None => check_refused(&answer, &method, &spelling, uri.path()),
                }
            }
        }
    }
    assert!(asked > 15_000, "{asked}");
}

#[tokio::test]
async fn reg_9_no_header_changes_the_path_the_method_or_the_caller() {
    let world = World::new().await;
    for route in api().routes() {
        let path = path_of(route);
        for (name, value) in HINTS {
            for method in [Method::GET, Method::POST, route.method.clone()] {
                let sent = request(method.clone(), &path, "").header(name, value);
                let answer = world.send(sent.body(Body::empty()).unwrap()).await;
                match open_status(&method, &path) {
                    Some(status) => assert_eq!(answer.status, status, "{method} {path}"),
                    None => check_refused(&answer, &method, &path, &path),
                }
            }
        }
    }
}

#[tokio::test]
async fn a_proof_that_is_not_brought_is_refused() {
    let world = World::new().await;
    for route in api().routes().iter().filter(|route| matches!(route.policy, Policy::Proof(_))) {
        let path = path_of(route);
        for (content_type, body) in [
            (None, ""),
            (Some("application/json"), ""),
            (Some("application/json"), "{}"),
            (Some("application/x-www-form-urlencoded"), ""),
            (Some("application/x-www-form-urlencoded"), "grant_type=refresh_token&refresh_token="),
        ] {
            let sent = request(route.method.clone(), &path, "");
            let sent = match content_type {
                Some(content_type) => sent.header("content-type", content_type),
                None => sent,
            };
            let answer = world.send(sent.body(Body::from(body)).unwrap()).await;
            // 501 is what the wire has and this service has not.
            let refused = (400..500).contains(&answer.status) || answer.status == 501;
            assert!(refused, "{} {path}: {}", route.method, answer.status);
            check_shape(&answer, &path);
        }
    }
}

/// Every guarded route with these headers.
async fn guarded(world: &World, headers: &[(&str, &str)], mut check: impl FnMut(&str, &Answer)) {
    let api = api();
    let routes = api.routes().iter().filter(|route| route.policy == Policy::Credential);
    let mut asked = 0;
    for route in routes {
        let path = path_of(route);
        let sent = request(route.method.clone(), &path, "");
        let sent = headers.iter().fold(sent, |sent, (name, value)| sent.header(*name, *value));
        let answer = world.send(sent.body(Body::empty()).unwrap()).await;
        check_shape(&answer, &path);
        check(&format!("{} {path}", route.method), &answer);
        asked += 1;
    }
    assert!(asked > 20, "{asked}");
}

/// The challenge is that of clients of this path: below `/artifactory` they may be asked for Basic.
fn check_challenge(asked: &str, answer: &Answer, bearer: &str) {
    let found = answer.header("www-authenticate").unwrap_or_else(|| panic!("{asked}: no challenge"));
    let is_basic = asked.contains(" /artifactory/") && found == "Basic realm=\"Artifactory Realm\"";
    assert!(is_basic || found == bearer, "{asked}: {found}");
    let plain_artifactory =
        Shape::of_path(asked.rsplit(' ').next().unwrap_or_default()) == Shape::Artifactory;
    assert!(is_basic || !plain_artifactory, "{asked}: {found}");
}

#[tokio::test]
async fn every_guarded_route_challenges_who_brings_nothing() {
    let world = World::new().await;
    guarded(&world, &[], |asked, answer| {
        assert_eq!(answer.status, 401, "{asked}");
        check_challenge(asked, answer, "Bearer");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{asked}");
    })
    .await;
}

#[tokio::test]
async fn every_guarded_route_refuses_garbage() {
    let world = World::new().await;
    let wrong_password = format!("Basic {}", STANDARD.encode("admin:password"));
    for credential in [
        ("authorization", "Bearer garbage"),
        ("authorization", "Bearer a.b.c"),
        ("authorization", "Bearer"),
        ("authorization", "Bearer null"),
        ("authorization", "Token x"),
        ("authorization", "Negotiate YII="),
        ("authorization", &wrong_password),
        ("x-jfrog-art-api", "garbage"),
        ("x-jfrog-art-api", ""),
    ] {
        guarded(&world, &[credential], |asked, answer| {
            // Who guesses passwords may be told to wait.
            if credential.1 == wrong_password && answer.status == 429 {
                return;
            }
            assert_eq!(answer.status, 401, "{asked} {credential:?}");
            check_challenge(asked, answer, "Bearer error=\"invalid_token\"");
        })
        .await;
    }
}

#[tokio::test]
async fn every_guarded_route_wants_one_credential_and_no_more() {
    let world = World::new().await;
    let bearer = format!("Bearer {}", world.admin);
    let basic = format!("Basic {}", STANDARD.encode(format!("admin:{}", world.admin)));
    for headers in [
        [("authorization", bearer.as_str()), ("authorization", bearer.as_str())],
        [("authorization", &bearer), ("authorization", &basic)],
        [("authorization", &bearer), ("x-jfrog-art-api", &world.admin)],
        [("authorization", &basic), ("x-jfrog-art-api", "garbage")],
        [("x-jfrog-art-api", &world.admin), ("x-jfrog-art-api", &world.admin)],
    ] {
        guarded(&world, &headers, |asked, answer| {
            assert_eq!(answer.status, 400, "{asked} {headers:?}");
            assert_eq!(answer.header("www-authenticate"), None, "{asked}");
        })
        .await;
    }
}

#[tokio::test]
async fn other_spellings_are_404_for_administrators_too() {
    let world = World::new().await;
    for path in [
        "/access/api/v2/users/",
        "/access/api/v2//users",
        "/access/api/v2/./users",
        "/access/api/v2/users/%61dmin",
        "/access/api/v2/users/admin;x",
        "/access/api/v2/users/admin%2f",
        "/access/api/v2/Users",
        "/access/api/v2/users/admin%2fgroups",
    ] {
        assert_eq!(world.get(path, &world.admin).await.refusal(404).0, "NOT_FOUND", "{path}");
    }
    world.get("/access/api/v2/users/admin", &world.admin).await.expect(200);
}
