//! One token in words, a line for each thing that is known of it.

use crate::output::terminal::safe_line;
use crate::tokens::{Dialect, StoredToken, rights, words};
use access_types::Subject;

/// Columns before the words.
const LABELS: usize = 14;

/// Everything that is known of a token, as of `now`, with a line end.
pub(crate) fn in_words(token: &StoredToken, dialect: Dialect, now: u64) -> String {
    columns(&lines(token, dialect, now))
}

/// Labels and words as text, a line for each.
pub(crate) fn columns(lines: &[(&'static str, String)]) -> String {
    lines.iter().map(|(label, text)| format!("{label:LABELS$}{}\n", safe_line(text))).collect()
}

/// The same, line by line: label and words.
pub(crate) fn lines(token: &StoredToken, dialect: Dialect, now: u64) -> Vec<(&'static str, String)> {
    let whose = whose(token.subject());
    let mut lines = vec![("token", token.id().to_owned()), ("whose", whose), ("state", state(token, now))];
    match token.scope() {
        Some(scope) => lines.extend(may(scope, token.subject())),
        None => lines.push(("may", "the server does not tell".to_owned())),
    }
    let mut add = |label, text: Option<String>| lines.extend(text.map(|text| (label, text)));
    add("where", token.audience().map(place));
    add("project", token.project().map(str::to_owned));
    add("until", Some(until(token.expiry(), now)));
    add("made", token.issued_at().map(|moment| words::moment(moment, now)));
    add("made by", maker(token));
    add("last used", Some(last_use(token, dialect, now)));
    add("refreshable", token.refreshable().map(yes_or_no));
    add(
        "reference",
        token.has_reference().map(|has| if has { "it has a reference token" } else { "none" }.to_owned()),
    );
    add("revocable", Some(revocable(token, dialect)));
    add("description", token.description().map(str::to_owned));
    lines
}

/// The user in a subject, and the subject.
pub(super) fn whose(subject: &str) -> String {
    let user = Subject::display_name(subject);
    if user == subject { subject.to_owned() } else { format!("{user} ({subject})") }
}

/// What a scope allows, a line for each of its parts, and the scope itself.
pub(super) fn may(scope: &str, subject: &str) -> Vec<(&'static str, String)> {
    let rights = rights::in_words(scope, subject).into_iter().enumerate();
    let lines = rights.map(|(at, words)| (if at == 0 { "may" } else { "" }, words));
    lines.chain([("scope", scope.to_owned())]).collect()
}

/// When a token expires.
pub(super) fn until(expiry: Option<u64>, now: u64) -> String {
    expiry.map_or("it never expires".to_owned(), |expiry| words::moment(expiry, now))
}

/// Whether it can be used, and for how long. A platform shows only tokens that it would accept, but for their end.
fn state(token: &StoredToken, now: u64) -> String {
    let has_expired = token.expiry().is_some_and(|expiry| expiry <= now);
    let state = token.state().unwrap_or(if has_expired { "expired" } else { "live" });
    match state {
        "live" => match (token.revocation_due(), token.expiry()) {
            (Some(due), _) => format!("live, will be revoked {}", words::moment(due, now)),
            (None, Some(expiry)) => format!("live, for {}", words::span(expiry.saturating_sub(now))),
            (None, None) => "live".to_owned(),
        },
        "revoked" => {
            let when = token.revoked_at().or(token.revocation_due());
            let when = when.map(|moment| format!(", {}", words::moment(moment, now))).unwrap_or_default();
            let why = match token.revoked_for() {
                Some("refreshed") => "; a refresh replaced it",
                Some("family") => "; its refresh token was revoked",
                _ => "",
            };
            format!("revoked{when}{why}")
        }
        "expired" => "expired".to_owned(),
        "user_unavailable" => "dead: its user is gone or disabled, or was since it was made".to_owned(),
        other => other.to_owned(),
    }
}

fn place(audience: &str) -> String {
    if rights::is_everywhere(audience) {
        format!("on every service ({audience})")
    } else {
        audience.to_owned()
    }
}

fn maker(token: &StoredToken) -> Option<String> {
    let maker = token.created_by()?;
    let with = match token.parent_id() {
        Some(parent) => format!(", with the token {parent}"),
        None if maker == "accessd" => ", on the service's machine".to_owned(),
        None => ", with a password".to_owned(),
    };
    Some(format!("{}{with}", Subject::display_name(maker)))
}

fn last_use(token: &StoredToken, dialect: Dialect, now: u64) -> String {
    match (token.last_used(), dialect) {
        (Some(moment), _) => words::moment(moment, now),
        (None, Dialect::Accessd) => "never".to_owned(),
        (None, Dialect::Platform) => "the server does not tell".to_owned(),
    }
}

/// A platform does not say; the thresholds are its defaults (access-api.md 4.3).
fn revocable(token: &StoredToken, dialect: Dialect) -> String {
    match (token.revocable(), dialect) {
        (Some(revocable), _) => yes_or_no(revocable),
        (None, Dialect::Accessd) => "yes".to_owned(),
        (None, Dialect::Platform) => match (token.issued_at(), token.expiry()) {
            (Some(issued_at), Some(expiry)) if expiry.saturating_sub(issued_at) < 6 * 3600 => {
                "perhaps not: platforms do not revoke what lives for less than six hours, unless it was made so".to_owned()
            }
            _ => "yes".to_owned(),
        },
    }
}

fn yes_or_no(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: u64 = 1_764_000_000;

    fn words_of(fields: Value, dialect: Dialect) -> String {
        in_words(&StoredToken::from(fields.as_object().unwrap().clone()), dialect, NOW)
    }

    #[test]
    fn everything_that_accessd_knows_is_told() {
        let fields = json!({"token_id": "id-1", "subject": "jfac@x/users/frog", "scope": "applied-permissions/user api:*",
            "audience": "*@*", "issued_at": NOW - 7200, "expiry": NOW + 86_400, "last_used": NOW - 60,
            "description": "ci", "project": "web", "refreshable": true, "has_reference_token": false, "revocable": true,
            "created_by": "jfac@x/users/admin", "parent_token_id": "id-0", "state": "live", "revocation_due": NOW + 900});
        assert_eq!(
            words_of(fields, Dialect::Accessd),
            "token         id-1\n\
             whose         frog (jfac@x/users/frog)\n\
             state         live, will be revoked in 15 minutes, 2025-11-24 16:15 UTC\n\
             may           everything that frog may\n\
             \u{20}             use the REST API\n\
             scope         applied-permissions/user api:*\n\
             where         on every service (*@*)\n\
             project       web\n\
             until         in 24 hours, 2025-11-25 16:00 UTC\n\
             made          2 hours ago, 2025-11-24 14:00 UTC\n\
             made by       admin, with the token id-0\n\
             last used     60 seconds ago, 2025-11-24 15:59 UTC\n\
             refreshable   yes\n\
             reference     none\n\
             revocable     yes\n\
             description   ci\n"
        );
    }

    #[test]
    fn what_a_platform_does_not_tell_is_said() {
        let short = json!({"token_id": "id-1", "subject": "s", "issued_at": NOW, "expiry": NOW + 60, "refreshable": false});
        let text = words_of(short, Dialect::Platform);
        for line in [
            "whose         s\n",
            "state         live, for 60 seconds\n",
            "may           the server does not tell\n",
            "last used     the server does not tell\n",
            "revocable     perhaps not",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(!text.contains("made by") && !text.contains("where"), "{text}");
    }

    #[test]
    fn each_end_has_its_words() {
        for (fields, state) in [
            (
                json!({"state": "revoked", "revoked_at": NOW - 60, "revoked_for": "refreshed"}),
                "revoked, 60 seconds ago, 2025-11-24 15:59 UTC; a refresh replaced it",
            ),
            (
                json!({"state": "revoked", "revocation_due": NOW - 60}),
                "revoked, 60 seconds ago, 2025-11-24 15:59 UTC",
            ),
            (json!({"state": "expired"}), "expired"),
            (json!({"expiry": NOW}), "expired"),
            (json!({"state": "user_unavailable"}), "dead: its user"),
            (json!({"state": "\u{1b}[2Jodd"}), "\\u{1b}[2Jodd"),
            (json!({}), "live"),
        ] {
            let text = words_of(fields, Dialect::Accessd);
            assert!(text.contains(&format!("state         {state}")), "{state}: {text}");
        }
    }
}
