//! Check: what the server is, as far as it says.

use super::finding::Finding;
use crate::connection::Connection;
use crate::error::{Failure, Outcome};
use crate::http::{Answer, Network, Request};
use crate::session::Session;
use crate::tokens::Dialect;
use serde_json::{Map, Value};
use ureq::http::StatusCode;

/// accessd names its own licence, where a platform has the one it was bought with.
const ACCESSD_LICENSE: &str = "Apache-2.0";

/// What Access and Artifactory say of themselves; nothing if they answer something else.
pub(super) struct Versions {
    access: Outcome<Map<String, Value>>,
    artifactory: Outcome<Map<String, Value>>,
}

/// Asks Access as nobody, and Artifactory with the credential; its answer says whether that is good.
pub(super) fn ask(session: &mut Session<'_>, network: &Network<'_>) -> (Versions, Option<Answer>) {
    let versions = ask_as_nobody(&session.connection, network);
    let artifactory = session.connection.artifactory.clone();
    match session.send(&artifactory, Request::get(artifactory.join("api/system/version"))) {
        Ok(answer) => (Versions { artifactory: Ok(fields(&answer)), ..versions }, Some(answer)),
        Err(failure) => (Versions { artifactory: Err(failure), ..versions }, None),
    }
}

/// Asks Access alone.
pub(super) fn ask_as_nobody(connection: &Connection, network: &Network<'_>) -> Versions {
    let access = as_nobody(connection, network).map(|answer| fields(&answer));
    Versions { access, artifactory: Ok(Map::new()) }
}

fn as_nobody(connection: &Connection, network: &Network<'_>) -> Outcome<Answer> {
    let access = &connection.access;
    let client = network.client(access, connection.certificate.as_ref())?;
    client.send(&Request::get(access.join("api/v1/system/version")))
}

impl Versions {
    /// What they mean. `dialect` is the server's, if that is known.
    pub(super) fn finding(&self, dialect: Option<Dialect>, connection: &Connection) -> Finding {
        let access = |name| text(&self.access, name);
        let artifactory = |name| text(&self.artifactory, name);
        let wire = access("name").or_else(|| artifactory("version"));
        let own = access("version").or_else(|| artifactory("revision"));
        let is_accessd = dialect == Some(Dialect::Accessd)
            || (artifactory("license") == Some(ACCESSD_LICENSE)
                && access("version") == artifactory("revision"));
        let found = match (wire, own) {
            (Some(wire), own) if is_accessd => {
                let own = own.map(|own| format!(" {own}")).unwrap_or_default();
                format!("accessd{own}, which speaks as a platform of version {wire}")
            }
            (Some(wire), _) => format!("a platform of version {wire}"),
            (None, Some(own)) => format!("a platform of version {own}"),
            (None, None) if is_accessd => "accessd".to_owned(),
            (None, None) => return self.unknown(connection),
        };
        match &self.artifactory {
            Err(failure) => but(Finding::ok(found), "Artifactory", failure),
            Ok(_) => Finding::ok(found),
        }
    }

    fn unknown(&self, connection: &Connection) -> Finding {
        let finding = Finding::ok("the server does not say what it is").but(
            "not every platform tells everybody",
            format!(
                "if commands fail, check that {} is the address of a JFrog platform",
                connection.platform
            ),
        );
        match &self.access {
            Err(failure) => but(finding, "Access", failure),
            Ok(_) => finding,
        }
    }
}

fn but(finding: Finding, service: &str, failure: &Failure) -> Finding {
    finding.but(format!("{service}: {}", failure.message), failure.hint.clone().unwrap_or_default())
}

fn fields(answer: &Answer) -> Map<String, Value> {
    let is_ok = answer.status == StatusCode::OK;
    is_ok.then(|| serde_json::from_slice(&answer.body).ok()).flatten().unwrap_or_default()
}

fn text<'a>(fields: &'a Outcome<Map<String, Value>>, name: &str) -> Option<&'a str> {
    fields.as_ref().ok()?.get(name)?.as_str().filter(|text| !text.is_empty())
}
