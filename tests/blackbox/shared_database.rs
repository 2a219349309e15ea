//! Services that share a PostgreSQL, each with a network of its own to it, for the tests of replicas, faults and
//! failovers.

use crate::TOKENS;
use serde_json::json;
use std::ops::Index;
use std::time::{Duration, Instant};
use testkit::{
    Accessd, Answer, AuditTrail, Builder, Database, Findings, Outcomes, Postgres, RunningLoad, TcpSwitch,
    User, check,
};

/// For a busy machine: what takes longer does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Replicas, dropped before their networks and their database.
pub(crate) struct Replicas {
    services: Vec<Accessd>,
    /// The network of each.
    pub(crate) links: Vec<TcpSwitch>,
    pub(crate) database: Database,
    /// Who asks beside the clients of a load, whose history knows all that theirs does.
    pub(crate) toad: User,
}

impl Index<usize> for Replicas {
    type Output = Accessd;

    fn index(&self, number: usize) -> &Accessd {
        &self.services[number]
    }
}

impl Replicas {
    /// Some on a database of the cluster that all tests share.
    #[track_caller]
    pub(crate) fn start(count: usize) -> Self {
        Self::on(Postgres::shared().database(), count, |builder| builder)
    }

    /// Some on this database, with settings.
    #[track_caller]
    pub(crate) fn on(database: Database, count: usize, settings: impl Fn(Builder) -> Builder) -> Self {
        let links: Vec<_> = (0..count).map(|_| TcpSwitch::to_port(database.cluster().port())).collect();
        let service = |link: &TcpSwitch| {
            let builder = Accessd::builder().postgres(&database);
            settings(builder.env("ACCESSD_DATABASE_URL", &database.url_through(link.port()))).start()
        };
        let services: Vec<Accessd> = links.iter().map(service).collect();
        // Made while all is well.
        services.iter().for_each(|accessd| drop(accessd.admin_token()));
        let toad = services[0].new_user("toad");
        Self { services, links, database, toad }
    }

    pub(crate) fn all(&self) -> &[Accessd] {
        &self.services
    }

    pub(crate) fn ports(&self) -> Vec<u16> {
        self.services.iter().map(Accessd::port).collect()
    }

    /// Waits until each of these replicas creates, checks and revokes again; how long that took.
    #[track_caller]
    pub(crate) fn until_well(&self, numbers: &[usize]) -> Duration {
        let began = Instant::now();
        for number in numbers {
            wait_for("the replica comes back by itself", || self.is_well(*number));
        }
        began.elapsed()
    }

    /// Whether this replica creates, checks and revokes.
    pub(crate) fn is_well(&self, number: usize) -> bool {
        let (http, user) = (self[number].http(), &self.toad);
        let made = http.post(TOKENS).bearer(&user.token).json(json!({})).send();
        if made.status != 200 {
            assert_eq!(made.status, 503, "trouble is 503: {}", made.body);
            return false;
        }
        let id = made.json()["token_id"].as_str().unwrap().to_owned();
        let me = http.get(&format!("{TOKENS}/me")).bearer(made.json()["access_token"].as_str().unwrap());
        let revoke = http.delete(&format!("{TOKENS}/{id}")).bearer(&user.token);
        let statuses = [me.send().status, revoke.send().status];
        assert!(statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
        statuses == [200, 200]
    }

    /// Ends the load and looks for anything that cannot have been right. The cluster is the one that is primary now.
    #[track_caller]
    pub(crate) fn check(&self, load: RunningLoad, user: &User, primary: &Postgres) -> Outcomes {
        let outcomes = load.history().outcomes();
        let events = load.stop();
        let trail = AuditTrail::Postgres(primary, self.database.name());
        let found = Findings::gather(&events, &self.ports(), user, &trail);
        let violations = check(&events, &found);
        assert!(violations.is_empty(), "{violations:#?}");
        let state = primary.execute(self.database.name(), "SELECT fork, locked FROM write_turn");
        assert_eq!(state, "0|", "nothing was lost, and nobody may have thought so");
        for accessd in self.all() {
            assert!(!accessd.log().contains("acknowledged are missing"), "a false alarm:\n{}", accessd.log());
            assert!(!accessd.log().contains("panicked"), "{}", accessd.log());
        }
        outcomes
    }
}

/// A test that fails tells what the programs said last.
impl Drop for Replicas {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let logs = self.services.iter().map(Accessd::log).chain([self.database.cluster().log()]);
            for log in logs {
                let lines: Vec<&str> = log.lines().collect();
                println!("---\n{}", lines[lines.len().saturating_sub(60)..].join("\n"));
            }
        }
    }
}

/// Asks again for as long as the answer is "later": on a machine that is busy with other tests it may be.
#[track_caller]
pub(crate) fn decided(ask: impl Fn() -> Answer) -> Answer {
    let began = Instant::now();
    loop {
        let answer = ask();
        if answer.status != 503 {
            return answer;
        }
        assert!(began.elapsed() < PATIENCE, "nothing but 503 for a minute: {}", answer.body);
    }
}

/// Waits until the load has so many more acknowledged changes than now, which shows that there is something to lose.
#[track_caller]
pub(crate) fn wait_for_changes(load: &RunningLoad, more: usize) {
    let aim = load.history().outcomes().acknowledged() + more;
    wait_for("the clients get on", || load.history().outcomes().acknowledged() >= aim);
}

#[track_caller]
pub(crate) fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
