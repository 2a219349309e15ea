//! What a server says when it does not do as asked, in words for the person who asked.

use crate::connection::Connection;
use crate::credential::Credential;
use crate::error::{Failure, Reason, Refusal};
use crate::http::Answer;
use crate::output::report::Report;
use crate::output::terminal::shell_word;
use crate::platform_url::PlatformUrl;
use serde_json::Value;
use ureq::http::StatusCode;

/// Most of a body without known form that is shown, in characters.
const SHOWN: usize = 2000;

/// Fields of an answer that are secrets.
const TOKEN_FIELDS: [&str; 3] = ["access_token", "refresh_token", "reference_token"];

/// Code and reason, e.g. `403 Forbidden`.
pub(crate) fn status_line(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

/// The failure for an answer that is no success. `rule` is who may do what was asked for, for those who may
/// not.
pub(crate) fn failure(answer: &Answer, connection: &Connection, rule: &str, report: &Report) -> Failure {
    let status = answer.status.as_u16();
    let status_line = status_line(answer.status);
    let body = redacted(&answer.body, report);
    let mut message = format!("server response: {status_line}");
    for text in body_lines(&body) {
        // Indented, so that no line of theirs can pass for one of ours.
        text.lines().for_each(|line| message.push_str(&format!("\n  {line}")));
    }
    if answer.status.is_redirection() {
        let target = redirect_origin(answer.header("location"), &connection.platform);
        message.push_str(&format!(
            "\nthe server points to {target}; the credentials were not sent there, and nothing was asked for there"
        ));
    }
    let failure = Failure::new(Reason::of_status(status), message);
    let failure = match hint(status, connection, rule) {
        Some(hint) => failure.hint(hint),
        None => failure,
    };
    Failure { refusal: Some(Refusal { status, status_line, body }), ..failure }
}

/// The texts of a `Warning` header: `299 accessd "text"`, several with commas between them.
pub(crate) fn warning_texts(header: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut characters = header.chars();
    while characters.by_ref().any(|c| c == '"') {
        let mut text = String::new();
        while let Some(c) = characters.next() {
            match c {
                '"' => break,
                '\\' => text.extend(characters.next()),
                _ => text.push(c),
            }
        }
        texts.push(text);
    }
    texts
}

/// The body without secrets, however its JSON escapes them, and without tokens: some servers answer a create
/// with 201.
fn redacted(body: &[u8], report: &Report) -> String {
    let text = String::from_utf8_lossy(body);
    match serde_json::from_str::<Value>(&text) {
        Ok(json) => redact_strings(json, report).to_string(),
        Err(_) => report.redact(&text),
    }
}

fn redact_strings(json: Value, report: &Report) -> Value {
    match json {
        Value::String(text) => Value::String(report.redact(&text)),
        Value::Array(items) => items.into_iter().map(|item| redact_strings(item, report)).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| {
                let is_token = TOKEN_FIELDS.contains(&name.as_str()) && value.is_string();
                let value = if is_token { "***".into() } else { redact_strings(value, report) };
                (report.redact(&name), value)
            })
            .collect(),
        other => other,
    }
}

fn hint(status: u16, connection: &Connection, rule: &str) -> Option<String> {
    let platform = &connection.platform;
    Some(match status {
        300..=399 => {
            "if the platform has moved, give its new address with --url or `jf config edit`".to_owned()
        }
        401 => match (&connection.server_id, &connection.credential) {
            (Some(id), Some(_)) => format!(
                "the credentials of server '{id}' may have expired or been revoked; replace them: \
                 jf config edit {word} --access-token-stdin < token.txt, or jf login --server-id {word}",
                word = shell_word(id)
            ),
            (_, None) => "give credentials: --access-token-stdin, or --user and --password-stdin".to_owned(),
            (None, Some(_)) => {
                "the credentials are wrong, have expired or were revoked; check --access-token, \
                --user and --password, and the JF_ variables"
                    .to_owned()
            }
        },
        403 => match &connection.credential {
            Some(Credential::Token(_)) | None => rule.to_owned(),
            Some(_) => format!(
                "try an access token: platforms create tokens for a password only if an administrator turned \
                that on, for internal users, and without multi-factor log-in; {rule}"
            ),
        },
        404 => format!(
            "check that {platform} is the platform's address, without a service such as \
            artifactory behind it"
        ),
        407 => "the proxy asks for a log-in; check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY".to_owned(),
        429 => "the server asks for a pause; try again later".to_owned(),
        500..=599 => "the fault is the server's; try again later, or look into its log with the \
            trace id"
            .to_owned(),
        _ => return None,
    })
}

fn body_lines(body: &str) -> Vec<String> {
    if body.trim().is_empty() {
        return Vec::new();
    }
    let Ok(json) = serde_json::from_str::<Value>(body) else {
        let cut = if body.chars().count() > SHOWN { " …" } else { "" };
        return vec![format!("{}{cut}", body.trim().chars().take(SHOWN).collect::<String>())];
    };
    let errors = json.get("errors").and_then(Value::as_array);
    let lines: Vec<String> = errors.into_iter().flatten().filter_map(error_line).collect();
    if !lines.is_empty() {
        return lines;
    }
    match json.get("error_description").or_else(|| json.get("message")).and_then(Value::as_str) {
        Some(message) => vec![message.to_owned()],
        None => vec![serde_json::to_string_pretty(&json).unwrap_or_default().chars().take(SHOWN).collect()],
    }
}

/// `message (CODE): detail`, as far as the parts are there.
fn error_line(error: &Value) -> Option<String> {
    let part = |name| error.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let mut line = part("message").or_else(|| part("code"))?.to_owned();
    if let (Some(_), Some(code)) = (part("message"), part("code")) {
        line.push_str(&format!(" ({code})"));
    }
    if let Some(detail) = part("detail") {
        line.push_str(": ");
        line.push_str(detail);
    }
    Some(line)
}

/// Where a redirect points, without user info, path and query: those may hold secrets.
fn redirect_origin(location: Option<&str>, from: &PlatformUrl) -> String {
    let Some(location) = location.map(str::trim) else { return "nowhere".to_owned() };
    let authority = |rest: &str| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit('@').next().unwrap_or_default().to_owned()
    };
    if let Some(rest) = location.strip_prefix("//") {
        return authority(rest);
    }
    let beginning = location.split(['/', '?', '#']).next().unwrap_or_default();
    match beginning.split_once(':') {
        None => format!("another path of {}", from.host()),
        Some((scheme, _)) => match location[beginning.len()..].strip_prefix("//") {
            Some(rest) if beginning.len() == scheme.len() + 1 => format!("{scheme}://{}", authority(rest)),
            _ => "what is no address of a server".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_shapes_of_errors_become_lines() {
        for (body, wanted) in [
            (
                r#"{"errors":[{"code":"FORBIDDEN","message":"no","detail":"why"}]}"#,
                vec!["no (FORBIDDEN): why"],
            ),
            (r#"{"errors":[{"status":401,"message":"Bad Credentials"}]}"#, vec!["Bad Credentials"]),
            (r#"{"errors":[{"message":"a"},{"code":"B"}]}"#, vec!["a", "B"]),
            (r#"{"error":"invalid_grant","error_description":"spent"}"#, vec!["spent"]),
            ("plain words\n", vec!["plain words"]),
            ("", vec![]),
        ] {
            assert_eq!(body_lines(body), wanted, "{body}");
        }
        assert_eq!(body_lines(&"x".repeat(SHOWN + 1))[0].chars().count(), SHOWN + 2);
        assert_eq!(body_lines(r#"{"a":1}"#), ["{\n  \"a\": 1\n}"]);
    }

    #[test]
    fn warnings_are_taken_out_of_their_quotes() {
        assert_eq!(warning_texts(r#"299 accessd "one, \"two\"", 299 - "three""#), ["one, \"two\"", "three"]);
        assert!(warning_texts("299 accessd").is_empty());
    }

    #[test]
    fn a_redirect_is_named_by_its_origin_only() {
        let from = PlatformUrl::parse("--url", "https://h/access").unwrap();
        let origin = |location| redirect_origin(location, &from);
        assert_eq!(origin(Some("https://u:canary@evil.example:8/x?t=canary")), "https://evil.example:8");
        assert_eq!(origin(Some("/login?x")), "another path of h");
        assert_eq!(origin(Some("//evil.example/x")), "evil.example");
        for relative in ["canary", "?canary", "#canary", "?next=https://canary", "", "a/canary:x"] {
            assert_eq!(origin(Some(relative)), "another path of h", "{relative}");
        }
        for odd in ["mailto:canary", "https:canary", "https:/canary", "canary:8080/x"] {
            assert_eq!(origin(Some(odd)), "what is no address of a server", "{odd}");
        }
        assert_eq!(origin(Some("//u:canary@evil.example?x=canary")), "evil.example");
        assert_eq!(origin(None), "nowhere");
    }

    #[test]
    fn unknown_codes_have_no_words() {
        assert_eq!(status_line(StatusCode::FORBIDDEN), "403 Forbidden");
        assert_eq!(status_line(StatusCode::from_u16(599).unwrap()), "599");
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,40}", json in r#"[\[\]{}":,\\a-eé0-9]{0,40}"#) {
            let from = PlatformUrl::parse("--url", "https://h").unwrap();
            for text in [text, json] {
                warning_texts(&text);
                body_lines(&text);
                redirect_origin(Some(&text), &from);
            }
        }
    }
}
