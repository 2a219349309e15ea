//! The credential of a request: exactly one, out of the headers.

use crate::errors::ApiError;
use access_core::{AccessError, AuthenticationError, Credential};
use access_types::Secret;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue, request::Parts};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const API_KEY: &str = "x-jfrog-art-api";
/// Some clients leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Finds the credential.
///
/// # Errors
/// [`ApiError::SeveralCredentials`], [`ApiError::CredentialInQuery`], or an [`AuthenticationError`]:
/// none was sent, or it is not readable.
pub fn find(parts: &Parts) -> Result<Credential, ApiError> {
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    if form_urlencoded::parse(query).any(|(name, _)| name == "access_token") {
        return Err(ApiError::CredentialInQuery);
    }
    match (only(&parts.headers, AUTHORIZATION.as_str())?, only(&parts.headers, API_KEY)?) {
        (Some(_), Some(_)) => Err(ApiError::SeveralCredentials),
        (Some(authorization), None) => of_authorization(authorization),
        (None, Some(key)) => Ok(Credential::ApiKey(secret(key.as_bytes())?)),
        (None, None) => Err(refused(AuthenticationError::Missing)),
    }
}

fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a HeaderValue>, ApiError> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(ApiError::SeveralCredentials),
        (value, None) => Ok(value),
    }
}

fn of_authorization(value: &HeaderValue) -> Result<Credential, ApiError> {
    let malformed = || refused(AuthenticationError::Malformed);
    let value = value.as_bytes();
    let space = value.iter().position(|byte| *byte == b' ').ok_or_else(malformed)?;
    let (scheme, rest) = value.split_at(space);
    let rest = rest.trim_ascii();
    if scheme.eq_ignore_ascii_case(b"bearer") {
        return Ok(Credential::Bearer(secret(rest)?));
    }
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return Err(malformed());
    }
    let plain = BASE64.decode(rest).map_err(|_| malformed())?;
    let plain = std::str::from_utf8(&plain).map_err(|_| malformed())?;
    let (username, password) = plain.split_once(':').ok_or_else(malformed)?;
    Ok(Credential::Basic { username: username.to_owned(), password: Secret::from(password) })
}

/// A token as it stands in a header: printable ASCII without spaces, which a list of two would have.
fn secret(bytes: &[u8]) -> Result<Secret, ApiError> {
    // Without an early end, so that the compiler looks at many bytes at once.
    let graphic = bytes.iter().fold(true, |all, byte| all & byte.is_ascii_graphic());
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.is_empty() && graphic => Ok(Secret::from(text)),
        _ => Err(refused(AuthenticationError::Malformed)),
    }
}

fn refused(error: AuthenticationError) -> ApiError {
    ApiError::Core(AccessError::Authentication(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;
    use secrecy::ExposeSecret;

    fn find_in(uri: &str, headers: &[(&str, &str)]) -> Result<Credential, ApiError> {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        find(&request.body(()).unwrap().into_parts().0)
    }

    fn refusal(headers: &[(&str, &str)]) -> AuthenticationError {
        match find_in("/", headers) {
            Err(ApiError::Core(AccessError::Authentication(error))) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn three_ways_lead_in() {
        for value in ["Bearer abc", "bearer abc", "BEARER   abc"] {
            let Ok(Credential::Bearer(token)) = find_in("/", &[("authorization", value)]) else { panic!() };
            assert_eq!(token.expose_secret(), "abc");
        }
        let Ok(Credential::ApiKey(key)) = find_in("/", &[("X-JFrog-Art-Api", "key")]) else { panic!() };
        assert_eq!(key.expose_secret(), "key");
        for value in ["Basic ZnJvZzpwOndk", "basic OnB3"] {
            assert!(matches!(find_in("/", &[("authorization", value)]), Ok(Credential::Basic { .. })));
        }
        let basic = find_in("/", &[("authorization", "Basic ZnJvZzpwOndk")]);
        let Ok(Credential::Basic { username, password }) = basic else { panic!() };
        assert_eq!((username.as_str(), password.expose_secret()), ("frog", "p:wd"));
    }

    #[test]
    fn more_than_one_is_too_many() {
        for headers in [
            &[("authorization", "Bearer a"), ("authorization", "Bearer a")][..],
            &[("authorization", "Bearer a"), ("x-jfrog-art-api", "a")],
            &[("x-jfrog-art-api", "a"), ("x-jfrog-art-api", "b")],
            &[("authorization", "Basic ZnJvZzpw"), ("x-jfrog-art-api", "a")],
        ] {
            assert!(matches!(find_in("/", headers), Err(ApiError::SeveralCredentials)), "{headers:?}");
        }
        let in_query = find_in("/x?a=1&access%5Ftoken=abc", &[("authorization", "Bearer a")]);
        assert!(matches!(in_query, Err(ApiError::CredentialInQuery)));
    }

    #[test]
    fn none_and_unreadable_are_told_apart() {
        assert_eq!(refusal(&[]), AuthenticationError::Missing);
        for value in
            ["Bearer", "Bearer ", "Bearer a b", "Digest x", "Basic %%", "Basic ZnJvZw", "", "Bearer \u{e9}"]
        {
            assert_eq!(refusal(&[("authorization", value)]), AuthenticationError::Malformed, "{value}");
        }
        assert_eq!(refusal(&[("x-jfrog-art-api", "")]), AuthenticationError::Malformed);
    }
}
