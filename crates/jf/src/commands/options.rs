//! `jf options`: the environment variables that change what jf does.

use super::write_to;
use crate::error::Outcome;
use crate::output::destination::Destination;

/// Name, default, and what it does; in the order of the existing tool's list, then ours.
pub(super) const VARIABLES: [(&str, &str, &str); 32] = [
    (
        "JFROG_CLI_LOG_LEVEL",
        "INFO",
        "How much is said on standard error: ERROR, WARN, INFO or DEBUG, in any case of letters. No level shows a secret.",
    ),
    (
        "JFROG_CLI_HOME_DIR",
        "~/.jfrog",
        "Folder of the configuration, its locks, its encryption key and certificates.",
    ),
    (
        "JFROG_CLI_SERVER_ID",
        "",
        "Server of the configuration to use where --server-id is absent; the id that `jf config add` gives where none is named.",
    ),
    (
        "CI",
        "",
        "Any value but false, f, 0, no, n and off, in any case of letters: nothing is asked, commands that would ask fail at once and name the flag to give, and `jf config remove` does not ask before it removes.",
    ),
    (
        "JFROG_CLI_ENCRYPTION_KEY",
        "",
        "Key of 32 bytes that encrypts the secrets of the configuration, or the path of a file with it that ends in .key.",
    ),
    ("JFROG_CLI_BUILD_PROJECT", "", "Project of an OIDC exchange where --project is absent."),
    ("JFROG_CLI_APPLICATION_KEY", "", "Application of an OIDC exchange where --application-key is absent."),
    (
        "JFROG_CLI_OIDC_EXCHANGE_TOKEN_ID",
        "",
        "ID token of an OIDC exchange where no argument or flag gives it.",
    ),
    (
        "JFROG_CLI_OIDC_PROVIDER_TYPE",
        "GitHub",
        "Provider type of an OIDC exchange: GitHub, Azure or GenericOidc.",
    ),
    ("JFROG_CLI_CI_JOB_ID", "", "Job that an OIDC exchange names."),
    ("JFROG_CLI_CI_RUN_ID", "", "Run that an OIDC exchange names."),
    ("JFROG_CLI_CI_VCS_REVISION", "", "Revision that an OIDC exchange names."),
    ("JFROG_CLI_CI_VCS_URL", "", "Repository that an OIDC exchange names where --repository is absent."),
    ("JFROG_CLI_CI_BRANCH", "", "Branch that an OIDC exchange names."),
    (
        "JFROG_CLI_ERROR_OUTPUT_FORMAT",
        "text",
        "json: a failure is a JSON object on standard output, with a stable code.",
    ),
    ("JFROG_CLI_USER_AGENT", "", "User-Agent that requests carry."),
    (
        "JFROG_CLI_AVOID_DEPRECATION_WARNINGS",
        "false",
        "true: `jf rt access-token-create` does not say that it is old.",
    ),
    ("JF_URL", "", "Platform address where --url is absent; stands above the configured servers."),
    ("JF_ACCESS_TOKEN", "", "Access token where no flag gives a credential."),
    ("JF_USER", "", "User name that goes with JF_PASSWORD."),
    ("JF_PASSWORD", "", "Password where no flag gives a credential."),
    ("JF_CLIENT_CERT_PASSWORD", "", "Passphrase of a PKCS#12 file given by --client-cert-path."),
    ("JF_TIMEOUT", "60", "Seconds that a whole exchange may take, retries included."),
    ("JF_CONNECT_TIMEOUT", "10", "Seconds until a connection must stand."),
    ("JF_RESPONSE_TIMEOUT", "30", "Seconds until an answer must begin."),
    (
        "JF_EXPIRY_NOTICE",
        "7d",
        "How long before its end a configured access token that jf does not renew is mentioned, as a duration; 0: never.",
    ),
    ("JF_RETRIES", "3", "How often a request that may do better next time is sent again."),
    (
        "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY",
        "",
        "Proxy for https, for http, for both: http://, https://, socks4://, socks5:// addresses. In lower case as well.",
    ),
    (
        "NO_PROXY",
        "",
        "Hosts that are reached without a proxy: names, their subdomains, addresses, networks, host:port, *. This machine always is.",
    ),
    ("SSL_CERT_FILE", "the system's bundle", "PEM file with the certificates to trust."),
    ("SSL_CERT_DIR", "", "Folders with PEM files to trust besides."),
    ("NO_COLOR, TERM=dumb", "", "No colour on standard error."),
];

/// Runs the command.
pub(super) fn run() -> Outcome<()> {
    let blocks: Vec<String> = VARIABLES
        .iter()
        .map(|(name, default, meaning)| {
            let default =
                if default.is_empty() { String::new() } else { format!("\t\t[Default: {default}]\n") };
            format!("\t{name}\n{default}\t\t{meaning}\n")
        })
        .collect();
    write_to(Destination::Stdout, blocks.join("\n").as_bytes())
}
