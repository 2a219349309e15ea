//! Whom to trust: the certificates of authorities, from the system, the environment, jf's home and a flag.

use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::output::report::Report;
use std::fs;
use std::path::{Path, PathBuf};
use ureq::tls::{Certificate, PemItem, parse_pem};

/// The certificates to trust: the system's bundle or what `SSL_CERT_FILE` and `SSL_CERT_DIR` name, the
/// tool's own folder, and `ca_cert`. Warns if there are none at all.
///
/// # Errors
/// If a file that was named cannot be read or has no certificate in it.
pub(crate) fn roots(
    ca_cert: Option<&Path>,
    environment: &Environment,
    report: &Report,
) -> Outcome<Vec<Certificate<'static>>> {
    let mut roots = Vec::new();
    match environment.path("SSL_CERT_FILE") {
        Some(file) => add_named(&file, "SSL_CERT_FILE", &mut roots)?,
        None => add_system(&mut roots),
    }
    if let Some(folders) = environment.path("SSL_CERT_DIR") {
        std::env::split_paths(&folders).for_each(|folder| add_folder(&folder, &mut roots));
    }
    if let Some(home) = environment.jfrog_home() {
        add_folder(&own_folder(&home), &mut roots);
    }
    if let Some(file) = ca_cert {
        add_named(file, "--ca-cert", &mut roots)?;
    }
    if roots.is_empty() {
        report.warn(
            "no trusted certificates were found on this system; name them with SSL_CERT_FILE or --ca-cert",
        );
    }
    Ok(roots)
}

/// The certificates of a PEM text, in their order; anything else in it is passed over.
pub(crate) fn certificates(pem: &[u8]) -> impl Iterator<Item = Certificate<'static>> {
    parse_pem(pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    })
}

/// The content of a file that was named; `source` is what named it.
///
/// # Errors
/// A usage failure that names both.
pub(crate) fn read(file: &Path, source: &str) -> Outcome<Vec<u8>> {
    fs::read(file)
        .map_err(|error| Failure::usage(format!("{source}: cannot read {}: {error}", file.display())))
}

/// Where jf's home keeps certificates. Old versions of the existing tool kept them one folder further up;
/// newer ones move them, which is theirs to do: here they are only read.
fn own_folder(home: &Path) -> PathBuf {
    let security = home.join("security");
    let certs = security.join("certs");
    if certs.exists() { certs } else { security }
}

fn add_system(roots: &mut Vec<Certificate<'static>>) {
    let found = openssl_probe::probe();
    if let Some(bundle) = found.cert_file {
        add(&bundle, roots);
    }
    // The folders hold the same certificates as the bundle, one by one.
    if roots.is_empty() {
        found.cert_dir.iter().for_each(|folder| add_folder(folder, roots));
    }
}

/// Adds what is readable in `file`; others than PEM are passed over, as in the existing tool.
fn add(file: &Path, roots: &mut Vec<Certificate<'static>>) {
    if let Ok(text) = fs::read(file) {
        roots.extend(certificates(&text));
    }
}

fn add_named(file: &Path, source: &str, roots: &mut Vec<Certificate<'static>>) -> Outcome<()> {
    let text = read(file, source)?;
    let before = roots.len();
    roots.extend(certificates(&text));
    if roots.len() == before {
        return Err(Failure::usage(format!("{source}: {} has no PEM certificate in it", file.display()))
            .hint(
                "it must have a line -----BEGIN CERTIFICATE-----; openssl x509 -inform DER makes such files",
            ));
    }
    Ok(())
}

fn add_folder(folder: &Path, roots: &mut Vec<Certificate<'static>>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files.iter().filter(|file| file.is_file()).for_each(|file| add(file, roots));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_above_counts_only_without_the_own_one() {
        let home = tempfile::tempdir().unwrap();
        let security = home.path().join("security");
        assert_eq!(own_folder(home.path()), security);
        fs::create_dir_all(security.join("certs")).unwrap();
        assert_eq!(own_folder(home.path()), security.join("certs"));
    }
}
