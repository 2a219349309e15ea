//! Check: whether the server takes the credential, for whom, and until when.

use super::finding::Finding;
use crate::connection::Connection;
use crate::error::Outcome;
use crate::expiry_notice::{ExpiryNotice, next_step};
use crate::identity::{Identity, credential_words};
use crate::output::terminal::shell_word;
use crate::refresh;
use crate::source::{ChosenBy, Given};
use crate::tokens::{StoredToken, rights, words};
use crate::validity::Validity;

/// What is to be known about the token besides what the server says.
pub(super) struct Rules {
    /// How long before its end a token is mentioned.
    pub notice: ExpiryNotice,
    /// Whether jf may renew it.
    pub may_renew: bool,
    /// Now, in epoch seconds.
    pub now: u64,
}

impl Rules {
    /// Whether the token has ended, and the next command makes another one of its refresh token: the server would
    /// refuse it, which means nothing.
    pub(super) fn awaits_renewal(&self, connection: &Connection) -> bool {
        self.is_renewed(connection)
            && connection
                .token()
                .and_then(Validity::of_jwt)
                .is_some_and(|validity| validity.has_ended(self.now))
    }

    fn is_renewed(&self, connection: &Connection) -> bool {
        self.may_renew && refresh::is_automatic(connection)
    }
}

/// A token that [`Rules::awaits_renewal`].
pub(super) fn awaiting_renewal(connection: &Connection) -> Finding {
    let id = shell_word(connection.server_id.as_deref().unwrap_or_default());
    let next = format!("see whether the renewal works: jf whoami --server-id {id}");
    let finding = Finding::ok(format!("not asked for: {}", credential_words(connection)));
    kept(finding.but("it has expired, and the next command renews it", next), connection)
}

/// What the server said of the credential.
pub(super) fn check(identity: Outcome<Identity>, connection: &Connection, rules: &Rules) -> Finding {
    let credential = credential_words(connection);
    let finding = match identity {
        Err(failure) => return kept(Finding::fail(failure).and(credential), connection),
        Ok(Identity::Told(_, token)) => of_token(&token, connection, rules, &credential),
        Ok(Identity::Accepted) => {
            let user = connection.user.as_deref().map(|user| format!(", user {user}")).unwrap_or_default();
            let finding = Finding::ok(format!("accepted: {credential}{user}"));
            let validity = connection.token().and_then(Validity::of);
            ending(finding, validity, connection, rules)
        }
    };
    kept(finding, connection)
}

fn of_token(token: &StoredToken, connection: &Connection, rules: &Rules, credential: &str) -> Finding {
    let scope = token.scope().map(|scope| format!(", scope {scope}")).unwrap_or_default();
    let finding = Finding::ok(format!("accepted: {credential}, user {}{scope}", token.user()));
    let is_admin = token.scope().is_some_and(rights::is_admin);
    match token.expiry() {
        Some(expiry) => {
            let validity = Validity { issued_at: token.issued_at(), expiry };
            ending(finding, Some(validity), connection, rules)
        }
        None if is_admin && connection.source.credential == Some(Given::Configuration) => finding.but(
            "it is an administrator's, and never expires",
            "keep one that ends, and has no more rights than are needed: jf token create --expiry 90d",
        ),
        None => finding.and("it never expires"),
    }
}

fn ending(finding: Finding, validity: Option<Validity>, connection: &Connection, rules: &Rules) -> Finding {
    let Some(validity) = validity else { return finding };
    let found = format!("it expires {}", words::moment_aside(validity.expiry, rules.now));
    if rules.is_renewed(connection) || !rules.notice.is_due(validity, rules.now) {
        return finding.and(found);
    }
    match connection.source.credential {
        Some(Given::Configuration) => {
            finding.but(found, next_step(connection, validity.has_ended(rules.now)))
        }
        _ => finding.but(found, "make another one before that: jf token create"),
    }
}

/// A secret that anybody can read who gets hold of the file.
fn kept(finding: Finding, connection: &Connection) -> Finding {
    let Some(server) = connection.source.configured.as_ref().filter(|server| !server.is_encrypted) else {
        return finding;
    };
    if connection.credential.is_none() {
        return finding;
    }
    let change = match server.chosen_by {
        ChosenBy::Default => format!("jf config use {}", shell_word(&server.server_id)),
        ChosenBy::Flag | ChosenBy::Variable => "the next change of the configuration encrypts it".to_owned(),
    };
    finding.but(
        "whoever gets hold of the configuration has it",
        format!(
            "keep it encrypted, with 32 random characters as JFROG_CLI_ENCRYPTION_KEY for every command from now \
             on: {change}"
        ),
    )
}
