//! What a request proves its right with, and the one header it becomes.

use crate::error::{Failure, Outcome};
use access_types::{Secret, Subject, jwt, limits};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret as _;

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// An access token or a reference token.
    Token(Secret),
    /// A user with a password, or with a reference token in its place.
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// An API key that was given as a token: it works as a password only.
    ApiKey {
        /// The name, which may be empty.
        user: String,
        /// The key.
        key: Secret,
    },
}

impl Credential {
    /// The credential for `token`, which may be an API key.
    ///
    /// # Errors
    /// A usage failure if it cannot stand in a header.
    pub(crate) fn from_token(token: Secret, user: Option<&str>) -> Outcome<Self> {
        if !token.expose_secret().bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Failure::usage(
                "the access token has a character that no token has, such as a space or a line end inside it",
            )
            .hint("check where it was copied from; it is one word of letters, digits and . _ - = / +"));
        }
        if is_api_key(token.expose_secret()) {
            let user = user.unwrap_or_default();
            check_user(user)?;
            return Ok(Self::ApiKey { user: user.to_owned(), key: token });
        }
        Ok(Self::Token(token))
    }

    /// The credential for a name and a password.
    ///
    /// # Errors
    /// A usage failure for a name with a colon or a control character in it.
    pub(crate) fn from_password(user: &str, password: Secret) -> Outcome<Self> {
        check_user(user)?;
        Ok(Self::Basic { user: user.to_owned(), password })
    }

    /// The value of the `Authorization` header.
    pub(crate) fn authorization(&self) -> Secret {
        match self {
            Credential::Token(token) => format!("Bearer {}", token.expose_secret()).into(),
            Credential::Basic { user, password } | Credential::ApiKey { user, key: password } => {
                format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose_secret()))).into()
            }
        }
    }

    /// What must not be seen: the secret, and the header's form of it.
    pub(crate) fn secrets(&self) -> [Secret; 2] {
        let authorization = self.authorization();
        let encoded = authorization.expose_secret().split(' ').next_back().unwrap_or_default();
        let (Credential::Token(secret)
        | Credential::Basic { password: secret, .. }
        | Credential::ApiKey { key: secret, .. }) = self;
        [secret.clone(), encoded.into()]
    }
}

/// The user in the subject of a token, in lower case, if the token is a JWT that names one (jf-cli.md 3.7).
pub(crate) fn user_of(token: &str) -> Option<String> {
    let jwt = jwt::decode_unverified(token).ok()?;
    let user = jwt.claims.get("sub")?.as_str().map(Subject::display_name)?;
    (!user.is_empty()).then(|| user.to_lowercase())
}

/// Whether a text has the form of an API key, which the platform takes as a password only.
pub(crate) fn is_api_key(text: &str) -> bool {
    text.starts_with("AKCp8") && text.len() >= 73
}

/// Checks the name of somebody a token is for; `source` is where it came from, for the message.
///
/// # Errors
/// A usage failure for one that no server takes.
pub(crate) fn check_username(source: &str, name: &str) -> Outcome<()> {
    limits::check_text("username", name, limits::USERNAME)
        .map_err(|error| Failure::usage(format!("{source}: {}", error.problem)))
}

fn check_user(user: &str) -> Outcome<()> {
    if user.contains(|c: char| c == ':' || c.is_control()) {
        return Err(Failure::usage(
            "--user: a name to log in with cannot contain a colon or a control character",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(credential: &Credential) -> String {
        credential.authorization().expose_secret().to_owned()
    }

    #[test]
    fn each_kind_has_its_header() {
        assert_eq!(header(&Credential::from_token("a.b.c".into(), None).unwrap()), "Bearer a.b.c");
        assert_eq!(
            header(&Credential::from_password("Aladdin", "open sesame".into()).unwrap()),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
        let key = format!("AKCp8{}", "x".repeat(68));
        assert!(header(&Credential::from_token(key.into(), Some("u")).unwrap()).starts_with("Basic "));
        assert!(
            header(&Credential::from_token("AKCp8short".into(), Some("u")).unwrap()).starts_with("Bearer ")
        );
    }

    #[test]
    fn what_would_break_the_header_is_refused_and_not_repeated() {
        for bad in ["a b", "canary\r\nX: y", "canary\u{e9}"] {
            let failure = Credential::from_token(bad.into(), None).unwrap_err();
            assert!(!format!("{failure:?}").contains("canary"));
        }
        assert!(Credential::from_password("a:b", "x".into()).is_err());
    }

    #[test]
    fn both_forms_of_a_secret_are_named_and_debug_shows_none() {
        let basic = Credential::from_password("u", "pass-canary".into()).unwrap();
        let secrets = basic.secrets().map(|secret| secret.expose_secret().to_owned());
        assert_eq!(secrets, ["pass-canary", "dTpwYXNzLWNhbmFyeQ=="]);
        assert!(!format!("{basic:?}").contains("pass-canary"));
    }

    #[test]
    fn the_user_is_read_from_the_subject() {
        let payload = |json: &str| {
            use base64::engine::general_purpose::URL_SAFE_NO_PAD;
            format!("eyJhbGciOiJub25lIn0.{}.c2ln", URL_SAFE_NO_PAD.encode(json))
        };
        assert_eq!(user_of(&payload(r#"{"sub":"jfac@x/users/Frog"}"#)).as_deref(), Some("frog"));
        assert_eq!(user_of(&payload(r#"{"sub":"Frog"}"#)).as_deref(), Some("frog"));
        // W29: these encode to `-` and `_`, which the existing tool cannot read.
        assert_eq!(
            user_of(&payload(r#"{"sub":"jfac@x/users/frögÿ>>??~~"}"#)).as_deref(),
            Some("frögÿ>>??~~")
        );
        for none in ["", "a.b.c", "reference", &payload("{}"), &payload(r#"{"sub":1}"#)] {
            assert_eq!(user_of(none), None, "{none}");
        }
    }
}
