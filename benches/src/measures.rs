//! What is measured, one function a measure, each with its yardstick in the same run.

use crate::Failure;
use crate::load::{self, Outcome, Stream};
use crate::machine::{Cores, Machine};
use crate::report::{Row, Run, Target};
use crate::service::{self, Accessd, Service};
use crate::sizes;
use crate::yardsticks::{self, Signer};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use testkit::Postgres;

const CONNECTIONS: usize = 64;
const WARM_UP: Duration = Duration::from_secs(1);
const CREATE: &str = "/access/api/v1/tokens";
/// A check and nothing else: signature, row, user, and an answer without a body.
const CHECK: &str = "/access/api/accessd/v1/forward-auth";
const PLAIN: &str =
    r#"{"scope":"applied-permissions/user","expires_in":3600,"description":"pipeline of the shop"}"#;
const WITH_SECRETS: &str = r#"{"scope":"applied-permissions/user","expires_in":3600,"description":"pipeline of the shop","refreshable":true,"include_reference_token":true}"#;

/// A measure: its name, what it is, and how it is taken.
pub(crate) type Measure = (&'static str, &'static str, fn(&Bench) -> Result<Vec<Row>, Failure>);

pub(crate) static MEASURES: [Measure; 12] = [
    ("create-rs256", "creates a second, RS256, SQLite; against signatures a second", create_rs256),
    ("create-postgres", "the same on a PostgreSQL of its own, or --database", create_postgres),
    (
        "create-es256",
        "creates a second, ES256, SQLite; against rows a second of the bare table",
        create_es256,
    ),
    ("create-secrets", "creates with reference and refresh token; against creates without", create_secrets),
    ("check-jwt", "checks of JWTs a second; against the bare server", check_jwt),
    ("check-reference", "checks of reference tokens a second; against the bare server", check_reference),
    ("create-idle", "one create of an idle service; against one signature and one sync", create_idle),
    ("check-beside-create", "p99 of checks beside creates; against the same alone", check_beside_create),
    ("sizes", "create, check, page, revoke with many stored tokens; against few", sizes::sizes),
    ("start", "start to first answer with a million tokens", sizes::start),
    ("memory", "memory with a million tokens, idle and at peak load", sizes::memory),
    ("disk", "bytes on disk a token", sizes::disk),
];

/// What every measure needs.
pub(crate) struct Bench {
    pub(crate) release: PathBuf,
    pub(crate) scratch: PathBuf,
    pub(crate) machine: Machine,
    pub(crate) runs: usize,
    pub(crate) length: Duration,
    /// Stored tokens of a large database.
    pub(crate) many: u64,
    pub(crate) database: Option<String>,
}

impl Bench {
    /// An accessd with a data folder of this name.
    pub(crate) fn accessd(&self, folder: &str, signature: &'static str) -> Accessd {
        Accessd {
            program: self.release.join("accessd"),
            folder: self.scratch.join(folder),
            database: None,
            signature,
        }
    }

    /// Measures `runs` times; `measure` is given the number of the run.
    pub(crate) fn repeat<T>(
        &self,
        mut measure: impl FnMut(usize) -> Result<T, Failure>,
    ) -> Result<Vec<T>, Failure> {
        (0..self.runs).map(&mut measure).collect()
    }

    /// As many requests as the service can answer.
    pub(crate) fn peak(
        &self,
        service: &Service,
        requests: &[Vec<u8>],
        connections: usize,
    ) -> Result<Outcome, Failure> {
        self.load(service, &[Stream { requests, connections, rate: None }]).map(|mut all| all.remove(0))
    }

    fn load(&self, service: &Service, streams: &[Stream<'_>]) -> Result<Vec<Outcome>, Failure> {
        Ok(load::run(service.address, streams, WARM_UP, self.length)?)
    }

    /// Starts a service on the server's cores; the calling thread goes to the generator's.
    fn start_apart(&self, accessd: &Accessd) -> Result<Service, Failure> {
        self.machine.pin(Cores::Server)?;
        let service = accessd.start();
        self.machine.pin(Cores::Generator)?;
        service
    }
}

fn create(service: &Service, body: &str) -> Vec<Vec<u8>> {
    vec![service.request("POST", CREATE, body)]
}

fn create_rs256(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let row = create_against_signatures(bench, "RS256 creates/s, SQLite", 0.80, None)?;
    Ok(vec![row])
}

fn create_postgres(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let ours;
    let database = match &bench.database {
        Some(url) => url.clone(),
        None if Postgres::is_installed() => {
            ours = Postgres::builder().durable().start().database();
            ours.url_with_password()
        }
        None => {
            eprintln!(
                "left out: it needs PostgreSQL (scripts/install-test-tools), or --database postgres://…"
            );
            return Ok(Vec::new());
        }
    };
    let row = create_against_signatures(bench, "RS256 creates/s, PostgreSQL", 0.70, Some(database))?;
    Ok(vec![row])
}

fn create_against_signatures(
    bench: &Bench,
    name: &str,
    target: f64,
    database: Option<String>,
) -> Result<Row, Failure> {
    let signer = Arc::new(Signer::new()?);
    let accessd = Accessd { database, ..bench.accessd("rs256", "RS256") };
    let service = accessd.start()?;
    let requests = create(&service, PLAIN);
    let runs = bench.repeat(|_| {
        let yardstick = yardsticks::signatures(&signer, bench.machine.cores(), bench.length)?;
        let ours = bench.peak(&service, &requests, CONNECTIONS)?.rate();
        Ok(Run { ours, yardstick: Some(yardstick) })
    })?;
    Ok(Row::of(name, "/s", &runs, Target::AtLeast(target)))
}

fn create_es256(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let runs = bench.repeat(|run| {
        // A new database for both each time: the rate falls as it grows.
        let accessd = bench.accessd(&format!("es256.{run}"), "ES256");
        let service = accessd.start()?;
        service.ask("POST", CREATE, PLAIN)?;
        let like = accessd.folder.join("accessd.db");
        let yardstick = yardsticks::bare_rows(&like, &bench.scratch, bench.length)?;
        let ours = bench.peak(&service, &create(&service, PLAIN), CONNECTIONS)?.rate();
        Ok(Run { ours, yardstick: Some(yardstick) })
    })?;
    Ok(vec![Row::of("ES256 creates/s, SQLite", "/s", &runs, Target::AtLeast(0.60))])
}

fn create_secrets(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let service = bench.accessd("secrets", "RS256").start()?;
    let (without, with) = (create(&service, PLAIN), create(&service, WITH_SECRETS));
    let runs = bench.repeat(|_| {
        let yardstick = bench.peak(&service, &without, CONNECTIONS)?.rate();
        let ours = bench.peak(&service, &with, CONNECTIONS)?.rate();
        Ok(Run { ours, yardstick: Some(yardstick) })
    })?;
    Ok(vec![Row::of("creates/s with reference and refresh token", "/s", &runs, Target::AtLeast(0.85))])
}

fn check_jwt(bench: &Bench) -> Result<Vec<Row>, Failure> {
    checks(bench, "checks/s of JWTs", "access_token", 0.40)
}

fn check_reference(bench: &Bench) -> Result<Vec<Row>, Failure> {
    checks(bench, "checks/s of reference tokens", "reference_token", 0.45)
}

/// Server and generator share all cores, the bare server's too.
fn checks(bench: &Bench, name: &str, kind: &str, target: f64) -> Result<Vec<Row>, Failure> {
    let service = bench.accessd("checks", "RS256").start()?;
    let requests = check_requests(&service, kind)?;
    let bare = service::bare(&bench.scratch)?;
    let constant = [bare.request_with(&"x".repeat(700), "GET", "/", "")];
    let runs = bench.repeat(|_| {
        let yardstick = bench.peak(&bare, &constant, CONNECTIONS)?.rate();
        let ours = bench.peak(&service, &requests, CONNECTIONS)?.rate();
        Ok(Run { ours, yardstick: Some(yardstick) })
    })?;
    Ok(vec![Row::of(name, "/s", &runs, Target::AtLeast(target))])
}

/// Checks of a thousand tokens in turn.
fn check_requests(service: &Service, kind: &str) -> Result<Vec<Vec<u8>>, Failure> {
    let request = |_| {
        let created = service.ask("POST", CREATE, WITH_SECRETS)?;
        let token = created[kind].as_str().ok_or("the answer has no token")?;
        Ok(service.request_with(token, "GET", CHECK, ""))
    };
    (0..1000).map(request).collect()
}

fn create_idle(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let signer = Signer::new()?;
    let service = bench.start_apart(&bench.accessd("idle", "RS256"))?;
    let requests = create(&service, PLAIN);
    let runs = bench.repeat(|_| {
        bench.machine.pin(Cores::Server)?;
        let [half, most] = yardsticks::signature_and_sync(&signer, &bench.scratch, bench.length)?;
        bench.machine.pin(Cores::Generator)?;
        let stream = Stream { requests: &requests, connections: 1, rate: Some(100.0) };
        let length = 2 * bench.length;
        let mut outcome = load::run(service.address, &[stream], WARM_UP, length)?.remove(0);
        let mut run = |(share, yardstick)| Run { ours: outcome.latency(share), yardstick: Some(yardstick) };
        Ok([(0.50, half), (0.99, half), (0.99, most)].map(&mut run))
    })?;
    let of = |at: usize| runs.iter().map(|run| run[at]).collect::<Vec<_>>();
    Ok(vec![
        Row::of("one create, idle service, p50", "µs", &of(0), Target::AtMost(2.0)),
        Row::of("one create, idle service, p99", "µs", &of(1), Target::AtMost(6.0)),
        Row::of("the same, against the yardstick's own p99", "µs", &of(2), Target::Open),
    ])
}

/// A tenth of the checks that one core can do, alone, and then beside creates at 70 % of what it can do.
fn check_beside_create(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let service = bench.start_apart(&bench.accessd("beside", "RS256"))?;
    let creates = create(&service, PLAIN);
    let checks = check_requests(&service, "access_token")?;
    let most_checks = bench.peak(&service, &checks, CONNECTIONS)?.rate();
    let most_creates = bench.peak(&service, &creates, CONNECTIONS)?.rate();
    let checks = Stream { requests: &checks, connections: CONNECTIONS, rate: Some(most_checks * 0.10) };
    let creates = Stream { requests: &creates, connections: CONNECTIONS, rate: Some(most_creates * 0.70) };
    let runs = bench.repeat(|_| {
        let yardstick = bench.load(&service, &[checks])?[0].clone().latency(0.99);
        let ours = bench.load(&service, &[checks, creates])?[0].clone().latency(0.99);
        Ok(Run { ours, yardstick: Some(yardstick) })
    })?;
    Ok(vec![Row::of("p99 of checks beside creates", "µs", &runs, Target::AtMost(3.0))])
}
