//! For tests only: starts the real `accessd`, `jf` and PostgreSQL, talks HTTP to the first, runs the second, and stands
//! between them as a proxy that loses answers, or in place of the service as a server with a script.
//!
//! Everything lives in its own temporary folder and on its own free port, and is gone when dropped.

mod accessd;
mod actors;
mod history;
mod http;
mod id_token;
mod identity_provider;
mod jf;
mod jwt;
mod nginx;
mod postgres;
mod proxy;
mod scripted;
mod tcp_switch;
mod tls;
mod tools;

pub use accessd::{Accessd, Builder, Shared, is_postgres};
pub use actors::{Minted, User, unique};
pub use history::{
    AuditRow, AuditTrail, Event, Findings, History, Listed, Load, Operation, Outcome, Outcomes, RunningLoad,
    Told, Violation, check,
};
pub use http::{Answer, Call, Http};
pub use id_token::IdTokenKey;
pub use identity_provider::IdentityProvider;
pub use jf::{Jf, Run};
pub use jwt::{claims, header, payload_json, resigned, with_claims, with_header};
pub use nginx::Nginx;
pub use postgres::{Database, Postgres, PostgresBuilder, Replication};
pub use proxy::{Fault, FaultProxy};
pub use scripted::{Received, Reply, Scripted};
pub use tcp_switch::TcpSwitch;
pub use tls::{Certificate, TlsServer};
pub use tools::{openssl, python, python_command};

use std::path::PathBuf;

/// The folder that cargo builds into, profile included: the one this test executable is in.
///
/// # Panics
/// If the executable is not where cargo puts test executables.
pub fn build_folder() -> PathBuf {
    let executable = std::env::current_exe().expect("the test executable has a path");
    let folder = executable.ancestors().nth(2).expect("test executables are in <target>/<profile>/deps");
    folder.to_owned()
}

/// The path of one of our programs.
///
/// # Panics
/// If it is not built.
pub fn program(name: &str) -> PathBuf {
    let path = build_folder().join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.is_file(),
        "{} is missing: run scripts/test, or `cargo build --workspace` first",
        path.display()
    );
    path
}
