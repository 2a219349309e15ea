//! The scope that `--scope`, `--groups` and `--grant-admin` ask for. It is not checked against a
//! grammar: another platform may know more scopes than we do.

use crate::error::{Failure, Outcome};
use access_types::limits::{self, SCOPE};
use access_types::quoting::{quote_name, split_outside_quotes};

/// The scope to send; `None` leaves the choice to the platform.
///
/// # Errors
/// A usage failure for both ways at once, an empty group name, a quote that is never closed, control
/// characters, and more than 500 characters.
pub(crate) fn requested(
    scope: Option<&str>,
    groups: Option<&str>,
    grant_admin: Option<bool>,
) -> Outcome<Option<String>> {
    if let Some(scope) = scope {
        if groups.is_some() || grant_admin.is_some() {
            return Err(Failure::usage(
                "Scope can either be provided explicitly with '--scope', or implicitly with \
                    '--grant-admin' and '--groups'. ",
            )
            .hint("leave one of them out"));
        }
        check("--scope", scope)?;
        if split_outside_quotes(scope, ' ').is_none() {
            return Err(Failure::usage("--scope: a double quote in it is never closed"));
        }
        return Ok(Some(scope.to_owned()).filter(|scope| !scope.is_empty()));
    }
    let groups = groups.map(group_scope).transpose()?;
    let admin = (grant_admin == Some(true)).then(|| "applied-permissions/admin".to_owned());
    let scopes: Vec<String> = groups.into_iter().chain(admin).collect();
    let scope = scopes.join(" ");
    check("--groups", &scope)?;
    Ok(Some(scope).filter(|scope| !scope.is_empty()))
}

/// The list as it stands, but for names with a space in them, which need quotes to stay one name.
fn group_scope(list: &str) -> Outcome<String> {
    let Some(mut names) = split_outside_quotes(list, ',') else {
        return Err(Failure::usage("--groups: a double quote in it is never closed"));
    };
    let trailing_comma = names.len() > 1 && names.last() == Some(&"");
    if trailing_comma {
        names.pop();
    }
    let names: Vec<String> = names.into_iter().map(|name| quote_name(name.trim_matches(' '))).collect();
    if names.iter().any(|name| name.trim_matches(['"', ' ']).is_empty()) {
        return Err(Failure::usage("--groups: a group name in it is empty")
            .hint("write the names with a comma between them: --groups readers,writers"));
    }
    let comma = if trailing_comma { "," } else { "" };
    Ok(format!("applied-permissions/groups:{}{comma}", names.join(",")))
}

fn check(flag: &str, scope: &str) -> Outcome<()> {
    limits::check_text("scope", scope, SCOPE).map_err(|error| {
        let whole = if flag == "--groups" { "the scope made from it " } else { "" };
        Failure::usage(format!("{flag}: {whole}{}", error.problem))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(list: &str) -> Outcome<Option<String>> {
        requested(None, Some(list), None)
    }

    #[test]
    fn groups_stand_as_given() {
        for (list, wanted) in [
            ("readers,writers", "readers,writers"),
            (r#"g "x""#, r#"g "x""#),
            ("group 2,readers", r#""group 2",readers"#),
            (r#""a,b",c"#, r#""a,b",c"#),
            ("a, b", "a,b"),
            ("a,", "a,"),
        ] {
            assert_eq!(groups(list), Ok(Some(format!("applied-permissions/groups:{wanted}"))), "{list}");
        }
        assert_eq!(
            requested(None, Some("g1"), Some(true)),
            Ok(Some("applied-permissions/groups:g1 applied-permissions/admin".into()))
        );
        assert_eq!(requested(None, None, Some(false)), Ok(None));
        assert_eq!(requested(Some(""), None, None), Ok(None));
    }

    #[test]
    fn bad_lists_are_refused() {
        for list in ["", " ", ",", "a,,b", ",a", r#""""#, r#""a"#, "a\0", "a\n", &"g".repeat(480)] {
            let failure = groups(list).unwrap_err();
            assert!(failure.message.starts_with("--groups: "), "{list:?}: {failure}");
        }
    }

    #[test]
    fn a_scope_is_checked_for_what_holds_everywhere() {
        assert!(requested(Some(&"s".repeat(500)), None, None).is_ok());
        assert!(requested(Some(&"s".repeat(501)), None, None).unwrap_err().message.contains("500"));
        assert!(requested(Some("a \"b"), None, None).is_err());
        assert!(requested(Some("system:unheard-of:x"), None, None).is_ok());
        for (groups, admin) in [(Some("a"), None), (None, Some(false))] {
            let failure = requested(Some(""), groups, admin).unwrap_err();
            assert!(failure.message.ends_with("'--grant-admin' and '--groups'. "));
        }
    }
}
