//! Why a command did not do what it was asked, and the exit code of each reason: decided here only.

use crate::output::terminal;
use serde_json::{Map, Value};

/// The reasons that scripts can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Anything without a code of its own, such as a file that cannot be written.
    Failed,
    /// The command line is wrong.
    Usage,
    /// Credentials are missing or were refused.
    Credentials,
    /// The credentials do not allow it.
    Forbidden,
    /// What was named does not exist.
    NotFound,
    /// What was to be made exists already.
    Conflict,
    /// The server was not reached, or cannot be trusted.
    Network,
    /// The server failed, or asks to be left alone for a while.
    Server,
}

impl Reason {
    /// The reason behind an HTTP status other than 200.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            401 => Reason::Credentials,
            403 => Reason::Forbidden,
            404 => Reason::NotFound,
            409 => Reason::Conflict,
            429 | 500..=599 => Reason::Server,
            _ => Reason::Failed,
        }
    }

    /// The exit code, as promised to scripts.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Reason::Failed => 1,
            Reason::Usage => 2,
            Reason::Credentials => 4,
            Reason::Forbidden => 5,
            Reason::NotFound => 6,
            Reason::Conflict => 7,
            Reason::Network => 8,
            Reason::Server => 9,
        }
    }

    /// The word for it in JSON errors, as promised to scripts.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Reason::Failed => "failed",
            Reason::Usage => "usage",
            Reason::Credentials => "credentials",
            Reason::Forbidden => "forbidden",
            Reason::NotFound => "not_found",
            Reason::Conflict => "conflict",
            Reason::Network => "network",
            Reason::Server => "server",
        }
    }
}

/// A command that did not do what it was asked: what failed, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    /// Why, for the exit code.
    pub reason: Reason,
    /// What was attempted and what went wrong.
    pub message: String,
    /// The next step, if there is one to name.
    pub hint: Option<String>,
    /// The server's refusal, for those who want errors as JSON.
    pub refusal: Option<Refusal>,
    /// What was done before, likewise.
    pub details: Option<Box<Value>>,
    /// Whether the result on standard output says it already, so that no JSON error follows it there.
    pub is_told: bool,
}

/// What a command gives back.
pub(crate) type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// A failure without a hint.
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), hint: None, refusal: None, details: None, is_told: false }
    }

    /// A wrong command line.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Reason::Usage, message)
    }

    /// Puts words before the message: what was being done when this happened.
    #[must_use]
    pub(crate) fn context(self, words: &str) -> Self {
        Self { message: format!("{words}{}", self.message), ..self }
    }

    /// Adds the next step.
    #[must_use]
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// An answer of the server other than 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The status code.
    pub status: u16,
    /// Code and reason, e.g. `403 Forbidden`.
    pub status_line: String,
    /// The body, free of the credential it was asked with.
    pub body: String,
}

impl Failure {
    /// The object of JSON errors: the existing tool's keys (`body`, `status`, `status_code`) if a server
    /// answered, and ours (`code`, `details`, `exit_code`, `hint`, `message`), in alphabetical order, two-space indent.
    pub(crate) fn to_json(&self) -> String {
        let mut object = Map::new();
        if let Some(refusal) = self.refusal.as_ref().filter(|refusal| !refusal.body.is_empty()) {
            let body =
                serde_json::from_str(&refusal.body).unwrap_or_else(|_| Value::String(refusal.body.clone()));
            object.insert("body".to_owned(), body);
        }
        object.insert("code".to_owned(), self.reason.code().into());
        if let Some(details) = &self.details {
            object.insert("details".to_owned(), Value::clone(details));
        }
        object.insert("exit_code".to_owned(), self.reason.exit_code().into());
        if let Some(hint) = &self.hint {
            object.insert("hint".to_owned(), hint.as_str().into());
        }
        object.insert("message".to_owned(), self.message.as_str().into());
        if let Some(refusal) = &self.refusal {
            object.insert("status".to_owned(), refusal.status_line.as_str().into());
            object.insert("status_code".to_owned(), refusal.status.into());
        }
        terminal::pretty_json(&Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_reason() {
        for (status, reason) in [
            (400, Reason::Failed),
            (401, Reason::Credentials),
            (403, Reason::Forbidden),
            (404, Reason::NotFound),
            (409, Reason::Conflict),
            (429, Reason::Server),
            (503, Reason::Server),
            (201, Reason::Failed),
            (307, Reason::Failed),
        ] {
            assert_eq!(Reason::of_status(status), reason, "{status}");
        }
    }

    #[test]
    fn json_errors_have_the_known_keys_in_order() {
        let refusal =
            Refusal { status: 401, status_line: "401 Unauthorized".into(), body: r#"{"errors":[]}"#.into() };
        let failure = Failure::new(Reason::Credentials, "no").hint("log in");
        let refused = Failure { refusal: Some(refusal.clone()), ..failure.clone() };
        assert_eq!(
            refused.to_json(),
            "{\n  \"body\": {\n    \"errors\": []\n  },\n  \"code\": \"credentials\",\n  \"exit_code\": 4,\n  \
             \"hint\": \"log in\",\n  \"message\": \"no\",\n  \"status\": \"401 Unauthorized\",\n  \"status_code\": 401\n}"
        );
        let text = Failure {
            refusal: Some(Refusal { body: "no JSON".into(), ..refusal.clone() }),
            ..failure.clone()
        };
        assert!(text.to_json().contains(r#""body": "no JSON""#));
        assert!(!failure.to_json().contains("body") && !failure.to_json().contains("status"));
    }
}
