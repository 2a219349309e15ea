//! Check: what the server is, as far as it says.

use super::finding::Finding;
use crate::connection::Connection;
use crate::error::{Failure, Outcome};
use crate::http::{Answer, Request};
use crate::session::Session;
use crate::tokens::Dialect;
use crate::{identity, json_field};
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
pub(super) fn ask(session: &mut Session<'_>) -> (Versions, Option<Answer>) {
    let versions = ask_as_nobody(session);
    let answer = identity::ask_artifactory(session);
    let artifactory = answer.as_ref().map(fields).map_err(Failure::clone);
    (Versions { artifactory, ..versions }, answer.ok())
}

/// Asks Access alone.
pub(super) fn ask_as_nobody(session: &mut Session<'_>) -> Versions {
    let access = session.connection.access.clone();
    let answer = session.send_as_nobody(&access, Request::get(access.join("api/v1/system/version")));
    Versions { access: answer.map(|answer| fields(&answer)), artifactory: Ok(Map::new()) }
}

impl Versions {
    /// What they mean. `dialect` is the server's, if that is known.
    pub(super) fn finding(&self, dialect: Option<Dialect>, connection: &Connection) -> Finding {
        let access = |name| json_field::text(self.access.as_ref().ok()?, name);
        let artifactory = |name| json_field::text(self.artifactory.as_ref().ok()?, name);
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
