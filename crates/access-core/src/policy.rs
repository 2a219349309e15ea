//! Who may ask for which token: the one place where it is decided. A token is never wider than the
//! credential it was asked for with, nor than what its bearer may do today.

use crate::settings::{AccessSettings, SHIPPED_LIFETIME};
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
    /// Of the projects that the asker's user administers now, the one whose roles are asked for.
    pub administers: Option<&'a str>,
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
    if let Some(project) = wanted.scope.project_of_roles()
        && asker.administers == Some(project)
        && asker.project_key.is_none()
    {
        return may_create_in_project(project, wanted, settings);
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
    check_expiry(wanted, settings)
}

/// A project's administrator makes tokens with roles in that project, for anybody, and for the project alone.
fn may_create_in_project(
    project: &str,
    wanted: &Wanted<'_>,
    settings: &AccessSettings,
) -> Result<(), FieldError> {
    if wanted.project_key != Some(project) {
        let problem = format!("a token with roles in the project {project:?} must be bound to that project");
        return Err(FieldError::new("project_key", problem));
    }
    check_expiry(wanted, settings)
}

/// The limits of lifetimes for who is no administrator.
fn check_expiry(wanted: &Wanted<'_>, settings: &AccessSettings) -> Result<(), FieldError> {
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
/// default of somebody who is no administrator is cut to the limit for users, and is never "never" where users may not
/// ask for that.
pub fn lifetime(expires_in: Option<u64>, admin: bool, settings: &AccessSettings) -> Option<u64> {
    let limit = if admin { 0 } else { settings.max_expiry };
    let may_be_endless = admin || settings.allow_never_expiring_for_users;
    let seconds = match (expires_in, settings.default_expiry) {
        (Some(asked), _) => asked,
        (None, default) if limit > 0 && (default == 0 || default > limit) => limit,
        (None, 0) if !may_be_endless => SHIPPED_LIFETIME,
        (None, default) => default,
    };
    (seconds != 0).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(
        admin: bool,
        user_scope: bool,
        wanted: (&str, &str, Option<&str>, Option<u64>),
        settings: &AccessSettings,
    ) -> Result<(), FieldError> {
        let all = Audience::all();
        let asker = Asker {
            username: Some("frog"),
            admin,
            user_scope,
            audience: &all,
            project_key: None,
            administers: None,
        };
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
            administers: None,
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
    fn a_projects_administrator_makes_tokens_with_its_roles_and_no_others() {
        const VIEWER: &str = "applied-permissions/roles:web:Viewer";
        let settings = AccessSettings { max_expiry: 3600, ..AccessSettings::default() };
        let all = Audience::all();
        let frog = Asker {
            username: Some("frog"),
            admin: false,
            user_scope: true,
            audience: &all,
            project_key: None,
            administers: Some("web"),
        };
        let web = Some("web");
        for (asker, (scope, project_key, expires_in), refusal) in [
            (frog, (VIEWER, web, None), None),
            (frog, ("applied-permissions/roles:web:\"Project Admin\",Viewer api:*", web, Some(3600)), None),
            (frog, (VIEWER, web, Some(3601)), Some("expires_in")),
            (frog, (VIEWER, web, Some(0)), Some("expires_in")),
            (frog, (VIEWER, None, None), Some("project_key")),
            (frog, (VIEWER, Some("shop"), None), Some("project_key")),
            (frog, ("applied-permissions/roles:shop:Viewer", web, None), Some("username")),
            (
                frog,
                ("applied-permissions/roles:web:Viewer applied-permissions/user", web, None),
                Some("username"),
            ),
            (frog, ("applied-permissions/roles:web:Viewer project:web:r", web, None), Some("username")),
            (Asker { user_scope: false, ..frog }, (VIEWER, web, None), Some("scope")),
            (Asker { administers: None, ..frog }, (VIEWER, web, None), Some("username")),
            (Asker { project_key: web, ..frog }, (VIEWER, web, None), Some("username")),
        ] {
            let parsed = Scope::parse(scope).unwrap();
            let wanted =
                Wanted { username: "anybody", scope: &parsed, audience: &all, project_key, expires_in };
            let result = may_create(&asker, &wanted, &settings);
            assert_eq!(result.as_ref().err().map(|error| error.field), refusal, "{scope} {project_key:?}");
        }
    }

    #[test]
    fn the_default_lifetime_respects_the_limit() {
        const YEAR: Option<u64> = Some(31_536_000);
        // (asked, administrator, default-expiry, max-expiry, users may have endless tokens, lifetime)
        for (asked, admin, default_expiry, max_expiry, endless, wanted) in [
            (None, false, 600, 0, false, Some(600)),
            (None, false, 0, 0, false, YEAR),
            (None, false, 0, 0, true, None),
            (None, false, 0, 60, false, Some(60)),
            (None, false, 0, 60, true, Some(60)),
            (None, false, 600, 60, false, Some(60)),
            (None, true, 0, 0, false, None),
            (None, true, 0, 60, false, None),
            (Some(0), true, 600, 60, false, None),
            (Some(0), false, 600, 0, true, None),
            (Some(5), false, 600, 60, false, Some(5)),
        ] {
            let settings = AccessSettings {
                default_expiry,
                max_expiry,
                allow_never_expiring_for_users: endless,
                ..AccessSettings::default()
            };
            let given = lifetime(asked, admin, &settings);
            assert_eq!(given, wanted, "{asked:?} {admin} {default_expiry} {max_expiry} {endless}");
        }
    }
}
