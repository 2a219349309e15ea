//! Who may ask for which token: the one place where it is decided. A token is never wider than the
//! credential it was asked for with, nor than what its bearer may do today.

use crate::settings::AccessSettings;
use access_types::scope::ScopePart;
use access_types::{Audience, FieldError, Scope};

pub mod legacy;

/// Who asks, reduced to what the decision needs.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// The asker's own user name.
    pub username: Option<&'a str>,
    /// Whether bearer *and* credential have administrator rights.
    pub admin: bool,
    /// Whether the credential has all of the user's own rights (user scope, or a password).
    pub user_scope: bool,
    /// The services that accept the credential.
    pub audience: &'a Audience,
    /// The project the credential is bound to.
    pub project_key: Option<&'a str>,
}

/// What is asked for, defaults filled in.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// For whom.
    pub username: &'a str,
    /// Scope.
    pub scope: &'a Scope,
    /// Audience.
    pub audience: &'a Audience,
    /// Project to bind to.
    pub project_key: Option<&'a str>,
    /// Lifetime in seconds as asked for; 0 = never expires; `None` = the default.
    pub expires_in: Option<u64>,
}

/// Decides whether `asker` may have what is `wanted`.
///
/// # Errors
/// The field for whose sake it is refused, and why.
pub fn may_create(
    asker: &Asker<'_>,
    wanted: &Wanted<'_>,
    settings: &AccessSettings,
) -> Result<(), FieldError> {
    if let Some(project) = asker.project_key
        && wanted.project_key != Some(project)
    {
        let problem =
            format!("this credential is bound to the project {project:?}, so the new token must be too");
        return Err(FieldError::new("project_key", problem));
    }
    if !asker.audience.covers(wanted.audience) {
        let problem =
            format!("{} is wider than the audience of this credential, {}", wanted.audience, asker.audience);
        return Err(FieldError::new("audience", problem));
    }
    if asker.admin { Ok(()) } else { may_create_as_user(asker, wanted, settings) }
}

fn may_create_as_user(
    asker: &Asker<'_>,
    wanted: &Wanted<'_>,
    settings: &AccessSettings,
) -> Result<(), FieldError> {
    if !asker.user_scope {
        return Err(FieldError::new(
            "scope",
            "this credential has only some of its user's rights; creating tokens takes user scope \
             (applied-permissions/user) or administrator rights",
        ));
    }
    if asker.username != Some(wanted.username) {
        let owner = asker.username.unwrap_or("nobody");
        let problem =
            format!("only administrators create tokens for others, and this credential is {owner}'s");
        return Err(FieldError::new("username", problem));
    }
    let is_own = |part: &ScopePart| matches!(part, ScopePart::User | ScopePart::Api);
    if !wanted.scope.has_user() || !wanted.scope.parts().iter().all(is_own) {
        let problem = format!(
            "only administrators choose a scope other than applied-permissions/user, and {} was asked for",
            wanted.scope
        );
        return Err(FieldError::new("scope", problem));
    }
    if asker.project_key.is_none() && wanted.project_key.is_some() {
        return Err(FieldError::new("project_key", "only administrators bind a token to a project"));
    }
    match (wanted.expires_in, settings.max_expiry) {
        (Some(0), max) if max > 0 || !settings.allow_never_expiring_for_users => Err(FieldError::new(
            "expires_in",
            "only administrators create tokens that never expire (0); ask for a number of seconds",
        )),
        (Some(asked), max) if max > 0 && asked > max => {
            let problem = format!(
                "{asked} is above the limit of {max} seconds that this service sets for users (token.max-expiry)"
            );
            Err(FieldError::new("expires_in", problem))
        }
        _ => Ok(()),
    }
}

/// The lifetime of a token in seconds: what was asked for or the default, `None` = never expires. The
/// default of somebody who is no administrator is cut to the limit for users.
pub fn lifetime(expires_in: Option<u64>, admin: bool, settings: &AccessSettings) -> Option<u64> {
    let limit = if admin { 0 } else { settings.max_expiry };
    let seconds = match expires_in {
        Some(asked) => asked,
        None if limit > 0 && (settings.default_expiry == 0 || settings.default_expiry > limit) => limit,
        None => settings.default_expiry,
    };
    (seconds != 0).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decide(
        admin: bool,
        user_scope: bool,
        wanted: (&str, &str, Option<&str>, Option<u64>),
        settings: &AccessSettings,
    ) -> Result<(), FieldError> {
        let all = Audience::all();
        let asker = Asker { username: Some("frog"), admin, user_scope, audience: &all, project_key: None };
        let scope = Scope::parse(wanted.1).unwrap();
        let wanted = Wanted {
            username: wanted.0,
            scope: &scope,
            audience: &all,
            project_key: wanted.2,
            expires_in: wanted.3,
        };
        may_create(&asker, &wanted, settings)
    }

    #[test]
    fn the_table() {
        const USER: &str = "applied-permissions/user";
        const ADMIN: &str = "applied-permissions/admin";
        const GROUPS: &str = "applied-permissions/groups:g";
        let open = AccessSettings::default();
        let capped = AccessSettings { max_expiry: 3600, default_expiry: 600, ..open.clone() };
        let lenient = AccessSettings { allow_never_expiring_for_users: true, ..open.clone() };
        // (admin, user scope, (for whom, scope, project, expiry), settings, the field of the refusal)
        for (admin, user_scope, wanted, settings, refusal) in [
            (true, true, ("other", ADMIN, Some("web"), Some(0)), &capped, None),
            (true, false, ("other", GROUPS, None, Some(1 << 33)), &capped, None),
            (false, true, ("frog", USER, None, None), &open, None),
            (false, true, ("frog", USER, None, Some(999_999_999)), &open, None),
            (false, true, ("frog", "applied-permissions/user api:*", None, None), &open, None),
            (false, true, ("frog", "api:*", None, None), &open, Some("scope")),
            (false, false, ("frog", USER, None, None), &open, Some("scope")),
            (false, false, ("frog", GROUPS, None, None), &open, Some("scope")),
            (false, true, ("other", USER, None, None), &open, Some("username")),
            (false, true, ("frog", ADMIN, None, None), &open, Some("scope")),
            (false, true, ("frog", GROUPS, None, None), &open, Some("scope")),
            (
                false,
                true,
                ("frog", "applied-permissions/user applied-permissions/admin", None, None),
                &open,
                Some("scope"),
            ),
            (false, true, ("frog", "system:metrics:r", None, None), &open, Some("scope")),
            (false, true, ("frog", USER, Some("web"), None), &open, Some("project_key")),
            (false, true, ("frog", USER, None, Some(0)), &open, Some("expires_in")),
            (false, true, ("frog", USER, None, Some(0)), &lenient, None),
            (
                false,
                true,
                ("frog", USER, None, Some(0)),
                &AccessSettings { max_expiry: 1, ..lenient.clone() },
                Some("expires_in"),
            ),
            (false, true, ("frog", USER, None, Some(3600)), &capped, None),
            (false, true, ("frog", USER, None, Some(3601)), &capped, Some("expires_in")),
        ] {
            let result = decide(admin, user_scope, wanted, settings);
            let field = result.as_ref().err().map(|error| error.field);
            assert_eq!(field, refusal, "{admin} {user_scope} {wanted:?}: {result:?}");
        }
    }

    #[test]
    fn audience_and_project_of_the_credential_bind_administrators_too() {
        let (narrow, all) = (Audience::parse("jfac@*").unwrap(), Audience::all());
        let admin = Scope::admin();
        let asker = Asker {
            username: Some("a"),
            admin: true,
            user_scope: true,
            audience: &narrow,
            project_key: Some("web"),
        };
        let wanted = Wanted {
            username: "a",
            scope: &admin,
            audience: &narrow,
            project_key: Some("web"),
            expires_in: None,
        };
        assert!(may_create(&asker, &wanted, &AccessSettings::default()).is_ok());
        assert!(
            may_create(&asker, &Wanted { audience: &all, ..wanted }, &AccessSettings::default()).is_err()
        );
        assert!(
            may_create(&asker, &Wanted { project_key: None, ..wanted }, &AccessSettings::default()).is_err()
        );
        assert!(
            may_create(&asker, &Wanted { project_key: Some("other"), ..wanted }, &AccessSettings::default())
                .is_err()
        );
    }

    #[test]
    fn the_default_lifetime_respects_the_limit() {
        let settings = |default_expiry, max_expiry| AccessSettings {
            default_expiry,
            max_expiry,
            ..AccessSettings::default()
        };
        assert_eq!(lifetime(None, false, &settings(600, 0)), Some(600));
        assert_eq!(lifetime(None, false, &settings(0, 0)), None);
        assert_eq!(lifetime(None, false, &settings(0, 60)), Some(60));
        assert_eq!(lifetime(None, true, &settings(0, 60)), None);
        assert_eq!(lifetime(Some(0), true, &settings(600, 60)), None);
        assert_eq!(lifetime(Some(5), false, &settings(600, 60)), Some(5));
    }

    /// A plain model of rights: what a credential can do, as sets. Users `u0`…`u2`; `u0` is an
    /// administrator. A token may come out of a request only if every right of it was in the asker's.
    #[derive(Debug, Clone, PartialEq)]
    struct Rights {
        everything: bool,
        own_rights_of: Option<u8>,
        groups: Vec<u8>,
    }

    fn scope_text(kind: u8) -> &'static str {
        [
            "applied-permissions/user",
            "applied-permissions/admin",
            "applied-permissions/groups:g0",
            "applied-permissions/groups:g0,g1",
            "applied-permissions/user applied-permissions/groups:g1",
        ][usize::from(kind)]
    }

    fn rights(user: u8, kind: u8) -> Rights {
        let user_is_admin = user == 0;
        match kind {
            0 => Rights { everything: user_is_admin, own_rights_of: Some(user), groups: vec![] },
            1 => Rights { everything: true, own_rights_of: Some(user), groups: vec![] },
            2 => Rights { everything: false, own_rights_of: None, groups: vec![0] },
            3 => Rights { everything: false, own_rights_of: None, groups: vec![0, 1] },
            _ => Rights { everything: user_is_admin, own_rights_of: Some(user), groups: vec![1] },
        }
    }

    fn is_within(child: &Rights, parent: &Rights) -> bool {
        parent.everything
            || (!child.everything
                && child.own_rights_of.is_none_or(|user| parent.own_rights_of == Some(user))
                && child.groups.iter().all(|group| parent.groups.contains(group)))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn a_child_is_never_wider_than_its_parent(
            user in 0u8..3, kind in 0u8..5, for_user in 0u8..3, wanted_kind in 0u8..5,
            audiences in (0usize..4, 0usize..4), projects in (0usize..3, 0usize..3),
        ) {
            let audience = |at: usize| Audience::parse(["*@*", "jfac@*", "jfac@* jfrt@*", "jfrt@01"][at]).unwrap();
            let project = |at: usize| [None, Some("web"), Some("other")][at];
            let (name, for_name) = (format!("u{user}"), format!("u{for_user}"));
            let (scope, wanted_scope) = (Scope::parse(scope_text(kind)).unwrap(), Scope::parse(scope_text(wanted_kind)).unwrap());
            let (own_audience, wanted_audience) = (audience(audiences.0), audience(audiences.1));
            let asker = Asker {
                username: Some(&name),
                admin: (scope.has_admin() || (scope.has_user() && user == 0)) && projects.0 == 0,
                user_scope: scope.has_user(),
                audience: &own_audience,
                project_key: project(projects.0),
            };
            let wanted = Wanted {
                username: &for_name, scope: &wanted_scope, audience: &wanted_audience,
                project_key: project(projects.1), expires_in: None,
            };
            if may_create(&asker, &wanted, &AccessSettings::default()).is_ok() {
                prop_assert!(is_within(&rights(for_user, wanted_kind), &rights(user, kind)));
                for service in ["jfac@01", "jfrt@01", "jfrt@02", "jfxr@01"] {
                    prop_assert!(own_audience.includes(service) || !wanted_audience.includes(service));
                }
                prop_assert!(projects.0 == 0 || projects.0 == projects.1);
            }
        }
    }
}
