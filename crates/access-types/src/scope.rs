//! The scope grammar (access-api.md 3): parts joined by one space, split outside double quotes,
//! echoed exactly as sent.

use crate::limits::{self, FieldError, check_project_key};
use crate::quoting::{parse_names, split_outside_quotes};
use std::fmt;

mod legacy;

/// A scope that has been read and understood. Prints as the very text it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    text: String,
    parts: Vec<ScopePart>,
}

/// One part of a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScopePart {
    /// `applied-permissions/user`: the user's own rights, as they are at each use.
    User,
    /// `applied-permissions/admin`: everything.
    Admin,
    /// `applied-permissions/groups:a,"b c"`: the rights of these groups.
    Groups(Vec<String>),
    /// `applied-permissions/roles:<project>:<role>[,<role>]`: roles in one project.
    Roles {
        /// The project's key.
        project: String,
        /// The roles, at least one.
        roles: Vec<String>,
    },
    /// `artifact:<repository>[/<path>]:<actions>`: direct rights on a repository path.
    Artifact {
        /// Repository and path, names or patterns.
        path: String,
        /// What may be done there.
        actions: Actions,
    },
    /// `system:<area>:<actions>`.
    System {
        /// The area of the platform.
        area: SystemArea,
        /// What may be done there.
        actions: Actions,
    },
    /// `project:<key>:r` and `project:<key>/members/**:r`.
    Project {
        /// The project's key.
        key: String,
        /// Whether the part speaks of the project's members rather than of the project.
        members: bool,
    },
    /// `api:*`, the legacy word for REST access, which is always implied.
    Api,
    /// Legacy `member-of-groups:a,"b c"`: what the user may as a member of these groups; `None` is `*`, of all its
    /// groups as they are at each use.
    MemberOf(Option<Vec<String>>),
    /// Legacy `jfrt@<id>:admin`: everything, as an administrator of that Artifactory, whose id it holds.
    ArtifactoryAdmin(String),
}

/// An area named by a `system:` part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemArea {
    /// Metrics, read only.
    Metrics,
    /// Live logs, read only.
    LiveLogs,
    /// The users and groups API.
    Identities,
    /// Permission targets.
    Permissions,
    /// System information, read only.
    Info,
    /// Storage summary, read only.
    Storage,
}

/// A set of the action letters `r w d a m x s`; `*` is all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actions(u8);

impl Actions {
    const LETTERS: &'static str = "rwdamxs";

    /// Whether the action `letter` is in the set.
    pub fn contains(self, letter: char) -> bool {
        Self::LETTERS.find(letter).is_some_and(|bit| self.0 & (1 << bit) != 0)
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self(0x7f));
        }
        let mut bits = 0;
        for item in text.split(',') {
            if item.is_empty() {
                return Err("has an empty action".to_owned());
            }
            for letter in item.chars() {
                let bit = Self::LETTERS.find(letter).ok_or_else(|| {
                    format!("has the unknown action {letter:?}; known are r w d a m x s and *")
                })?;
                bits |= 1 << bit;
            }
        }
        Ok(Self(bits))
    }
}

impl Scope {
    /// The default of a create request: `applied-permissions/user`.
    pub fn user() -> Self {
        Self { text: "applied-permissions/user".to_owned(), parts: vec![ScopePart::User] }
    }

    /// `applied-permissions/admin`.
    pub fn admin() -> Self {
        Self { text: "applied-permissions/admin".to_owned(), parts: vec![ScopePart::Admin] }
    }

    /// Reads a scope.
    ///
    /// # Errors
    /// A [`FieldError`] on `scope` that quotes the part that is wrong and says why: too long (500
    /// characters), control characters, an unclosed quote, an empty part, an unknown or malformed part.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        limits::check_text("scope", text, limits::SCOPE)?;
        let pieces = split_outside_quotes(text, ' ')
            .ok_or_else(|| FieldError::new("scope", format!("the quote in {text:?} is never closed")))?;
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let part = parse_part(piece)
                .map_err(|problem| FieldError::new("scope", format!("the part {piece:?} {problem}")))?;
            parts.push(part);
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The text exactly as it was sent.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The parts, at least one, in the order sent.
    pub fn parts(&self) -> &[ScopePart] {
        &self.parts
    }

    /// Whether `applied-permissions/user` is among the parts.
    pub fn has_user(&self) -> bool {
        self.parts.contains(&ScopePart::User)
    }

    /// Whether `applied-permissions/admin` is among the parts.
    pub fn has_admin(&self) -> bool {
        self.parts.contains(&ScopePart::Admin)
    }

    /// The project in which this scope gives roles, if it gives nothing else than roles in one project.
    pub fn project_of_roles(&self) -> Option<&str> {
        let mut only = None;
        for part in &self.parts {
            match part {
                ScopePart::Api => {}
                ScopePart::Roles { project, .. } if only.is_none_or(|key| key == project) => {
                    only = Some(project.as_str());
                }
                _ => return None,
            }
        }
        only
    }

    /// The names of all groups in all parts.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.parts
            .iter()
            .flat_map(|part| match part {
                ScopePart::Groups(names) => names.as_slice(),
                _ => &[],
            })
            .map(String::as_str)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn parse_part(piece: &str) -> Result<ScopePart, String> {
    if piece.is_empty() {
        return Err("is empty: parts are joined by one space".to_owned());
    }
    match piece {
        "applied-permissions/user" => return Ok(ScopePart::User),
        "applied-permissions/admin" => return Ok(ScopePart::Admin),
        "api:*" => return Ok(ScopePart::Api),
        _ => {}
    }
    let (kind, rest) = piece.split_once(':').ok_or_else(unknown)?;
    match kind {
        "applied-permissions/groups" => parse_groups(rest),
        "applied-permissions/roles" => parse_roles(rest),
        "artifact" => parse_artifact(rest),
        "system" => parse_system(rest),
        "project" => parse_project(rest),
        _ => Err(unknown()),
    }
}

fn unknown() -> String {
    "is not a scope this service knows; known are applied-permissions/user, applied-permissions/admin, \
     applied-permissions/groups:…, applied-permissions/roles:<project>:…, artifact:…, system:…, project:…"
        .to_owned()
}

fn parse_groups(list: &str) -> Result<ScopePart, String> {
    let names = parse_names(list)?;
    for name in &names {
        if name.chars().count() > limits::GROUP_NAME {
            return Err(format!("names a group of more than {} characters", limits::GROUP_NAME));
        }
    }
    Ok(ScopePart::Groups(names))
}

fn parse_roles(rest: &str) -> Result<ScopePart, String> {
    let (project, list) = rest
        .split_once(':')
        .ok_or("needs a project and roles: applied-permissions/roles:<project>:<role>[,<role>]")?;
    check_project_key(project)
        .map_err(|error| format!("names the project {project:?}, which {}", error.problem))?;
    Ok(ScopePart::Roles { project: project.to_owned(), roles: parse_names(list)? })
}

fn parse_artifact(rest: &str) -> Result<ScopePart, String> {
    let (path, actions) = rest
        .rsplit_once(':')
        .ok_or("needs a repository and actions: artifact:<repository>[/<path>]:<actions>")?;
    if path.is_empty() || path.starts_with('/') {
        return Err("names no repository".to_owned());
    }
    Ok(ScopePart::Artifact { path: path.to_owned(), actions: Actions::parse(actions)? })
}

fn parse_system(rest: &str) -> Result<ScopePart, String> {
    let (area, actions) = rest.split_once(':').ok_or("needs an area and actions: system:<area>:<actions>")?;
    let (area, read_only) = match area {
        "metrics" => (SystemArea::Metrics, true),
        "livelogs" => (SystemArea::LiveLogs, true),
        "info" => (SystemArea::Info, true),
        "storage" => (SystemArea::Storage, true),
        "identities" => (SystemArea::Identities, false),
        "permissions" => (SystemArea::Permissions, false),
        _ => {
            return Err(format!(
                "names the unknown area {area:?}; known are metrics, livelogs, identities, permissions, info, storage"
            ));
        }
    };
    if read_only && actions != "r" {
        return Err("allows only the action r".to_owned());
    }
    Ok(ScopePart::System { area, actions: Actions::parse(actions)? })
}

fn parse_project(rest: &str) -> Result<ScopePart, String> {
    let (path, actions) = rest.rsplit_once(':').ok_or("needs a key and an action: project:<key>:r")?;
    let (key, members) = match path.strip_suffix("/members/**") {
        Some(key) => (key, true),
        None => (path, false),
    };
    check_project_key(key).map_err(|error| format!("names the project {key:?}, which {}", error.problem))?;
    if actions != "r" {
        return Err("allows only the action r".to_owned());
    }
    Ok(ScopePart::Project { key: key.to_owned(), members })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(text: &str) -> Vec<ScopePart> {
        Scope::parse(text).unwrap().parts().to_vec()
    }

    #[test]
    fn every_documented_form_is_read() {
        assert_eq!(parts("applied-permissions/user"), [ScopePart::User]);
        assert_eq!(
            parts(r#"applied-permissions/groups:"group 2",readers"#),
            [ScopePart::Groups(vec!["group 2".into(), "readers".into()])]
        );
        assert_eq!(
            parts(r#"applied-permissions/groups:"admin-group","#),
            [ScopePart::Groups(vec!["admin-group".into()])]
        );
        assert_eq!(
            parts("applied-permissions/roles:web:Developer,\"Release Manager\""),
            [ScopePart::Roles {
                project: "web".into(),
                roles: vec!["Developer".into(), "Release Manager".into()]
            }]
        );
        assert_eq!(parts("applied-permissions/groups:g1 applied-permissions/admin").len(), 2);
        for good in [
            "artifact:libs-release/org/**:r,w",
            "artifact:libs:rwd",
            "artifact:libs:*",
            "system:metrics:r",
            "system:livelogs:r",
            "system:identities:r,w",
            "system:permissions:*",
            "system:info:r",
            "system:storage:r",
            "project:web:r",
            "project:web/members/**:r",
            "applied-permissions/user api:*",
        ] {
            assert_eq!(Scope::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn a_wrong_part_is_named() {
        for (text, part) in [
            ("applied-permissions/user nonsense", "nonsense"),
            ("applied-permissions/group:x", "applied-permissions/group:x"),
            ("applied-permissions/groups:a,,b", "applied-permissions/groups:a,,b"),
            ("applied-permissions/groups:", "applied-permissions/groups:"),
            ("applied-permissions/roles:web", "applied-permissions/roles:web"),
            ("artifact:libs:q", "artifact:libs:q"),
            ("artifact::r", "artifact::r"),
            ("system:metrics:w", "system:metrics:w"),
            ("system:other:r", "system:other:r"),
            ("project:web:w", "project:web:w"),
            ("Applied-Permissions/Admin", "Applied-Permissions/Admin"),
        ] {
            let error = Scope::parse(text).unwrap_err();
            assert_eq!(error.field, "scope");
            assert!(error.problem.contains(&format!("{part:?}")), "{text}: {}", error.problem);
        }
        assert!(Scope::parse("").is_err());
        assert!(Scope::parse("applied-permissions/user  applied-permissions/admin").is_err());
        assert!(Scope::parse("applied-permissions/groups:\"a").unwrap_err().problem.contains("never closed"));
    }

    #[test]
    fn the_length_limit_is_500_characters() {
        let scope = |n: usize| format!("artifact:{}:r", "a".repeat(n - 11));
        assert!(Scope::parse(&scope(500)).is_ok());
        assert!(Scope::parse(&scope(501)).unwrap_err().problem.contains("500"));
    }

    #[test]
    fn roles_alone_are_of_a_project() {
        let project = |text: &str| Scope::parse(text).unwrap().project_of_roles().map(str::to_owned);
        assert_eq!(project("applied-permissions/roles:web:Viewer").as_deref(), Some("web"));
        let twice = "applied-permissions/roles:web:Viewer api:* applied-permissions/roles:web:Developer";
        assert_eq!(project(twice).as_deref(), Some("web"));
        for other in [
            "applied-permissions/roles:web:Viewer applied-permissions/roles:shop:Viewer",
            "applied-permissions/roles:web:Viewer applied-permissions/user",
            "applied-permissions/roles:web:Viewer project:web:r",
            "applied-permissions/user",
            "api:*",
        ] {
            assert_eq!(project(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_echoes_what_it_accepts(text in "\\PC{0,80}") {
            if let Ok(scope) = Scope::parse(&text) {
                prop_assert_eq!(scope.as_str(), text);
            }
        }

        #[test]
        fn group_names_survive_quoting(names in prop::collection::vec("[a-zA-Z0-9 ,._-]{0,10}[a-z]", 1..6)) {
            let quoted: Vec<_> = names.iter().map(|n| crate::quoting::quote_name(n)).collect();
            let scope = Scope::parse(&format!("applied-permissions/groups:{}", quoted.join(","))).unwrap();
            prop_assert_eq!(scope.groups().collect::<Vec<_>>(), names);
        }
    }
}
