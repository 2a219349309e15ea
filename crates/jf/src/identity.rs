//! Whom a server takes a credential for.

use crate::connection::{Connection, no_credentials};
use crate::credential::Credential;
use crate::error::Outcome;
use crate::http::{Answer, Request};
use crate::session::Session;
use crate::source::Given;
use crate::tokens::lookup::{self, ME};
use crate::tokens::{Dialect, StoredToken};
use access_types::opaque;
use secrecy::ExposeSecret as _;

const RULE: &str = "the server knows the credential, but it may not even ask for the version";

/// What the server says of a credential that it takes.
pub(crate) enum Identity {
    /// It knows the token.
    Told(Dialect, StoredToken),
    /// It takes it, and that is all: it does so of passwords, and of tokens that it keeps no record of.
    Accepted,
}

/// Asks the server. `heard` is what Artifactory answered when it was asked for its version with the credential, if it
/// was: a wrong password is not sent more often than it must, since servers count.
///
/// # Errors
/// If there is no credential, or the server does not take it.
pub(crate) fn ask(session: &mut Session<'_>, heard: Option<Answer>) -> Outcome<Identity> {
    if session.connection.credential.is_none() {
        return Err(no_credentials(&session.connection.platform));
    }
    if session.connection.token().is_some() {
        match lookup::token(session, ME) {
            Ok((dialect, token)) => return Ok(Identity::Told(dialect, token)),
            // Platforms keep no record of tokens that do not live long, and older ones have no such path.
            Err(failure)
                if failure.refusal.as_ref().is_some_and(|refusal| matches!(refusal.status, 403..=405)) => {}
            Err(failure) => return Err(failure),
        }
    }
    let answer = match heard {
        Some(answer) => answer,
        None => ask_artifactory(session)?,
    };
    session.expect_ok(answer, RULE).map(|_| Identity::Accepted)
}

/// Asks Artifactory for its version: the cheapest call that tries the credential.
///
/// # Errors
/// What kept the answer away.
pub(crate) fn ask_artifactory(session: &mut Session<'_>) -> Outcome<Answer> {
    let artifactory = session.connection.artifactory.clone();
    session.send(&artifactory, Request::get(artifactory.join("api/system/version")))
}

/// What kind of credential the connection has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A JWT, or a token of a form that is not known.
    AccessToken,
    /// A reference token, be it given as a token or as a password.
    ReferenceToken,
    /// An API key.
    ApiKey,
    /// A user's password.
    Password,
}

impl Kind {
    /// The kind of a credential.
    pub(crate) fn of(credential: &Credential) -> Self {
        let is_reference = |text: &str| opaque::parse_reference_token(text).is_some();
        match credential {
            Credential::ApiKey { .. } => Kind::ApiKey,
            Credential::Token(secret) | Credential::Basic { password: secret, .. }
                if is_reference(secret.expose_secret()) =>
            {
                Kind::ReferenceToken
            }
            Credential::Token(_) => Kind::AccessToken,
            Credential::Basic { .. } => Kind::Password,
        }
    }

    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Kind::AccessToken => "access token",
            Kind::ReferenceToken => "reference token",
            Kind::ApiKey => "API key",
            Kind::Password => "password",
        }
    }

    /// The one word for programs.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::AccessToken => "access_token",
            Kind::ReferenceToken => "reference_token",
            Kind::ApiKey => "api_key",
            Kind::Password => "password",
        }
    }
}

/// Kind and source of the connection's credential in words, without the secret.
pub(crate) fn credential_words(connection: &Connection) -> String {
    let Some(credential) = &connection.credential else { return "no credential".to_owned() };
    let kind = Kind::of(credential).words();
    match connection.source.credential {
        Some(Given::Configuration) => {
            let is_encrypted =
                connection.source.configured.as_ref().is_some_and(|server| server.is_encrypted);
            let form = if is_encrypted { "encrypted" } else { "in plain text" };
            format!("{kind} of the configuration, kept {form}")
        }
        Some(given) => format!("{kind} of {}", given.words()),
        None => kind.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_known_by_its_form() {
        let reference = || opaque::reference_token(None, &"aZ9".repeat(9));
        let token = |secret| Credential::from_token(secret, Some("frog")).unwrap();
        let password = |secret| Credential::from_password("frog", secret).unwrap();
        for (credential, kind) in [
            (token("a.b.c".into()), Kind::AccessToken),
            (token(reference()), Kind::ReferenceToken),
            (token(format!("AKCp8{}", "x".repeat(68)).into()), Kind::ApiKey),
            (password("secret".into()), Kind::Password),
            (password(reference()), Kind::ReferenceToken),
        ] {
            assert_eq!(Kind::of(&credential), kind);
        }
    }
}
