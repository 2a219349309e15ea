//! What holds for every route there is, and for those to come: nothing is kept by caches, and challenges are those of
//! RFC 6750.

use crate::support::{Answer, World, request, text};
use accessd::api::{Policy, Route};
use accessd::errors::Shape;
use axum::body::Body;
use secrecy::ExposeSecret;
use serde_json::json;

/// Answers without anything of anybody, which everybody may keep for a while.
const MAY_BE_KEPT: [&str; 2] = ["/.well-known/jwks.json", "/.well-known/oauth-authorization-server"];

fn routes() -> Vec<Route> {
    accessd::router::api().routes().to_vec()
}

/// The path with a name in place of each parameter.
fn filled(path: &str) -> String {
    let segments = path.split('/').map(|segment| match segment {
        "{id}" => "01890000-0000-7000-8000-000000000000",
        _ if segment.starts_with('{') => "nobody",
        other => other,
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Asks with each kind of body, and without one.
async fn ask(world: &World, route: &Route, token: &str) -> Vec<Answer> {
    let path = filled(route.path);
    let mut answers = vec![world.call(route.method.clone(), &path, token).await];
    for (kind, body) in
        [("application/json", "{}"), ("application/x-www-form-urlencoded", "token=x"), ("text/plain", "x")]
    {
        let request = request(route.method.clone(), &path, token).header("content-type", kind);
        answers.push(world.send(request.body(Body::from(body)).unwrap()).await);
    }
    answers
}

/// An administrator's token that only this call ends.
async fn administrator(world: &World) -> String {
    let minted = world.access.mint_admin_token("admin", 60).await.unwrap();
    minted.access_token.expose_secret().to_owned()
}

#[tokio::test]
async fn nothing_is_kept_by_caches() {
    let world = World::new().await;
    let mut with_tokens = 0;
    for route in routes() {
        let administrator = administrator(&world).await;
        for token in ["", "nonsense", &administrator] {
            for answer in ask(&world, &route, token).await {
                if MAY_BE_KEPT.contains(&route.path) && answer.status == 200 {
                    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
                    continue;
                }
                assert_eq!(answer.header("cache-control"), Some("no-store"), "{route:?} {}", answer.status);
                let body = String::from_utf8_lossy(&answer.body);
                if ["eyJ", "acrt_", "cmVmdGtuOj"].iter().any(|beginning| body.contains(beginning)) {
                    assert_eq!(answer.header("pragma"), Some("no-cache"), "{route:?} shows a token");
                    with_tokens += 1;
                }
            }
        }
    }
    assert!(with_tokens > 0, "this test sees no tokens");
}

#[tokio::test]
async fn challenges_are_those_of_the_standard() {
    let world = World::new().await;
    world.user("frog").await;
    let scope = json!({"username": "frog", "scope": "applied-permissions/groups:g"});
    let narrow = text(&world.token(&scope).await, "access_token");
    let mut seen = std::collections::BTreeSet::new();
    for route in routes() {
        let shape = Shape::of_path(route.path);
        let bearer = |challenge| {
            if shape == Shape::Artifactory { "Basic realm=\"Artifactory Realm\"" } else { challenge }
        };
        let administrator = administrator(&world).await;
        for (token, refused) in [
            ("", bearer("Bearer")),
            ("nonsense", bearer("Bearer error=\"invalid_token\"")),
            (&narrow, "Bearer error=\"insufficient_scope\""),
            (&administrator, "Bearer error=\"insufficient_scope\""),
        ] {
            for answer in ask(&world, &route, token).await {
                let challenge = answer.header("www-authenticate");
                match answer.status {
                    401 if route.policy == Policy::Credential && token.len() < 9 => {
                        assert_eq!(challenge, Some(refused), "{route:?} {token}");
                    }
                    403 => assert_eq!(challenge, Some(refused), "{route:?}"),
                    401 => {}
                    status => assert_eq!(challenge, None, "{route:?} {status}"),
                }
                if route.policy == Policy::Credential && token.len() < 9 {
                    assert_eq!(answer.status, 401, "{route:?}");
                }
                if route.policy == Policy::Public {
                    assert!(![401, 403].contains(&answer.status), "{route:?}");
                }
                seen.insert(answer.status);
            }
        }
    }
    assert!(seen.is_superset(&[200, 400, 401, 403, 404, 415].into()), "this test sees too little: {seen:?}");
}

#[test]
fn every_route_stands_in_the_documentation() {
    let page = include_str!("../../../../docs/api.md");
    let table = page.split_once("\n## Routes\n").unwrap().1.split_once("\n## ").unwrap().0;
    let mut written: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
    for Route { method, path, .. } in routes() {
        let row = format!("| `{method} {path}` |");
        let at = written.iter().position(|line| line.starts_with(&row));
        written.remove(at.unwrap_or_else(|| panic!("docs/api.md has no row that begins {row}")));
    }
    assert_eq!(written, [""; 0], "there are no such routes");
}
