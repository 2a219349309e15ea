//! Check: whom this machine trusts, and what it shows of itself.

use super::finding::Finding;
use crate::connection::Connection;
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::http::proxy::Way;
use crate::http::trust::{self, RootSource};
use crate::http::{Transport, tls};
use crate::tokens::words;

/// Reads the certificates as a request would.
pub(super) fn check(
    connection: &Connection,
    way: &Way,
    transport: &Transport,
    environment: &Environment,
) -> Finding {
    let has_tls_proxy = matches!(way, Way::Through(proxy) if proxy.is_https());
    if !connection.access.is_https() && !has_tls_proxy {
        return Finding::ok("not used: the address begins with http://");
    }
    let (certificate, roots) =
        match (client_certificate(connection, environment), trusted(transport, environment)) {
            (Ok(certificate), Ok(roots)) => (certificate, roots),
            (Err(failure), _) | (_, Err(failure)) => return Finding::fail(failure),
        };
    let finding = match roots {
        Some(found) => Finding::ok(found),
        None => Finding::ok("whoever answers is believed to be the server").but(
            "--insecure-tls is given: whoever is on the way can read the credentials",
            "leave out --insecure-tls, and give the server's authority by --ca-cert FILE",
        ),
    };
    match certificate {
        Some(found) => finding.and(found),
        None => finding,
    }
}

fn client_certificate(connection: &Connection, environment: &Environment) -> Outcome<Option<String>> {
    let Some(certificate) = &connection.certificate else { return Ok(None) };
    tls::check_client_certificate(certificate, environment)?;
    Ok(Some(format!("the client certificate {} and its key are shown", certificate.certificate.display())))
}

/// What is trusted, in words; `None` if that does not matter.
fn trusted(transport: &Transport, environment: &Environment) -> Outcome<Option<String>> {
    if transport.insecure_tls {
        return Ok(None);
    }
    let roots = trust::gather(transport.ca_cert.as_deref(), environment)?;
    if roots.certificates.is_empty() {
        return Err(Failure::new(Reason::Network, trust::NONE).hint(trust::NONE_HINT));
    }
    let sources: Vec<String> = roots.sources.iter().map(in_words).collect();
    Ok(Some(format!("trusted: {}", sources.join(", "))))
}

fn in_words(source: &RootSource) -> String {
    let certificates = words::count(source.count as u64, "certificate");
    format!("{certificates} of {} ({})", source.path.display(), source.named_by)
}
