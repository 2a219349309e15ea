//! What a scope lets its bearer do, in words, and whether that is a lot.

use access_types::quoting::split_outside_quotes;
use access_types::scope::{Actions, ScopePart, SystemArea};
use access_types::{Scope, Subject};

/// The actions of a scope, in the order of the letters' table.
const ACTIONS: [(char, &str); 5] =
    [('r', "read"), ('w', "write"), ('d', "delete"), ('a', "annotate"), ('m', "manage")];

/// What each part of `scope` allows; a part that is not known stands as it is.
pub(crate) fn in_words(scope: &str, subject: &str) -> Vec<String> {
    parts(scope).into_iter().map(|part| part_in_words(part, subject)).collect()
}

/// Whether the scope makes its bearer an administrator, whoever it is. Artifactory's old scope is
/// `<service id>:admin`.
pub(crate) fn is_admin(scope: &str) -> bool {
    let is_old =
        |part: &str| part.rsplit_once(':').is_some_and(|(id, word)| word == "admin" && id.contains('@'));
    parts(scope).into_iter().any(|part| part == "applied-permissions/admin" || is_old(part))
}

/// Whether an audience has a service of every kind in it; so has none at all.
pub(crate) fn is_everywhere(audience: &str) -> bool {
    let mut services = audience.split_ascii_whitespace().peekable();
    services.peek().is_none() || services.any(|service| service.starts_with("*@"))
}

fn parts(scope: &str) -> Vec<&str> {
    split_outside_quotes(scope, ' ').unwrap_or_else(|| scope.split(' ').collect())
}

fn part_in_words(text: &str, subject: &str) -> String {
    let Ok(scope) = Scope::parse(text) else { return text.to_owned() };
    match scope.parts() {
        [ScopePart::User] => format!("everything that {} may", Subject::display_name(subject)),
        [ScopePart::Admin] => "everything, as an administrator".to_owned(),
        [ScopePart::Groups(names)] => format!("what {} {} may", plural("group", names), names.join(", ")),
        [ScopePart::Roles { project, roles }] => {
            format!("{} {} in the project {project}", plural("role", roles), roles.join(", "))
        }
        [ScopePart::Artifact { path, actions }] => format!("{} in {path}", actions_in_words(*actions)),
        [ScopePart::System { area, actions }] => {
            format!("{} {}", actions_in_words(*actions), area_in_words(*area))
        }
        [ScopePart::Project { key, members: false }] => format!("read the project {key}"),
        [ScopePart::Project { key, members: true }] => format!("read the members of the project {key}"),
        [ScopePart::Api] => "use the REST API".to_owned(),
        _ => text.to_owned(),
    }
}

fn plural(word: &str, names: &[String]) -> String {
    if names.len() == 1 { format!("the {word}") } else { format!("the {word}s") }
}

fn actions_in_words(actions: Actions) -> String {
    let words: Vec<_> =
        ACTIONS.iter().filter(|(letter, _)| actions.contains(*letter)).map(|(_, word)| *word).collect();
    if words.len() == ACTIONS.len() { "everything".to_owned() } else { words.join(", ") }
}

fn area_in_words(area: SystemArea) -> &'static str {
    match area {
        SystemArea::Metrics => "the metrics",
        SystemArea::LiveLogs => "the live logs",
        SystemArea::Identities => "users and groups",
        SystemArea::Permissions => "permission targets",
        SystemArea::Info => "the system information",
        SystemArea::Storage => "the storage summary",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_part_has_its_words() {
        for (scope, words) in [
            ("applied-permissions/user", "everything that frog may"),
            ("applied-permissions/admin", "everything, as an administrator"),
            ("applied-permissions/groups:readers", "what the group readers may"),
            (r#"applied-permissions/groups:"group 2",b"#, "what the groups group 2, b may"),
            ("applied-permissions/roles:web:Developer", "the role Developer in the project web"),
            ("artifact:lib/x:r,w", "read, write in lib/x"),
            ("artifact:lib:*", "everything in lib"),
            ("system:identities:r", "read users and groups"),
            ("project:web:r", "read the project web"),
            ("project:web/members/**:r", "read the members of the project web"),
            ("member-of-groups:*", "member-of-groups:*"),
        ] {
            assert_eq!(in_words(scope, "jfac@x/users/frog"), [words], "{scope}");
        }
        assert_eq!(in_words("applied-permissions/user api:*", "frog").len(), 2);
    }

    #[test]
    fn administrators_are_recognised() {
        for yes in ["applied-permissions/admin", "api:* jfrt@01abc:admin", "jfrt@*:admin"] {
            assert!(is_admin(yes), "{yes}");
        }
        for no in [
            "applied-permissions/user",
            r#"applied-permissions/groups:"x applied-permissions/admin""#,
            "admin",
        ] {
            assert!(!is_admin(no), "{no}");
        }
    }

    #[test]
    fn a_wide_audience_is_recognised() {
        for (audience, is_wide) in
            [("*@*", true), ("", true), ("jfrt@* *@01", true), ("jfrt@*", false), ("jfrt@01 jfac@02", false)]
        {
            assert_eq!(is_everywhere(audience), is_wide, "{audience}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(scope in "[a-z/:*\", @-]{0,40}") {
            in_words(&scope, &scope);
            is_admin(&scope);
        }
    }
}
