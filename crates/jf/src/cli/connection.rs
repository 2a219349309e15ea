//! The flags that say where to ask, as whom, and how long to wait: the same for every command that connects.

use super::{path_or_empty, secret};
use access_types::Secret;
use clap::Args;
use std::path::PathBuf;

/// Where to ask, and as whom.
#[derive(Args, Default)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionFlags {
    /// Platform address, e.g. https://host/
    #[arg(long)]
    pub url: Option<String>,
    /// User name to log in with --password; with a token only the name the new token is for
    #[arg(long)]
    pub user: Option<String>,
    #[command(flatten)]
    pub secrets: SecretFlags,
    /// Server of `jf config` to use; absent: the default server
    #[arg(long, value_name = "ID")]
    pub server_id: Option<String>,
    #[command(flatten)]
    pub certificate: CertificateFlags,
    #[command(flatten)]
    pub transport: TransportFlags,
    /// Use a configured server's access token as it is, without renewing it
    #[arg(long)]
    pub disable_token_refresh: Option<bool>,
    /// Taken for compatibility; SSH is no way to log in here
    #[arg(long, hide = true)]
    pub ssh_key_path: Option<String>,
    /// Taken for compatibility; SSH is no way to log in here
    #[arg(long, hide = true, value_parser = secret)]
    pub ssh_passphrase: Option<Secret>,
}

/// How to reach a server, beyond its address.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Connection")]
pub(crate) struct TransportFlags {
    /// PEM file with certificates to trust besides the system's
    #[arg(long, value_name = "FILE")]
    pub ca_cert: Option<PathBuf>,
    /// Do not check the server's certificate; anybody on the way can then read the credentials
    #[arg(long)]
    pub insecure_tls: Option<bool>,
    /// Seconds for all that the command asks, retries included [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub timeout: Option<u64>,
    /// Seconds until a connection must stand [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub connect_timeout: Option<u64>,
    /// Seconds until an answer must begin [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub response_timeout: Option<u64>,
    /// How often a request that may do better next time is sent again, 0 to 10 [default: 3]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(0..=10))]
    pub retries: Option<u32>,
}

/// The ways to hand a secret over.
#[derive(Args, Default)]
pub(crate) struct SecretFlags {
    /// Password, or a reference token; other processes can see it, --password-stdin is safer
    #[arg(long, value_parser = secret)]
    pub password: Option<Secret>,
    /// Read the password from standard input
    #[arg(long)]
    pub password_stdin: Option<bool>,
    /// Access token or reference token; other processes can see it, --access-token-stdin is safer
    #[arg(long, value_name = "TOKEN", value_parser = secret)]
    pub access_token: Option<Secret>,
    /// Read the access token from standard input
    #[arg(long)]
    pub access_token_stdin: Option<bool>,
    /// Read the access token from this file
    #[arg(long, value_name = "FILE")]
    pub access_token_file: Option<PathBuf>,
}

/// A certificate to show to the server.
#[derive(Args, Default)]
pub(crate) struct CertificateFlags {
    /// PEM or PKCS#12 file with the client certificate; JF_CLIENT_CERT_PASSWORD opens the latter
    #[arg(long, value_name = "FILE", value_parser = path_or_empty())]
    pub client_cert_path: Option<PathBuf>,
    /// PEM file with the key of the client certificate
    #[arg(long, value_name = "FILE", value_parser = path_or_empty())]
    pub client_cert_key_path: Option<PathBuf>,
}

/// Whole seconds of a time-out: 1 to 3600.
pub(crate) fn parse_seconds(text: &str) -> Result<u64, String> {
    let seconds = text.parse().ok().filter(|seconds| (1..=3600).contains(seconds));
    seconds.ok_or_else(|| "it must be whole seconds from 1 to 3600".to_owned())
}
