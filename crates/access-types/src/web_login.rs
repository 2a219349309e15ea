//! The body that opens a log-in with the browser (access-api.md 1.7).

use crate::fields::{Fields, RequestError};
use crate::limits::FieldError;

/// `{"session":"<uuid>"}`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebLoginRequest {
    /// The session, drawn by the client.
    pub session: String,
}

impl WebLoginRequest {
    /// Reads a JSON body. Unknown fields are ignored.
    ///
    /// # Errors
    /// [`RequestError`] if `session` is missing, empty or no string.
    pub fn from_json(body: &[u8]) -> Result<Self, RequestError> {
        match Fields::from_json(body)?.text("session")? {
            Some(session) => Ok(Self { session }),
            None => Err(FieldError::new("session", "is required").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_needed() {
        let read = |body: &str| WebLoginRequest::from_json(body.as_bytes());
        assert_eq!(read(r#"{"session":"x","y":1}"#).unwrap().session, "x");
        for bad in
            ["", "{}", "[]", r#"{"session":""}"#, r#"{"session":1}"#, r#"{"session":"a","session":"b"}"#]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
