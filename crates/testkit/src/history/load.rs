//! Clients that work against the services as fast as they can and write down everything.

use super::{Event, History, Operation, Outcome, Told};
use crate::actors::{TOKENS, User, unique};
use crate::http::{Answer, Call, Http};
use serde_json::json;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// More of either and a client makes no new ones, but ends and refreshes those it has.
const MOST_TOKENS: usize = 50;
const MOST_FAMILIES: usize = 4;

/// How to load the services.
#[derive(Debug, Clone)]
#[must_use]
pub struct Load {
    ports: Vec<u16>,
    user: User,
    clients: u64,
    patience: Duration,
    pause: Duration,
}

/// The clients at work. Those that nobody stops end with the test process.
#[derive(Debug)]
pub struct RunningLoad {
    history: Arc<History>,
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    /// A load on the services on these ports of the loopback address: four clients, each with operations on tokens of
    /// its own at any of the services, as this user, and checks of everybody's tokens.
    pub fn new(ports: &[u16], user: &User) -> Self {
        Self {
            ports: ports.to_vec(),
            user: user.clone(),
            clients: 4,
            patience: Duration::from_secs(20),
            pause: Duration::from_millis(1),
        }
    }

    /// So many clients.
    pub fn clients(self, clients: u64) -> Self {
        Self { clients, ..self }
    }

    /// A client gives up a request after this time without a byte.
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// A client rests so long after each operation.
    pub fn pause(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// Lets the clients begin.
    pub fn start(self) -> RunningLoad {
        let history = Arc::new(History::default());
        let over = Arc::new(AtomicBool::new(false));
        let known = Arc::new(Mutex::new(Vec::new()));
        let threads = (0..self.clients).map(|number| {
            let mut client = Client {
                load: self.clone(),
                history: Arc::clone(&history),
                known: Arc::clone(&known),
                chance: (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15),
                tokens: Vec::new(),
                families: Vec::new(),
            };
            let over = Arc::clone(&over);
            std::thread::spawn(move || {
                while !over.load(Ordering::SeqCst) {
                    client.step();
                }
            })
        });
        let threads = threads.collect();
        RunningLoad { history, over, threads }
    }
}

impl RunningLoad {
    /// What was written down so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Lets the clients finish what they are at, and gives all that was written down.
    ///
    /// # Panics
    /// If a client was told something that is no answer.
    #[track_caller]
    pub fn stop(self) -> Vec<Event> {
        self.over.store(true, Ordering::SeqCst);
        for thread in self.threads {
            assert!(thread.join().is_ok(), "a client panicked; see above");
        }
        self.history.events()
    }
}

struct Client {
    load: Load,
    history: Arc<History>,
    /// Everybody's tokens: what one client was told at one service counts at all of them.
    known: Arc<Mutex<Vec<Told>>>,
    chance: u64,
    tokens: Vec<Told>,
    /// The newest of each family.
    families: Vec<Told>,
}

impl Client {
    fn step(&mut self) {
        match self.draw(100) {
            0..35 => self.verify_one_of_all(),
            35..60 if self.tokens.len() < MOST_TOKENS => self.create(false),
            60..65 if self.families.len() < MOST_FAMILIES => self.create(true),
            65..85 => self.refresh(),
            85..88 => self.race(),
            88..89 => self.revoke_family(),
            89..91 => self.race_with_a_revocation(),
            _ => self.revoke(),
        }
        std::thread::sleep(self.load.pause);
    }

    fn create(&mut self, refreshable: bool) {
        let description = unique("history");
        let body = json!({"expires_in": 3600, "description": description, "refreshable": refreshable});
        let (replica, http) = self.http();
        let call = (replica, http.post(TOKENS).json(body));
        let outcome = self.ask(Operation::Create { description }, call);
        if let Some(Outcome::Done(Some(told))) = outcome {
            self.publish(&told);
            if refreshable { &mut self.families } else { &mut self.tokens }.push(told);
        }
    }

    fn verify_one_of_all(&mut self) {
        let number = self.draw(u64::MAX);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(told) = pick(&known, number).map(|place| known[place].clone()) else { return };
        drop(known);
        self.verify(&told);
    }

    /// Whether it was accepted; nothing if nobody said.
    fn verify(&mut self, told: &Told) -> Option<bool> {
        let (replica, http) = self.http();
        let call = http.get(&format!("{TOKENS}/me")).bearer(&told.token);
        match self.send(replica, Operation::Verify { id: told.id.clone() }, &call)? {
            Outcome::Done(_) => Some(true),
            Outcome::Refused(401) => Some(false),
            _ => None,
        }
    }

    fn revoke(&mut self) {
        let number = self.draw(u64::MAX);
        if let Some(place) = pick(&self.tokens, number) {
            let told = self.tokens.swap_remove(place);
            self.ask_revocation(told);
        }
    }

    fn revoke_family(&mut self) {
        let number = self.draw(u64::MAX);
        if let Some(place) = pick(&self.families, number) {
            let told = self.families.swap_remove(place);
            self.ask_revocation(told);
        }
    }

    /// What came of a revocation without an answer is for the checker to find out.
    fn ask_revocation(&mut self, told: Told) {
        let (replica, http) = self.http();
        let call = (replica, http.delete(&format!("{TOKENS}/{}", told.id)));
        if self.ask(Operation::Revoke { id: told.id.clone() }, call).is_none() {
            self.tokens.push(told);
        }
    }

    /// Without an answer the same refresh token is presented again, later, as a client does.
    fn refresh(&mut self) {
        let number = self.draw(u64::MAX);
        let Some(place) = pick(&self.families, number) else { return };
        let current = self.families[place].clone();
        let call = self.refreshing(&current);
        match self.ask(Operation::Refresh { of: current.id }, call) {
            Some(Outcome::Done(Some(told))) => {
                self.publish(&told);
                self.families[place] = told;
            }
            Some(Outcome::Refused(_)) => drop(self.families.swap_remove(place)),
            _ => {}
        }
    }

    /// Two requests with one refresh token at the same time, at two services if there are. What comes of it goes on
    /// only if it is known which one lives.
    fn race(&mut self) {
        let number = self.draw(u64::MAX);
        let Some(place) = pick(&self.families, number) else { return };
        let current = self.families.swap_remove(place);
        let (one, other) = (self.refreshing(&current), self.refreshing(&current));
        let operation = || Operation::Refresh { of: current.id.clone() };
        let outcomes = std::thread::scope(|scope| {
            let first = scope.spawn(|| self.ask(operation(), one));
            let second = self.ask(operation(), other);
            [first.join().expect("a client's thread"), second]
        });
        // Nobody else looks at them before both are answered: a use is what makes a repetition a theft.
        let told: Vec<Told> = outcomes
            .into_iter()
            .filter_map(|outcome| match outcome {
                Some(Outcome::Done(told)) => told,
                _ => None,
            })
            .collect();
        for told in told {
            self.publish(&told);
            if self.verify(&told) == Some(true) {
                self.families.push(told);
            }
        }
    }

    /// A refresh and a revocation of one token at the same time. Whichever comes first, an acknowledged revocation
    /// leaves nothing of the family.
    fn race_with_a_revocation(&mut self) {
        let number = self.draw(u64::MAX);
        let Some(place) = pick(&self.families, number) else { return };
        let current = self.families.swap_remove(place);
        let refreshing = self.refreshing(&current);
        let (replica, http) = self.http();
        let revoking = (replica, http.delete(&format!("{TOKENS}/{}", current.id)));
        let (id, of) = (current.id.clone(), current.id);
        let refreshed = std::thread::scope(|scope| {
            scope.spawn(|| self.ask(Operation::Revoke { id }, revoking));
            self.ask(Operation::Refresh { of }, refreshing)
        });
        if let Some(Outcome::Done(Some(told))) = refreshed {
            self.publish(&told);
        }
    }

    fn refreshing(&mut self, current: &Told) -> (usize, Call) {
        let (replica, http) = self.http();
        let body = json!({"grant_type": "refresh_token", "refresh_token": current.refresh_token});
        (replica, http.post(TOKENS).json(body))
    }

    fn publish(&self, told: &Told) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).push(told.clone());
    }

    /// As the user; nothing if the service cannot be reached, which proves nothing and changes nothing.
    fn ask(&self, operation: Operation, (replica, call): (usize, Call)) -> Option<Outcome> {
        self.send(replica, operation, &call.bearer(&self.load.user.token))
    }

    fn send(&self, replica: usize, operation: Operation, call: &Call) -> Option<Outcome> {
        let asked = self.history.moment();
        let outcome = match call.clone().patience(self.load.patience).try_send() {
            Ok(answer) => outcome(&operation, &answer),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                std::thread::sleep(Duration::from_millis(5));
                return None;
            }
            Err(_) => Outcome::NoAnswer,
        };
        self.history.record(asked, replica, operation, outcome.clone());
        Some(outcome)
    }

    /// One of the services.
    fn http(&mut self) -> (usize, Http) {
        let number = self.draw(u64::MAX);
        let replica = pick(&self.load.ports, number).expect("a load has at least one service");
        (replica, Http::on_port(self.load.ports[replica]))
    }

    /// A number below `limit`; the same row of them in each run, as far as the clients' order is the same.
    fn draw(&mut self, limit: u64) -> u64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        self.chance % limit
    }
}

fn pick<T>(things: &[T], number: u64) -> Option<usize> {
    let count = u64::try_from(things.len()).expect("a length");
    (count > 0).then(|| usize::try_from(number % count).expect("less than a length"))
}

fn outcome(operation: &Operation, answer: &Answer) -> Outcome {
    match answer.status {
        200 if matches!(operation, Operation::Create { .. } | Operation::Refresh { .. }) => {
            let json = answer.json();
            let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
            let (id, token, refresh_token) = (text("token_id"), text("access_token"), text("refresh_token"));
            assert!(!id.is_empty() && !token.is_empty(), "200 without a token: {json}");
            Outcome::Done(Some(Told { id, token, refresh_token }))
        }
        200 | 204 => Outcome::Done(None),
        503 => Outcome::Unavailable { retry_after: answer.header("retry-after").is_some() },
        status => Outcome::Refused(status),
    }
}
