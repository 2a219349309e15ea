//! Forward-auth behind a real nginx: with the configuration that docs/forward-auth.md shows, word for word but for the
//! ports.

use serde_json::json;
use testkit::{Accessd, Nginx, Reply, Scripted};

const PAGE: &str = include_str!("../../docs/forward-auth.md");
const HEADERS: [&str; 6] = [
    "X-Access-User",
    "X-Access-Groups",
    "X-Access-Scope",
    "X-Access-Subject",
    "X-Access-Token-Id",
    "X-Access-Project",
];

/// The block of the page in this language.
fn shown(language: &str) -> &'static str {
    PAGE.split_once(&format!("```{language}\n")).unwrap().1.split_once("```").unwrap().0
}

/// What the page shows, between this service and this application.
fn protected(accessd: &Accessd, application: &Scripted, group: &str) -> Nginx {
    let text = shown("nginx");
    for address in ["127.0.0.1:8082", "127.0.0.1:9000", "group=readers;"] {
        assert_eq!(text.matches(address).count(), 1, "{address}");
    }
    let text = text
        .replace("http://127.0.0.1:8082", &accessd.url())
        .replace("http://127.0.0.1:9000", &application.url())
        .replace("group=readers;", &format!("group={group};"));
    Nginx::start(&text, "127.0.0.1:8080")
}

#[test]
fn the_application_learns_who_is_there_from_the_proxy_alone() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let group = accessd.new_group("readers", json!({"members": [frog.name]}));
    let application = Scripted::answering(vec![Reply::text(200, "text/plain", "inside")]);
    let nginx = protected(&accessd, &application, &group);
    let made =
        accessd.mint(&accessd.admin_token(), json!({"username": frog.name, "include_reference_token": true}));
    for token in [&made.token, &made.reference_token] {
        let mut call = nginx.http().post("/some/path/?group=x&audience=jfrt@01").bearer(token);
        for number in 0..3 {
            // Together more than the service reads of a request.
            call = call.header("Cookie", &format!("c{number}={}", "x".repeat(6000)));
        }
        for name in HEADERS {
            call = call.header(name, "admin").header(&name.to_ascii_lowercase(), "root");
            call = call.header(&name.replace('-', "_"), "underscored");
        }
        let answer = call.body("text/plain", "hello").send().expect(200);
        assert_eq!(answer.body, "inside");
        let received = application.received().pop().unwrap();
        assert_eq!(
            (received.line.as_str(), received.body.as_str()),
            ("POST /some/path/?group=x&audience=jfrt@01", "hello")
        );
        let all = |name: &str| -> Vec<String> {
            let same = |header: &&(String, String)| header.0.replace('_', "-").eq_ignore_ascii_case(name);
            received.headers.iter().filter(same).map(|(_, value)| value.clone()).collect()
        };
        assert_eq!(all("X-Access-User"), [frog.name.as_str()]);
        assert_eq!(all("X-Access-Groups"), [group.as_str()]);
        assert_eq!(all("X-Access-Scope"), ["applied-permissions/user"]);
        assert_eq!(all("X-Access-Token-Id"), [made.id.as_str()]);
        assert!(all("X-Access-Subject")[0].ends_with(&format!("/users/{}", frog.name)));
        // Empty here, so it is not there at all: what the client sent is gone.
        assert_eq!(all("X-Access-Project"), [""; 0]);
        assert_eq!((all("Authorization"), all("X-JFrog-Art-Api")), (vec![], vec![]), "it needs no token");
    }
}

#[test]
fn nobody_else_comes_in() {
    let accessd = Accessd::start();
    let (frog, toad) = (accessd.new_user("frog"), accessd.new_user("toad"));
    let group = accessd.new_group("readers", json!({"members": [frog.name]}));
    let application = Scripted::answering(vec![Reply::text(200, "text/plain", "inside")]);
    let nginx = protected(&accessd, &application, &group);
    let made = accessd.mint(&accessd.admin_token(), json!({"username": frog.name}));
    nginx.http().get("/").bearer(&made.token).send().expect(200);
    let seen = application.received().len();

    let none = nginx.http().get("/").header("X-Access-User", "admin").send().expect(401);
    assert_eq!(none.header("www-authenticate"), Some("Bearer"));
    let forged = nginx.http().get("/").bearer("nonsense").send().expect(401);
    assert_eq!(forged.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    nginx.http().get("/").bearer(&toad.token).send().expect(403);
    let two = nginx.http().get("/").bearer(&made.token).header("X-JFrog-Art-Api", &made.token).send();
    assert_eq!(two.status, 500, "nginx knows no better word for 400");
    // What the proxy asks is not for others to see, nor to change.
    let inside = nginx.http().get("/_accessd").bearer(&made.token).send();
    assert_eq!((inside.status, inside.header("x-access-user")), (404, None));

    // At the very next request.
    accessd.revoke(&accessd.admin_token(), &made.id).expect(200);
    nginx.http().get("/").bearer(&made.token).send().expect(401);
    nginx.http().get("/").bearer(&frog.token).send().expect(200);
    accessd.change_user(&frog.name, json!({"groups": []}));
    nginx.http().get("/").bearer(&frog.token).send().expect(403);
    accessd.change_user(&frog.name, json!({"groups": [group]}));
    nginx.http().get("/").bearer(&frog.token).send().expect(200);
    accessd.kill();
    let down = nginx.http().get("/").bearer(&frog.token).send();
    assert_eq!(down.status, 500, "{}", down.body);
    accessd.restart();
    nginx.http().get("/").bearer(&frog.token).send().expect(200);
    accessd.delete_user(&frog.name);
    nginx.http().get("/").bearer(&frog.token).send().expect(401);
    assert_eq!(application.received().len(), seen + 3, "only those who came in were seen inside");
}

#[test]
fn a_cache_between_client_and_service_keeps_nothing_of_anybody() {
    let accessd = Accessd::start();
    let (frog, toad) = (accessd.new_user("frog"), accessd.new_user("toad"));
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "proxy_cache_path {}/cache keys_zone=all:1m;\nserver {{\n listen 127.0.0.1:1;\n location / {{\n\
         proxy_pass {};\n proxy_cache all;\n proxy_cache_key $uri;\n add_header X-Cache $upstream_cache_status always;\n}}\n}}\n",
        folder.path().display(),
        accessd.url()
    );
    let cache = Nginx::start(&text, "127.0.0.1:1");
    // It does keep what it may.
    for expected in ["MISS", "HIT"] {
        let keys = cache.http().get("/.well-known/jwks.json").send().expect(200);
        assert_eq!(keys.header("x-cache"), Some(expected));
    }
    let me = |token: &str| cache.http().get("/access/api/v1/tokens/me").bearer(token).send();
    let forward = |token: &str| cache.http().get("/access/api/accessd/v1/forward-auth").bearer(token).send();
    for user in [&frog, &toad] {
        assert!(me(&user.token).expect(200).body.contains(&format!("/users/{}", user.name)));
        assert_eq!(forward(&user.token).expect(200).header("x-access-user"), Some(user.name.as_str()));
    }
    accessd.delete_user(&frog.name);
    me(&frog.token).expect(401);
    forward(&frog.token).expect(401);
    me(&toad.token).expect(200);
    forward("").expect(401);
}
