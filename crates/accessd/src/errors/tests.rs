//! Statuses, bodies and headers of refusals.

use super::*;
use axum::body::to_bytes;

async fn told(error: impl Into<ApiError>, shape: Shape) -> (u16, Option<String>, String) {
    let response = error.into().in_shape(shape);
    let challenge = response.headers().get(WWW_AUTHENTICATE).map(|value| value.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 10_000).await.unwrap();
    (status, challenge, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn an_expired_token_is_told_in_the_words_of_each_side() {
    let expired = || AccessError::from(AuthenticationError::Expired);
    assert_eq!(
        told(expired(), Shape::Access).await,
        (
            401,
            Some("Bearer error=\"invalid_token\"".to_owned()),
            r#"{"errors":[{"code":"UNAUTHORIZED","message":"Invalid token, expired"}]}"#.to_owned()
        )
    );
    assert_eq!(
        told(expired(), Shape::Artifactory).await,
        (
            401,
            Some("Basic realm=\"Artifactory Realm\"".to_owned()),
            r#"{"errors":[{"status":401,"message":"Token failed verification: expired"}]}"#.to_owned()
        )
    );
}

#[tokio::test]
async fn who_sent_nothing_gets_no_error_code() {
    let missing = AccessError::from(AuthenticationError::Missing);
    assert_eq!(told(missing, Shape::Access).await.1.as_deref(), Some("Bearer"));
}

#[tokio::test]
async fn storage_trouble_is_503_and_its_cause_stays_inside() {
    let response =
        ApiError::from(AccessError::Unavailable("disk /var/x is full".to_owned())).in_shape(Shape::Access);
    assert_eq!(response.headers()[RETRY_AFTER], "1");
    let error = || AccessError::Unavailable("disk /var/x is full".to_owned());
    for shape in [Shape::Access, Shape::Artifactory] {
        let (status, challenge, body) = told(error(), shape).await;
        assert_eq!((status, challenge), (503, None));
        assert!(!body.contains("/var/x"), "{body}");
    }
}

#[tokio::test]
async fn every_cause_has_its_status() {
    let words = || "words".to_owned();
    for (error, status, code) in [
        (AccessError::Forbidden(words()), 403, "FORBIDDEN"),
        (AccessError::Invalid(FieldError::new("scope", "words")), 400, "BAD_REQUEST"),
        (AccessError::BadRequest(words()), 400, "BAD_REQUEST"),
        (AccessError::NotFound(words()), 404, "NOT_FOUND"),
        (AccessError::Conflict(words()), 409, "CONFLICT"),
        (AccessError::Unprocessable(words()), 422, "UNPROCESSABLE_ENTITY"),
    ] {
        let (told_status, _, body) = told(error, Shape::Access).await;
        assert_eq!(told_status, status, "{body}");
        assert!(body.contains(code) && body.contains("words"), "{body}");
    }
}

#[tokio::test]
async fn a_bad_name_begins_with_the_words_clients_match() {
    let error = access_types::subject::normalise_username("a/b").unwrap_err();
    let (_, _, body) = told(AccessError::from(error), Shape::Access).await;
    assert!(body.contains(r#""message":"Invalid formatted name: "#), "{body}");
}

#[test]
fn paths_have_a_shape() {
    assert_eq!(Shape::of_path("/artifactory/api/x"), Shape::Artifactory);
    assert_eq!(Shape::of_path("/artifactory"), Shape::Artifactory);
    for path in [oauth::INTROSPECT, oauth::REVOKE, "/artifactory/api/security/token"] {
        assert_eq!(Shape::of_path(path), Shape::OAuth, "{path}");
    }
    for path in ["/", "/access/api", "/artifactoryx"] {
        assert_eq!(Shape::of_path(path), Shape::Access, "{path}");
    }
}
