//! Check: whether the address is a platform's, and the way there encrypted.

use super::finding::Finding;
use crate::connection::Connection;
use crate::output::terminal::shell_word;

/// Looks at the addresses; nothing is sent.
pub(super) fn check(connection: &Connection) -> Finding {
    let Connection { platform, access, artifactory, .. } = connection;
    let mut finding = Finding::ok(platform.as_str());
    for (name, service, path) in [("Access", access, "access/"), ("Artifactory", artifactory, "artifactory/")]
    {
        if service.below(platform) != Some(path) {
            finding = finding.and(format!("{name} is {service}"));
        }
    }
    if let Some(insecure) = [platform, access, artifactory].into_iter().find(|url| url.is_insecure()) {
        let which = if insecure == platform { "it is".to_owned() } else { format!("{insecure} is") };
        let encrypted = insecure.as_str().replacen("http://", "https://", 1);
        finding = finding.but(
            format!("{which} not encrypted: everybody on the way can read the credentials"),
            corrected(connection, insecure == platform, &encrypted),
        );
    }
    if platform.service_warning().is_some() {
        let right = platform.without_service("artifactory").without_service("access");
        finding = finding.but(
            format!("it looks like the address of one service; the platform's is probably {right}"),
            corrected(connection, true, right.as_str()),
        );
    }
    finding
}

/// How to put another address in the place of the platform's, or of a service's.
fn corrected(connection: &Connection, is_platform: bool, url: &str) -> String {
    match &connection.server_id {
        Some(id) if is_platform => format!("jf config edit {} --url {}", shell_word(id), shell_word(url)),
        Some(id) => format!("give server {id:?} the address {url} in the configuration"),
        None => format!("give the address {url}"),
    }
}
