//! Every route in every other spelling, without a credential: nothing but the public list answers (T1).

use crate::support::{World, request};
use axum::body::Body;
use axum::http::{Method, Uri};

const PUBLIC: [&str; 6] = [
    "/.well-known/jwks.json",
    "/access/api/accessd/v1/openapi.json",
    "/access/api/v1/system/ping",
    "/access/api/v1/system/version",
    "/artifactory/api/system/ping",
    "/artifactory/api/system/version",
];

const PRIVATE: [&str; 27] = [
    "/access/api/v1/oidc",
    "/access/api/v1/oidc/github",
    "/access/api/v1/oidc/github/identity_mappings",
    "/access/api/v1/oidc/github/identity_mappings/ci",
    "/access/api/v1/oidc/token",
    "/access/api/accessd/v1/tokens/revoke",
    "/access/api/accessd/v1/tokens/me/revocation",
    "/access/api/accessd/v1/tokens/01890000-0000-7000-8000-000000000000/revocation",
    "/access/api/accessd/v1/tokens",
    "/access/api/accessd/v1/tokens/me",
    "/access/api/accessd/v1/tokens/01890000-0000-7000-8000-000000000000",
    "/access/api/v1/cert/root",
    "/access/api/v1/tokens",
    "/access/api/v1/tokens/me",
    "/access/api/v1/tokens/revoke",
    "/access/api/v1/tokens/01890000-0000-7000-8000-000000000000",
    "/access/api/v2/users",
    "/access/api/v2/users/admin",
    "/access/api/v2/users/admin/groups",
    "/access/api/v2/users/admin/password",
    "/access/api/v2/users/admin/unlock",
    "/access/api/v2/groups",
    "/access/api/v2/groups/readers",
    "/access/api/v2/groups/readers/members",
    "/artifactory/api/system/version",
    "/access/api/v1/system/ping/../../tokens",
    "/access/api/v1/system/ping/..%2f..%2ftokens",
];

fn variants(path: &str) -> Vec<String> {
    let last = path.rfind('/').unwrap_or_default();
    let (head, tail) = path.split_at(last);
    let tail = &tail[1..];
    let (first, rest) = tail.split_at(1);
    let mut variants: Vec<String> = [
        "/",
        "//",
        "/.",
        "/..",
        "/./",
        "/%2e",
        "/%2e%2e",
        "/%2f",
        "%2f",
        "%2F",
        ";",
        ";x",
        ";x=1",
        "%3b",
        "%3bx",
        "%00",
        "%20",
        "%0a",
        "%0d%0a",
        "\\",
        "%5c",
        ".json",
        "?",
        "?a=b",
        "?/../",
        "/index.html",
        "%25",
        "~",
    ]
    .iter()
    .map(|suffix| format!("{path}{suffix}"))
    .collect();
    variants.extend([
        format!("/{path}"),
        format!("{head}//{tail}"),
        format!("{head}/./{tail}"),
        format!("{head}/x/../{tail}"),
        format!("{head}%2f{tail}"),
        format!("{head}/;/{tail}"),
        format!("{head};x/{tail}"),
        format!("{head}/%{:02x}{rest}", first.as_bytes()[0]),
        format!("{head}/%25{:02x}{rest}", first.as_bytes()[0]),
        path.to_ascii_uppercase(),
        path.replacen("/a", "/A", 1),
        path.replacen("/api", "/Api", 1),
        format!("http://elsewhere.example{path}"),
        format!("http://elsewhere.example/{path}"),
    ]);
    variants
}

#[tokio::test]
async fn nothing_answers_without_a_credential_but_the_public_list() {
    let world = World::new().await;
    let mut asked = 0;
    for path in PUBLIC.iter().chain(&PRIVATE) {
        let mut spellings = variants(path);
        spellings.push((*path).to_owned());
        for spelling in spellings {
            // What is no URI at all does not reach the router.
            let Ok(uri) = spelling.parse::<Uri>() else { continue };
            let is_public = PUBLIC[..5].contains(&uri.path());
            for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                for header in ["x-nothing", "x-http-method-override", "x-original-url", "x-forwarded-prefix"]
                {
                    let request =
                        request(method.clone(), &spelling, "").header(header, "/access/api/v1/system/ping");
                    let answer = world.send(request.body(Body::empty()).unwrap()).await;
                    asked += 1;
                    if is_public && method == Method::GET {
                        assert_eq!(answer.status, 200, "{spelling}");
                    } else {
                        answer.expect(answer.status);
                        assert!(
                            [400, 401, 404, 405].contains(&answer.status),
                            "{method} {spelling}: {}",
                            answer.status
                        );
                    }
                }
            }
        }
    }
    assert!(asked > 10_000, "{asked}");
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
