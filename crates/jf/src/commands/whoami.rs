//! `jf whoami`: which server is asked, as whom, by which credential, and until when, as the server sees it.

use super::{refuse_surplus_with, write_to};
use crate::addresses::Address;
use crate::cli::{ShowFormat, Whoami};
use crate::clock;
use crate::connection::{Connection, Needs, NeedsCredential};
use crate::credential::user_of;
use crate::environment::Environment;
use crate::error::Outcome;
use crate::http::Network;
use crate::identity::{self, Identity, Kind, credential_words};
use crate::output::destination::Destination;
use crate::output::format::rows_as_table;
use crate::output::report::Report;
use crate::output::terminal;
use crate::session::Session;
use crate::tokens::{Dialect, StoredToken, rights, words};
use crate::validity::Validity;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};

const NEEDS: Needs = Needs { address: Address::Platform, credential: NeedsCredential::Required };

/// Runs the command.
pub(super) fn run(flags: Whoami, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus_with(&flags.surplus, "No arguments should be sent.", "jf whoami [flags]")?;
    let network = Network::of(&flags.connection.transport, environment, report)?;
    let mut session = Session::open(flags.connection, NEEDS, environment, &network)?;
    let identity = identity::ask(&mut session, None)?;
    let answer = Known::of(&session.connection, &identity);
    let text = match flags.format {
        Some(ShowFormat::Json) => terminal::pretty_json(&Value::Object(answer.json(report))) + "\n",
        _ => {
            let rows = answer.rows(clock::seconds());
            rows_as_table(rows.into_iter().map(|(name, value)| (name, report.safe(&value))))
        }
    };
    write_to(Destination::Stdout, text.as_bytes())
}

/// What is known, and who says so.
struct Known<'a> {
    connection: &'a Connection,
    /// What the server tells of the token; absent if it only takes the credential.
    told: Option<(Dialect, &'a StoredToken)>,
    user: Option<String>,
    /// The end, if there is one; absent if it is not known.
    expiry: Option<Option<u64>>,
}

impl<'a> Known<'a> {
    fn of(connection: &'a Connection, identity: &'a Identity) -> Self {
        match identity {
            Identity::Told(dialect, token) => Self {
                connection,
                told: Some((*dialect, token)),
                user: Some(token.user().to_owned()),
                expiry: Some(token.expiry()),
            },
            // What the token says itself; the server has just taken it.
            Identity::Accepted => {
                let token = connection.token();
                let user = token.and_then(|token| user_of(token.expose_secret()));
                let expiry = token.and_then(Validity::of).map(|validity| Some(validity.expiry));
                Self { connection, told: None, user: user.or_else(|| connection.user.clone()), expiry }
            }
        }
    }

    fn told_by(&self) -> &'static str {
        match (self.told, self.connection.token()) {
            (Some((Dialect::Accessd, _)), _) => "accessd",
            (Some((Dialect::Platform, _)), _) => "platform",
            (None, Some(_)) => "token",
            (None, None) => "nobody",
        }
    }

    fn rows(&self, now: u64) -> Vec<(&'static str, String)> {
        let source = &self.connection.source;
        let mut rows = vec![("address", self.connection.platform.to_string())];
        match &source.configured {
            Some(server) => rows.extend([
                ("server", format!("{}, {}", server.server_id, server.chosen_by.words())),
                ("configuration", server.file.display().to_string()),
            ]),
            None => rows
                .push(("server", format!("not of the configuration: given by {}", source.address.words()))),
        }
        rows.push(("credential", credential_words(self.connection)));
        let or_unknown = |text: Option<&str>| text.unwrap_or("not known").to_owned();
        rows.push(("user", or_unknown(self.user.as_deref())));
        let told = self.told.map(|(_, token)| token);
        if self.connection.token().is_some() {
            let scope = told.and_then(StoredToken::scope);
            rows.push(("scope", or_unknown(scope)));
            if let (Some(scope), Some(token)) = (scope, told) {
                rows.push(("allows", rights::in_words(scope, token.subject()).join("; ")));
            }
            rows.push(("token id", or_unknown(told.map(StoredToken::id))));
            if let Some(issued_at) = told.and_then(StoredToken::issued_at) {
                rows.push(("issued", words::moment(issued_at, now)));
            }
            rows.push((
                "expires",
                match self.expiry {
                    Some(Some(expiry)) => words::moment(expiry, now),
                    Some(None) => "never".to_owned(),
                    None => "not known".to_owned(),
                },
            ));
        }
        rows.push((
            "accepted",
            match self.told_by() {
                "accessd" => "yes, says accessd".to_owned(),
                "platform" => "yes, says the server".to_owned(),
                "token" => {
                    "yes, but the server tells no more: what stands here is what the token says itself"
                        .to_owned()
                }
                _ => "yes, user and password".to_owned(),
            },
        ));
        rows
    }

    fn json(&self, report: &Report) -> Map<String, Value> {
        let source = &self.connection.source;
        let mut fields = Map::new();
        let mut insert = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        let text = |text: &str| Value::from(report.redact(text));
        insert("url", text(self.connection.platform.as_str()));
        insert("url_from", source.address.word().into());
        if let Some(server) = &source.configured {
            insert("server_id", text(&server.server_id));
            insert("chosen_by", server.chosen_by.word().into());
            insert("configuration", text(&server.file.display().to_string()));
            insert("secrets", if server.is_encrypted { "encrypted" } else { "plain" }.into());
        }
        if let Some(credential) = &self.connection.credential {
            insert("credential", Kind::of(credential).word().into());
        }
        if let Some(given) = source.credential {
            insert("credential_from", given.word().into());
        }
        insert("accepted", true.into());
        insert("told_by", self.told_by().into());
        if let Some(user) = &self.user {
            insert("user", text(user));
        }
        let told = self.told.map(|(_, token)| token);
        if let Some(scope) = told.and_then(StoredToken::scope) {
            insert("scope", text(scope));
        }
        if let Some(token) = told {
            insert("token_id", text(token.id()));
        }
        if let Some(issued_at) = told.and_then(StoredToken::issued_at) {
            insert("issued_at", issued_at.into());
        }
        match self.expiry {
            Some(Some(expiry)) => drop(insert("expiry", expiry.into())),
            Some(None) => drop(insert("expiry", Value::Null)),
            None => {}
        }
        fields
    }
}
