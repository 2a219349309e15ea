//! Who may ask the older endpoint for which token (access-api.md 1.8).

use crate::settings::AccessSettings;
use access_types::scope::ScopePart;
use access_types::{Audience, FieldError, Scope};

/// Lifetime in seconds of a token that asks for none, and the longest for users who are no administrators.
pub const HOUR: u64 = 3600;

/// The groups whose rights a credential has as its user's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnGroups<'a> {
    /// None: it does not have its user's rights.
    None,
    /// These of the user's groups, as they are now.
    Some(Vec<&'a str>),
    /// All of the user's groups, which now are these.
    All(Vec<&'a str>),
}

/// Who asks, reduced to what the decision needs.
#[derive(Debug, Clone)]
pub struct Asker<'a> {
    /// The asker's own user name.
    pub username: Option<&'a str>,
    /// Whether bearer *and* credential have administrator rights.
    pub admin: bool,
    /// The groups whose rights the credential has as its user's own.
    pub groups: OwnGroups<'a>,
    /// The services that accept the credential.
    pub audience: &'a Audience,
    /// With a credential that makes tokens for this service only: its id.
    pub artifactory_only: Option<&'a str>,
}

/// What is asked for, defaults filled in.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// For whom.
    pub username: &'a str,
    /// Scope, in the language of the older endpoint.
    pub scope: &'a Scope,
    /// Audience.
    pub audience: &'a Audience,
}

/// Decides whether `asker` may have what is `wanted`.
///
/// # Errors
/// The field for whose sake it is refused, and why.
pub fn may_create(asker: &Asker<'_>, wanted: &Wanted<'_>) -> Result<(), FieldError> {
    if !asker.audience.covers(wanted.audience) {
        let problem =
            format!("{} is wider than the audience of this credential, {}", wanted.audience, asker.audience);
        return Err(FieldError::new("audience", problem));
    }
    if let Some(service) = asker.artifactory_only
        && wanted.audience.ids().iter().any(|id| id != service)
    {
        let problem = format!("with a password or an API key, tokens are made here for {service} only");
        return Err(FieldError::new("audience", problem));
    }
    if asker.admin { Ok(()) } else { may_create_as_user(asker, wanted) }
}

fn may_create_as_user(asker: &Asker<'_>, wanted: &Wanted<'_>) -> Result<(), FieldError> {
    if asker.username != Some(wanted.username) {
        let owner = asker.username.unwrap_or("nobody");
        let problem =
            format!("only administrators create tokens for others, and this credential is {owner}'s");
        return Err(FieldError::new("username", problem));
    }
    let (groups, has_all) = match &asker.groups {
        OwnGroups::All(groups) => (groups, true),
        OwnGroups::Some(groups) => (groups, false),
        OwnGroups::None => {
            return Err(FieldError::new(
                "scope",
                "this credential does not have its user's rights; creating tokens takes user scope \
                 (applied-permissions/user), member-of-groups or administrator rights",
            ));
        }
    };
    let outside = |names: &Vec<String>| names.iter().find(|name| !groups.contains(&name.as_str())).cloned();
    for part in wanted.scope.parts() {
        match part {
            ScopePart::Api => {}
            ScopePart::MemberOf(None) if has_all => {}
            ScopePart::MemberOf(Some(names)) => {
                if let Some(name) = outside(names) {
                    let problem = format!("{name:?} is not among the groups of this credential's user");
                    return Err(FieldError::new("scope", problem));
                }
            }
            _ => {
                let problem = format!("this credential does not have all the rights of {}", wanted.scope);
                return Err(FieldError::new("scope", problem));
            }
        }
    }
    Ok(())
}

/// The lifetime of a token in seconds; `None` = never expires.
///
/// # Errors
/// The wire's words, if a user who is no administrator asks for more than there is.
pub fn lifetime(
    username: &str,
    expires_in: Option<u64>,
    admin: bool,
    settings: &AccessSettings,
) -> Result<Option<u64>, String> {
    let limit = if settings.max_expiry == 0 { HOUR } else { HOUR.min(settings.max_expiry) };
    match expires_in {
        Some(0) if admin => Ok(None),
        Some(seconds) if admin || (1..=limit).contains(&seconds) => Ok(Some(seconds)),
        Some(seconds) => Err(format!(
            "The user: '{username}' can only create user token(s) with expiry between 0 and {limit} seconds; {} was \
             requested",
            if seconds == 0 { "0, which is never,".to_owned() } else { seconds.to_string() }
        )),
        None => Ok(Some(if admin { HOUR } else { limit })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decide(groups: OwnGroups<'_>, admin: bool, name: &str, scope: &str) -> Result<(), FieldError> {
        let all = Audience::all();
        let asker = Asker { username: Some("frog"), admin, groups, audience: &all, artifactory_only: None };
        let scope = Scope::parse_legacy(scope).unwrap();
        may_create(&asker, &Wanted { username: name, scope: &scope, audience: &all })
    }

    #[test]
    fn the_table() {
        let all = || OwnGroups::All(vec!["a", "b"]);
        let some = || OwnGroups::Some(vec!["a"]);
        for (groups, admin, name, scope, refusal) in [
            (OwnGroups::None, true, "toad", "jfrt@01:admin", None),
            (OwnGroups::None, true, "toad", "member-of-groups:x", None),
            (all(), false, "frog", "member-of-groups:*", None),
            (all(), false, "frog", "member-of-groups:a,b api:*", None),
            (some(), false, "frog", "member-of-groups:a", None),
            (all(), false, "frog", "member-of-groups:a,c", Some("scope")),
            (some(), false, "frog", "member-of-groups:b", Some("scope")),
            (some(), false, "frog", "member-of-groups:*", Some("scope")),
            (all(), false, "frog", "jfrt@01:admin", Some("scope")),
            (all(), false, "frog", "member-of-groups:* jfrt@01:admin", Some("scope")),
            (OwnGroups::None, false, "frog", "api:*", Some("scope")),
            (all(), false, "toad", "api:*", Some("username")),
        ] {
            let result = decide(groups, admin, name, scope);
            assert_eq!(result.as_ref().err().map(|error| error.field), refusal, "{name} {scope}: {result:?}");
        }
    }

    #[test]
    fn the_audience_is_never_wider() {
        let scope = Scope::parse_legacy("api:*").unwrap();
        let parse = |text| Audience::parse(text).unwrap();
        for (own, only, wanted, is_allowed) in [
            ("*@*", None, "*@*", true),
            ("jfrt@01", None, "jfrt@01", true),
            ("jfrt@01", None, "jfrt@*", false),
            ("*@*", Some("jfrt@01"), "jfrt@01", true),
            ("*@*", Some("jfrt@01"), "jfrt@*", false),
            ("*@*", Some("jfrt@01"), "jfrt@01 jfac@01", false),
            ("*@*", Some("jfrt@01"), "*@*", false),
        ] {
            let (own, wanted) = (parse(own), parse(wanted));
            for admin in [true, false] {
                let groups = OwnGroups::All(vec![]);
                let asker =
                    Asker { username: Some("frog"), admin, groups, audience: &own, artifactory_only: only };
                let result =
                    may_create(&asker, &Wanted { username: "frog", scope: &scope, audience: &wanted });
                assert_eq!(result.is_ok(), is_allowed, "{own} {only:?} {wanted}");
            }
        }
    }

    #[test]
    fn users_get_an_hour_at_most() {
        let open = AccessSettings::default();
        let capped = AccessSettings { max_expiry: 600, default_expiry: 600, ..open.clone() };
        for (expires_in, admin, settings, expected) in [
            (None, false, &open, Some(Some(3600))),
            (None, true, &open, Some(Some(3600))),
            (None, false, &capped, Some(Some(600))),
            (Some(3600), false, &open, Some(Some(3600))),
            (Some(601), false, &capped, None),
            (Some(3601), false, &open, None),
            (Some(0), false, &open, None),
            (Some(0), true, &capped, Some(None)),
            (Some(99_999), true, &capped, Some(Some(99_999))),
        ] {
            let result = lifetime("frog", expires_in, admin, settings);
            assert_eq!(result.clone().ok(), expected, "{expires_in:?} {admin}");
            if let Err(words) = result {
                let beginning = "The user: 'frog' can only create user token(s) with expiry between 0 and ";
                assert!(words.starts_with(beginning), "{words}");
            }
        }
    }

    proptest! {
        // reg_30: a token of all the user's groups was made with a credential that had less.
        #[test]
        fn reg_30_a_child_has_only_groups_its_parent_has(
            own in prop::collection::vec("[a-e]", 0..4), has_all: bool, wanted in prop::collection::vec("[a-e]", 1..4),
            wants_all: bool,
        ) {
            let own: Vec<&str> = own.iter().map(String::as_str).collect();
            let groups = if has_all { OwnGroups::All(own.clone()) } else { OwnGroups::Some(own.clone()) };
            let scope = if wants_all { "member-of-groups:*".to_owned() } else { format!("member-of-groups:{}", wanted.join(",")) };
            if decide(groups, false, "frog", &scope).is_ok() {
                let is_within = match wants_all {
                    true => has_all,
                    false => wanted.iter().all(|name| own.contains(&name.as_str())),
                };
                prop_assert!(is_within, "{:?} {}", own, scope);
            }
        }
    }
}
