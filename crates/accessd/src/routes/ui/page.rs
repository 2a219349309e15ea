//! What all pages have in common: their headers, and the templates beside `templates/ui`.

use crate::answers::NO_STORE;
use crate::errors::ApiError;
use access_core::AccessError;
use askama::Template;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

/// What a page may do: show itself with our stylesheet, and send its form to us (A10, T34). A referrer goes to
/// ourselves only: with `no-referrer` browsers would send `Origin: null` with the form.
const HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];

/// The form of a log-in.
#[derive(Debug, Template)]
#[template(path = "ui/login.html")]
pub(super) struct LoginPage<'a> {
    /// The session, carried along.
    pub(super) session: &'a str,
    /// What the client calls itself.
    pub(super) client: &'a str,
    /// What was typed before.
    pub(super) username: &'a str,
    /// What was typed before.
    pub(super) code: &'a str,
    /// What is wrong with it.
    pub(super) problem: Option<String>,
    /// Whether a new password is asked for too.
    pub(super) expired: bool,
}

/// The form to change a password.
#[derive(Debug, Template)]
#[template(path = "ui/password.html")]
pub(super) struct PasswordPage<'a> {
    /// What was typed before.
    pub(super) username: &'a str,
    /// What is wrong with it.
    pub(super) problem: Option<String>,
}

/// Words and nothing to do.
#[derive(Debug, Template)]
#[template(path = "ui/message.html")]
pub(super) struct MessagePage<'a> {
    /// The words above.
    pub(super) title: &'a str,
    /// The words below.
    pub(super) text: &'a str,
    /// Whether it is good news.
    pub(super) good: bool,
}

/// A page as an answer.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    let Ok(html) = template.render() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let html_type = (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let mut response = (status, [NO_STORE, html_type], html).into_response();
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// Words, and nothing to do.
pub(super) fn message(status: StatusCode, good: bool, title: &str, text: &str) -> Response {
    page(status, &MessagePage { title, text, good })
}

/// The form that a page was sent from is not ours, or cannot be read.
pub(super) fn not_our_form() -> Response {
    message(
        StatusCode::FORBIDDEN,
        false,
        "This did not come from our page",
        "The form was sent from another site, or by a program that does not say from where. \
         Open the address from your terminal in a browser.",
    )
}

/// A refusal, for a page: its status, its words, and when to try again.
pub(super) struct Told {
    status: StatusCode,
    retry_after: Option<u64>,
    /// The words.
    pub(super) words: String,
}

impl Told {
    /// What a person is told of it.
    pub(super) fn of(error: AccessError) -> Self {
        let retry_after = match &error {
            AccessError::TooManyAttempts(seconds) => Some(*seconds),
            _ => None,
        };
        let is_wrong_password = matches!(&error, AccessError::Authentication(_));
        let (status, words) = ApiError::Core(error).for_people();
        if is_wrong_password {
            // A 401 would want a challenge, and browsers would ask by a window of their own.
            let words = "Wrong user name or password.".to_owned();
            return Self { status: StatusCode::FORBIDDEN, retry_after, words };
        }
        Self { status, retry_after, words }
    }

    /// The page that tells it.
    pub(super) fn on(self, template: &impl Template) -> Response {
        let mut response = page(self.status, template);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
