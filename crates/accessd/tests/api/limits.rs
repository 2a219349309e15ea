//! What is too large, of the wrong method, or nowhere.

use crate::support::{TOKENS, World, request};
use axum::body::{Body, Bytes};
use axum::http::Method;
use futures_util::stream;

#[tokio::test]
async fn large_bodies_are_413_announced_or_not() {
    let world = World::new().await;
    let post = || request(Method::POST, TOKENS, &world.admin).header("content-type", "application/json");
    let announced = post().header("content-length", "65537").body(Body::empty()).unwrap();
    let chunks = (0..65).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 1024])));
    let streamed = post().body(Body::from_stream(stream::iter(chunks))).unwrap();
    for request in [announced, streamed] {
        let (code, message) = world.send(request).await.refusal(413);
        assert_eq!(code, "PAYLOAD_TOO_LARGE");
        assert!(message.contains("65536"), "{message}");
    }
    let mut fits = vec![b' '; 64 * 1024 - 2];
    fits.extend_from_slice(b"{}");
    world.send(post().body(Body::from(fits)).unwrap()).await.expect(200);
}

#[tokio::test]
async fn large_heads_are_431() {
    let world = World::new().await;
    let ping = || request(Method::GET, "/access/api/v1/system/ping", "");
    let many = (0..101).fold(ping(), |request, at| request.header(format!("x-{at}"), "1"));
    let large = ping().header("x-large", "a".repeat(16 * 1024));
    for request in [many, large] {
        let (_, message) = world.send(request.body(Body::empty()).unwrap()).await.refusal(431);
        assert!(message.contains("100 headers"), "{message}");
    }
    let fits = ping().header("x-large", "a".repeat(15 * 1024));
    assert_eq!(world.send(fits.body(Body::empty()).unwrap()).await.status, 200);
}

#[tokio::test]
async fn an_announced_large_body_is_refused_before_anybody_is_asked() {
    let world = World::new().await;
    world.store.fail_all(access_store::Fault::Before);
    let request = request(Method::POST, TOKENS, &world.admin).header("content-length", "9999999");
    world.send(request.body(Body::empty()).unwrap()).await.refusal(413);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_400() {
    let world = World::new().await;
    let broken = stream::iter([Ok(Bytes::from("{")), Err(std::io::Error::other("gone"))]);
    let request = request(Method::POST, TOKENS, &world.admin).header("content-type", "application/json");
    world.send(request.body(Body::from_stream(broken)).unwrap()).await.refusal(400);
}

#[tokio::test]
async fn the_wrong_method_is_405_and_the_right_ones_are_named() {
    let world = World::new().await;
    for (method, path, allow) in [
        (Method::PUT, TOKENS, &["GET", "HEAD", "POST"][..]),
        (Method::GET, "/access/api/v1/tokens/revoke", &["DELETE"]),
        (Method::POST, "/access/api/v1/tokens/me", &["DELETE", "GET", "HEAD"]),
        (Method::GET, "/access/api/v2/users/frog/unlock", &["POST"]),
        (Method::DELETE, "/access/api/v2/groups", &["GET", "HEAD", "POST"]),
        (Method::TRACE, "/access/api/v1/system/ping", &["GET", "HEAD"]),
    ] {
        let answer = world.call(method, path, &world.admin).await;
        assert_eq!(answer.refusal(405).0, "METHOD_NOT_ALLOWED", "{path}");
        let mut methods: Vec<&str> = answer.header("allow").unwrap().split(',').map(str::trim).collect();
        methods.sort_unstable();
        assert_eq!(methods, allow, "{path}");
    }
    let body = world.call(Method::POST, "/artifactory/api/system/ping", "").await.expect(405);
    assert_eq!(body["errors"][0]["status"], 405);
}

#[tokio::test]
async fn nowhere_is_404_in_the_shape_of_its_side() {
    let world = World::new().await;
    for path in ["/", "/access", "/access/api/v1/nothing", "/ui/nothing"] {
        assert_eq!(world.get(path, "").await.refusal(404).0, "NOT_FOUND", "{path}");
    }
    for path in ["/artifactory", "/artifactory/api/nothing"] {
        assert_eq!(world.get(path, "").await.expect(404)["errors"][0]["status"], 404, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_408() {
    let world = World::new().await;
    let stalled = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let request = request(Method::POST, TOKENS, &world.admin).header("content-type", "application/json");
    let (code, _) = world.send(request.body(stalled).unwrap()).await.refusal(408);
    assert_eq!(code, "BAD_REQUEST");
}

#[tokio::test]
async fn no_cache_keeps_an_answer_that_depends_on_who_asks() {
    let world = World::new().await;
    for (method, path, token) in [
        (Method::GET, TOKENS, world.admin.as_str()),
        (Method::GET, TOKENS, ""),
        (Method::PUT, TOKENS, ""),
        (Method::GET, "/access/api/v1/tokens/no-such", &world.admin),
        (Method::GET, "/nowhere", ""),
        (Method::GET, "/artifactory/nowhere", ""),
        (Method::DELETE, "/access/api/v1/tokens/me", &world.admin),
    ] {
        let answer = world.call(method, path, token).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path} {}", answer.status);
    }
}
