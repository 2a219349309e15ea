//! Whom to trust: the certificates of authorities, from the system, the environment, jf's home and a flag.

use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::output::report::Report;
use std::fs;
use std::path::{Path, PathBuf};
use ureq::tls::{Certificate, PemItem, parse_pem};

/// What it means that no certificate was found, and what to do.
pub(crate) const NONE: &str = "no trusted certificates were found on this system";
/// The next step then.
pub(crate) const NONE_HINT: &str = "name them with SSL_CERT_FILE or --ca-cert";
const SYSTEM: &str = "the system's";

/// Certificates to trust, and where they are from.
#[derive(Default)]
pub(crate) struct Roots {
    /// The certificates.
    pub certificates: Vec<Certificate<'static>>,
    /// Each file or folder that has some in it, in the same order.
    pub sources: Vec<RootSource>,
}

/// A file or folder with certificates to trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RootSource {
    /// Where it lies.
    pub path: PathBuf,
    /// What named it: a flag, a variable, or words.
    pub named_by: &'static str,
    /// How many certificates are in it.
    pub count: usize,
}

/// The certificates to trust. Warns if there are none at all.
///
/// # Errors
/// If a file that was named cannot be read or has no certificate in it.
pub(crate) fn roots(
    ca_cert: Option<&Path>,
    environment: &Environment,
    report: &Report,
) -> Outcome<Vec<Certificate<'static>>> {
    let roots = gather(ca_cert, environment)?.certificates;
    if roots.is_empty() {
        report.warn(&format!("{NONE}; {NONE_HINT}"));
    }
    Ok(roots)
}

/// Gathers them: the system's bundle or what `SSL_CERT_FILE` and `SSL_CERT_DIR` name, the tool's own folder, and
/// `ca_cert`.
///
/// # Errors
/// If a file that was named cannot be read or has no certificate in it.
pub(crate) fn gather(ca_cert: Option<&Path>, environment: &Environment) -> Outcome<Roots> {
    let mut roots = Roots::default();
    match environment.path("SSL_CERT_FILE") {
        Some(file) => roots.add_named(&file, "SSL_CERT_FILE")?,
        None => roots.add_system(),
    }
    if let Some(folders) = environment.path("SSL_CERT_DIR") {
        std::env::split_paths(&folders).for_each(|folder| roots.add_folder(&folder, "SSL_CERT_DIR"));
    }
    if let Some(home) = environment.jfrog_home() {
        roots.add_folder(&own_folder(&home), "jf's home");
    }
    if let Some(file) = ca_cert {
        roots.add_named(file, "--ca-cert")?;
    }
    Ok(roots)
}

impl Roots {
    fn add_system(&mut self) {
        let found = openssl_probe::probe();
        if let Some(bundle) = found.cert_file {
            self.add(&bundle, SYSTEM, read_certificates(&bundle));
        }
        // The folders hold the same certificates as the bundle, one by one.
        if self.certificates.is_empty() {
            found.cert_dir.iter().for_each(|folder| self.add_folder(folder, SYSTEM));
        }
    }

    fn add_named(&mut self, file: &Path, source: &'static str) -> Outcome<()> {
        let found: Vec<_> = certificates(&read(file, source)?).collect();
        if found.is_empty() {
            return Err(Failure::usage(format!(
                "{source}: {} has no PEM certificate in it",
                file.display()
            ))
            .hint(
                "it must have a line -----BEGIN CERTIFICATE-----; openssl x509 -inform DER makes such files",
            ));
        }
        self.add(file, source, found);
        Ok(())
    }

    fn add_folder(&mut self, folder: &Path, named_by: &'static str) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.sort();
        let files = files.iter().filter(|file| file.is_file());
        self.add(folder, named_by, files.flat_map(|file| read_certificates(file)).collect());
    }

    fn add(&mut self, path: &Path, named_by: &'static str, found: Vec<Certificate<'static>>) {
        if !found.is_empty() {
            self.sources.push(RootSource { path: path.to_owned(), named_by, count: found.len() });
        }
        self.certificates.extend(found);
    }
}

/// What is readable in `file`; others than PEM are passed over, as in the existing tool.
fn read_certificates(file: &Path) -> Vec<Certificate<'static>> {
    fs::read(file).map(|text| certificates(&text).collect()).unwrap_or_default()
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
