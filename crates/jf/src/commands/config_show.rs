//! `jf config show`: the configured servers, without their secrets.

use super::{refuse_surplus, write_to};
use crate::cli::{ConfigShow, ShowFormat};
use crate::config::{Config, ConfigFile, Server};
use crate::connection::unknown_server;
use crate::environment::Environment;
use crate::error::Outcome;
use crate::output::destination::Destination;
use crate::output::format::rows_as_table;
use crate::output::report::Report;
use crate::output::terminal;
use access_types::jwt;
use serde_json::Value;

/// Label with its tabs, field of the file, key of the table; in the order of both.
const ROWS: [(&str, &str, &str); 17] = [
    ("Server ID:\t\t\t", "serverId", "server_id"),
    ("JFrog Platform URL:\t\t", "url", "url"),
    ("Artifactory URL:\t\t", "artifactoryUrl", "artifactory_url"),
    ("Distribution URL:\t\t", "distributionUrl", "distribution_url"),
    ("Xray URL:\t\t\t", "xrayUrl", "xray_url"),
    ("Mission Control URL:\t\t", "missionControlUrl", "mission_control_url"),
    ("Pipelines URL:\t\t\t", "pipelinesUrl", "pipelines_url"),
    ("Access URL:\t\t\t", "accessUrl", "access_url"),
    ("User:\t\t\t\t", "user", "user"),
    ("Password:\t\t\t", "password", "password"),
    ("Access token:\t\t\t", "accessToken", "access_token"),
    ("Refresh token:\t\t\t", "refreshToken", "refresh_token"),
    ("SSH key file path:\t\t", "sshKeyPath", "ssh_key_path"),
    ("SSH passphrase:\t\t\t", "sshPassphrase", "ssh_passphrase"),
    ("Client certificate file path:\t", "clientCertPath", "client_cert_path"),
    ("Client certificate key path:\t", "clientCertKeyPath", "client_cert_key_path"),
    ("Default:\t\t\t", "isDefault", "is_default"),
];

/// Runs the command.
pub(super) fn run(flags: &ConfigShow, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus(&flags.surplus, "jf config show [SERVER-ID]")?;
    let config = ConfigFile::of(environment)?.load(report)?;
    let servers = selected(&config, flags.server_id.as_deref())?;
    let text = match flags.format {
        None => servers.into_iter().map(block).collect(),
        Some(ShowFormat::Json) => {
            let servers = servers.into_iter().map(|server| Value::Object(server.masked())).collect();
            terminal::pretty_json(&Value::Array(servers)) + "\n"
        }
        Some(ShowFormat::Table) => servers.into_iter().map(table).collect::<Vec<_>>().join("---\n"),
    };
    write_to(Destination::Stdout, text.as_bytes())
}

/// The server asked for, or all of them with the default one at the end.
fn selected<'a>(config: &'a Config, id: Option<&str>) -> Outcome<Vec<&'a Server>> {
    if let Some(id) = id.filter(|id| !id.is_empty()) {
        return Ok(vec![config.find(id).ok_or_else(|| unknown_server(config, id))?]);
    }
    let (defaults, mut servers): (Vec<_>, Vec<_>) =
        config.servers.iter().partition(|server| server.is_default());
    servers.extend(defaults);
    Ok(servers)
}

fn block(server: &Server) -> String {
    let masked = server.masked();
    let mut block = String::new();
    for (label, field, _) in ROWS {
        let value = match (field, masked.get(field)) {
            ("isDefault", _) => server.is_default().to_string(),
            ("accessToken", Some(_)) => format!("***{}", subject(server)),
            (_, Some(Value::String(text))) => terminal::safe_line(text),
            _ => continue,
        };
        block.push_str(&format!("{label}{value}\n"));
    }
    block.push('\n');
    block
}

/// Whose the token is, if it is a JWT that says so.
fn subject(server: &Server) -> String {
    let token = server.text("accessToken").unwrap_or_default();
    let claims = jwt::decode_unverified(token).ok().map(|jwt| jwt.claims);
    match claims.as_ref().and_then(|claims| claims.get("sub")).and_then(Value::as_str) {
        Some(subject) => format!(" (Subject: '{}')", terminal::safe_line(subject)),
        None => String::new(),
    }
}

fn table(server: &Server) -> String {
    let masked = server.masked();
    rows_as_table(ROWS.iter().filter_map(|(_, field, key)| match masked.get(*field)? {
        Value::String(text) => Some((*key, text.clone())),
        other => Some((*key, other.to_string())),
    }))
}
