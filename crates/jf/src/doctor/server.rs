//! Check: which server is chosen, and what is set but not used.

use super::finding::Finding;
use crate::addresses::Address;
use crate::config::Config;
use crate::connection::{self, Connection, GivenConnection, Needs, NeedsCredential};
use crate::environment::Environment;
use crate::source::{ChosenBy, Given};

// A server without credentials can be looked at as well.
const NEEDS: Needs = Needs { address: Address::Platform, credential: NeedsCredential::Optional };
const CREDENTIALS: [&str; 3] = ["JF_ACCESS_TOKEN", "JF_PASSWORD", "JF_USER"];

/// Chooses as every command does.
pub(super) fn check(
    given: GivenConnection,
    config: Config,
    environment: &Environment,
) -> (Finding, Option<Connection>) {
    let has_server_flag = given.server_id.is_some();
    match connection::choose(given, NEEDS, environment, || Ok(config)) {
        Err(failure) => (Finding::fail(failure), None),
        Ok(connection) => (finding(&connection, has_server_flag, environment), Some(connection)),
    }
}

fn finding(connection: &Connection, has_server_flag: bool, environment: &Environment) -> Finding {
    let source = &connection.source;
    let set = |names: &[&'static str]| -> Vec<&'static str> {
        names.iter().copied().filter(|name| environment.text(name).is_some()).collect()
    };
    let Some(server) = &source.configured else {
        return finding_of_given(connection, has_server_flag, &set);
    };
    let found = format!("'{}' of {}, {}", server.server_id, server.file.display(), server.chosen_by.words());
    let finding = Finding::ok(found);
    if server.chosen_by == ChosenBy::Flag {
        let unused = set(&["JF_URL", "JF_ACCESS_TOKEN", "JF_PASSWORD", "JF_USER", "JFROG_CLI_SERVER_ID"]);
        return beside(finding, &unused, "--server-id");
    }
    let unused = set(&CREDENTIALS);
    if unused.is_empty() {
        return finding;
    }
    finding.but(
        format!("{} not used without JF_URL", are(&unused)),
        format!("set JF_URL as well, or unset {}", unused.join(", ")),
    )
}

fn finding_of_given(
    connection: &Connection,
    has_server_flag: bool,
    set: &impl Fn(&[&'static str]) -> Vec<&'static str>,
) -> Finding {
    let source = &connection.source;
    let credential = match source.credential {
        Some(given) => format!("the credential by {}", given.words()),
        None => "no credential is given".to_owned(),
    };
    let mut finding =
        Finding::ok(format!("its address is given by {}, {credential}", source.address.words()));
    match source.credential {
        Some(Given::Flag(flag)) => finding = beside(finding, &set(&CREDENTIALS[..2]), flag),
        Some(Given::Variable("JF_ACCESS_TOKEN")) => {
            finding = beside(finding, &set(&["JF_PASSWORD"]), "JF_ACCESS_TOKEN");
        }
        _ => {}
    }
    if has_server_flag {
        finding = finding.but(
            "--server-id has no effect beside flags that give an address or a credential",
            "leave out --server-id, or the other flags",
        );
    }
    match (source.address, set(&["JFROG_CLI_SERVER_ID"])[..] == ["JFROG_CLI_SERVER_ID"]) {
        (Given::Variable(_), true) => finding.but(
            "JFROG_CLI_SERVER_ID is not used beside JF_URL",
            "unset JF_URL or JFROG_CLI_SERVER_ID, whichever is not meant",
        ),
        (_, true) => finding.and("JFROG_CLI_SERVER_ID is not used beside --url"),
        (_, false) => finding,
    }
}

/// What was overridden on purpose is only told.
fn beside(finding: Finding, unused: &[&str], used: &str) -> Finding {
    if unused.is_empty() { finding } else { finding.and(format!("{} not used beside {used}", are(unused))) }
}

fn are(names: &[&str]) -> String {
    format!("{} {}", names.join(", "), if names.len() == 1 { "is" } else { "are" })
}
