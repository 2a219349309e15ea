//! Sessions on a real PostgreSQL: who is let in, what is refused, and in which words.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "clippy knows test functions, not their helpers"
)]

use access_store::postgres::{ConnectError, Connector, PostgresOptions, PostgresSettings, SessionLimits};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use testkit::Postgres;
use tokio_postgres::Client;

const LIMITS: SessionLimits = SessionLimits {
    statement: Duration::from_millis(5_500),
    lock: Duration::from_secs(2),
    idle_in_transaction: Duration::from_secs(30),
};

/// The superuser's password.
const PASSWORD: &str = "correct horse";

/// A server that listens as most do, whose superuser has a password.
fn start(builder: testkit::PostgresBuilder) -> Arc<Postgres> {
    let server = builder.setting("listen_addresses = 'localhost'").start();
    server.execute("postgres", &format!("ALTER ROLE postgres PASSWORD '{PASSWORD}'"));
    server
}

async fn connect_with(url: &str, options: PostgresOptions) -> Result<Client, ConnectError> {
    open(&Connector::new(PostgresSettings::new(url, options).unwrap(), LIMITS)?).await
}

async fn open(connector: &Connector) -> Result<Client, ConnectError> {
    let (client, connection) = connector.connect().await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn connect(url: &str) -> Result<Client, ConnectError> {
    let options = PostgresOptions { password: Some(PASSWORD.into()), ..PostgresOptions::default() };
    connect_with(url, options).await
}

/// The refusal, which names the server and no password.
async fn refused(url: &str) -> ConnectError {
    let error = connect(url).await.expect_err(url);
    let words = format!("{error} {error:?}");
    assert!(!words.contains(PASSWORD), "{words}");
    error
}

async fn text(client: &Client, query: &str) -> String {
    client.query_one(query, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_session_has_its_limits_and_a_refusal_says_what_to_look_at() {
    let server = start(Postgres::builder().max_connections(20));
    for sql in [
        "CREATE ROLE full_house LOGIN PASSWORD 'correct horse' CONNECTION LIMIT 0",
        "CREATE ROLE reader LOGIN PASSWORD 'correct horse'",
        "ALTER ROLE reader SET default_transaction_read_only = on",
        "CREATE ROLE nobody_in NOLOGIN PASSWORD 'correct horse'",
        "CREATE DATABASE latin ENCODING LATIN1 TEMPLATE template0",
        "CREATE DATABASE closed",
        "REVOKE CONNECT ON DATABASE closed FROM PUBLIC",
    ] {
        server.execute("postgres", sql);
    }
    let port = server.port();
    let url = format!("postgres://postgres@localhost:{port}/postgres");

    let client = connect(&url).await.unwrap();
    for (name, value) in [
        ("application_name", "accessd"),
        ("statement_timeout", "5500ms"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("default_transaction_isolation", "read committed"),
        ("standard_conforming_strings", "on"),
        ("client_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("jit", "off"),
        ("plan_cache_mode", "auto"),
    ] {
        assert_eq!(text(&client, &format!("SELECT current_setting('{name}')")).await, value, "{name}");
    }
    let options = PostgresOptions { password: Some(PASSWORD.into()), ..PostgresOptions::default() };
    let by_key = Connector::new(PostgresSettings::new(&url, options).unwrap(), LIMITS).unwrap().by_key();
    let client = open(&by_key).await.unwrap();
    for (name, value) in
        [("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off"), ("jit", "off")]
    {
        assert_eq!(text(&client, &format!("SHOW {name}")).await, value, "{name}");
    }
    for (set, value) in [("off", "on"), ("local", "on"), ("remote_apply", "remote_apply")] {
        server.execute("postgres", &format!("ALTER ROLE postgres SET synchronous_commit = {set}"));
        assert_eq!(text(&connect(&url).await.unwrap(), "SHOW synchronous_commit").await, value, "{set}");
    }
    let socket = server.socket_folder().display().to_string().replace('/', "%2F");
    let named = format!("postgres://postgres@{socket}:{port}/postgres?application_name=x%20y");
    assert_eq!(text(&connect(&named).await.unwrap(), "SHOW application_name").await, "x y");

    // The first that does not answer is passed over.
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let two = format!("postgres://postgres@127.0.0.1:{dead},127.0.0.1:{port}/postgres");
    assert!(connect(&two).await.is_ok());

    let wrong = PostgresOptions { password: Some("canary".into()), ..PostgresOptions::default() };
    let error = connect_with(&url, wrong).await.unwrap_err();
    assert!(matches!(error, ConnectError::Refused { .. }) && !error.may_pass(), "{error}");
    assert!(error.to_string().contains(&format!("localhost:{port}")), "{error}");
    assert!(!format!("{error} {error:?}").contains("canary"));
    let error = connect_with(&url, PostgresOptions::default()).await.unwrap_err();
    assert!(matches!(error, ConnectError::NoPassword { .. }), "{error:?}");

    let at = |user: &str, database: &str| format!("postgres://{user}@127.0.0.1:{port}/{database}");
    let error = refused(&at("postgres", "absent")).await;
    assert!(matches!(&error, ConnectError::NoDatabase { database, .. } if database == "absent"), "{error:?}");
    for url in [at("stranger", "postgres"), at("nobody_in", "postgres"), at("reader", "closed")] {
        let error = refused(&url).await;
        assert!(matches!(error, ConnectError::Refused { .. }) && !error.may_pass(), "{error:?}");
    }
    let error = refused(&at("full_house", "postgres")).await;
    assert!(matches!(error, ConnectError::Busy { .. }) && error.may_pass(), "{error:?}");
    let error = refused(&at("postgres", "latin")).await;
    assert!(matches!(&error, ConnectError::Encoding { encoding, .. } if encoding == "LATIN1"), "{error:?}");

    // As a standby that is not promoted yet.
    let error = refused(&at("reader", "postgres")).await;
    assert!(matches!(error, ConnectError::ReadOnly { .. }) && error.may_pass(), "{error:?}");

    let error = refused(&format!("{url}?sslmode=verify-full")).await;
    assert!(matches!(error, ConnectError::NoTls { .. }) && !error.may_pass(), "{error:?}");
    assert!(connect(&format!("{url}?sslmode=prefer")).await.is_ok());
}

#[tokio::test]
async fn nobody_there_is_told_for_each_and_silence_has_a_limit() {
    let [first, second] = [(); 2].map(|()| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let [dead, silent] = [&first, &second].map(|listener| listener.local_addr().unwrap().port());
    drop(first);
    let url = format!("postgres://u@127.0.0.1:{dead},127.0.0.1:{silent}/d?connect_timeout=1");
    let error = refused(&url).await;
    assert!(error.may_pass());
    let ConnectError::None(each) = &error else { panic!("{error:?}") };
    assert!(
        matches!(each.as_slice(), [ConnectError::Unreachable { .. }, ConnectError::TimedOut { .. }]),
        "{each:?}"
    );
    let error = refused(&format!("postgres://u@absent.invalid:{dead}/d")).await;
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_is_trusted_under_its_own_name_by_the_authority_of_the_settings_only() {
    let server = start(Postgres::builder().tls_for(&["localhost"]));
    let folder = tempfile::tempdir().unwrap();
    let [others, empty] = ["others.pem", "empty.pem"].map(|name| folder.path().join(name));
    let ours = server.ca_file();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    std::fs::write(&others, authority.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()).unwrap();
    std::fs::write(&empty, "nothing").unwrap();
    let connect = async |host: &str, mode: &str, ca_file: Option<&Path>| {
        let options = PostgresOptions {
            password: Some(PASSWORD.into()),
            ca_file: ca_file.map(Path::to_owned),
            ..PostgresOptions::default()
        };
        let url = format!("postgres://postgres@{host}:{}/postgres?sslmode={mode}", server.port());
        connect_with(&url, options).await
    };

    let client = connect("localhost", "verify-full", Some(&ours)).await.unwrap();
    let version = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert_eq!(text(&client, version).await, "TLSv1.3");

    for (host, mode, ca_file) in [
        // Another name, an authority that is not ours, those of the system.
        ("127.0.0.1", "verify-full", Some(ours.as_path())),
        ("127.0.0.1", "verify-full", Some(&others)),
        ("127.0.0.1", "verify-ca", Some(&others)),
        ("127.0.0.1", "verify-full", None),
    ] {
        let error = connect(host, mode, ca_file).await.unwrap_err();
        assert!(matches!(error, ConnectError::Untrusted { .. }) && !error.may_pass(), "{mode}: {error:?}");
    }
    // What looser modes let pass is what they say, and no more.
    assert!(connect("127.0.0.1", "verify-ca", Some(&ours)).await.is_ok());
    assert!(connect("127.0.0.1", "require", Some(&others)).await.is_ok());
    assert!(connect("127.0.0.1", "prefer", None).await.is_ok());
    let error = connect("127.0.0.1", "disable", None).await.unwrap_err();
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");

    for file in [&empty, &folder.path().join("absent.pem")] {
        let error = connect("localhost", "verify-full", Some(file)).await.unwrap_err();
        assert!(matches!(error, ConnectError::CaFile { .. }), "{error:?}");
    }
}
