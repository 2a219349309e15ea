//! Tokens of chosen age, configurations that hold them, and a platform that renews them by the lost-answer rule.

use crate::lab::{Trap, read_head};
use crate::support::{CREATED, Jf};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, mpsc};
use std::time::UNIX_EPOCH;

/// Seconds of an hour.
pub(crate) const HOUR: i64 = 3600;

/// A JWT with this payload.
pub(crate) fn jwt(payload: &str) -> String {
    format!("eyJhbGciOiJub25lIn0.{}.canary-signature", URL_SAFE_NO_PAD.encode(payload))
}

/// Now, in epoch seconds.
#[expect(clippy::disallowed_methods, reason = "the tool asks the machine's clock, so the token must fit it")]
pub(crate) fn now() -> i64 {
    std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().cast_signed()
}

/// A JWT that was issued `age` seconds ago and has `left` seconds to live.
pub(crate) fn token(age: i64, left: i64) -> String {
    jwt(&format!(r#"{{"sub":"jfac@1/users/frog","iat":{},"exp":{}}}"#, now() - age, now() + left))
}

/// One that is due, and good for another few minutes.
pub(crate) fn due() -> String {
    token(HOUR, 300)
}

/// One that has ended.
pub(crate) fn ended() -> String {
    token(HOUR, -5)
}

/// A configuration with the one server `one`, which has these fields beside its address and token.
pub(crate) fn config(url: &str, token: &str, fields: &str) -> String {
    format!(
        r#"{{"servers":[{{"url":"{url}/","user":"frog","accessToken":"{token}",{fields}"serverId":"one","isDefault":true}}],"version":"6"}}"#
    )
}

/// The refresh token of `config`.
pub(crate) const REFRESHABLE: &str = r#""refreshToken":"old-refresh","#;

/// What a server answers to a refresh.
pub(crate) fn renewed(token: &str) -> String {
    format!(
        r#"{{"token_id":"2","access_token":"{token}","refresh_token":"new-refresh","expires_in":3600,"scope":"s","token_type":"Bearer"}}"#
    )
}

/// A field of the only server of the configuration.
pub(crate) fn field(jf: &Jf, name: &str) -> String {
    let config: Value = serde_json::from_str(&jf.config_text()).unwrap();
    config["servers"][0][name].as_str().unwrap_or_default().to_owned()
}

/// What a [`Platform`] does when a refresh arrives, and when it is answered.
pub(crate) struct Gate {
    pub arrived: mpsc::Sender<()>,
    pub go: mpsc::Receiver<()>,
    pub answered: mpsc::Sender<()>,
}

/// A pair of tokens.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Pair {
    pub access: String,
    pub refresh: String,
}

#[derive(Default)]
struct State {
    current: Pair,
    previous: Pair,
    /// Whether a token of the current pair has been used.
    is_used: bool,
    is_revoked: bool,
    issued: usize,
    refreshes: usize,
    requests: usize,
    gate: Option<Gate>,
}

/// A platform with one family of tokens. A spent refresh token is taken once more as long as nothing of its
/// successor has been used; any other second use ends the family.
pub(crate) struct Platform {
    trap: Trap,
    state: Arc<Mutex<State>>,
}

impl Platform {
    pub(crate) fn start() -> Self {
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        let trap = Trap::start(move |mut stream, _| {
            let Some((head, body)) = read(&mut stream) else { return };
            let gate = if is_refresh(&body) { shared.lock().unwrap().gate.take() } else { None };
            if let Some(gate) = &gate {
                let _ = gate.arrived.send(());
                let _ = gate.go.recv();
            }
            let (status, answer) = shared.lock().unwrap().answer(&head, &body);
            let length = answer.len();
            // The tool may be gone by now.
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{answer}"
            );
            let _ = stream.shutdown(std::net::Shutdown::Write);
            if let Some(gate) = &gate {
                let _ = gate.answered.send(());
            }
        });
        Self { trap, state }
    }

    /// A new family, whose access token is `access`.
    pub(crate) fn begin(&self, access: &str) -> Pair {
        let pair = Pair { access: access.to_owned(), refresh: "refresh-0".to_owned() };
        *self.state.lock().unwrap() = State { current: pair.clone(), ..State::default() };
        pair
    }

    /// Puts a gate in the way of the next refresh.
    pub(crate) fn gate(&self, gate: Gate) {
        self.state.lock().unwrap().gate = Some(gate);
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.trap.port())
    }

    /// How many refreshes were answered, and how many other requests with a good token.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let state = self.state.lock().unwrap();
        (state.refreshes, state.requests)
    }

    pub(crate) fn current(&self) -> Pair {
        self.state.lock().unwrap().current.clone()
    }
}

impl State {
    fn answer(&mut self, head: &str, body: &str) -> (&'static str, String) {
        let refused = ("401 Unauthorized", r#"{"errors":[{"message":"refused"}]}"#.to_owned());
        if self.is_revoked {
            return refused;
        }
        if is_refresh(body) {
            let body: Value = serde_json::from_str(body).unwrap();
            let presented = body["refresh_token"].as_str().unwrap();
            if presented == self.current.refresh {
                self.previous = self.current.clone();
            } else if presented != self.previous.refresh || self.is_used {
                self.is_revoked = true;
                return refused;
            }
            self.issued += 1;
            self.refreshes += 1;
            self.is_used = false;
            self.current =
                Pair { access: token(self.issued as i64, HOUR), refresh: format!("refresh-{}", self.issued) };
            let Pair { access, refresh } = &self.current;
            let answer = renewed(access).replace("new-refresh", refresh);
            return ("200 OK", answer);
        }
        if !head.contains(&format!("Bearer {}\r\n", self.current.access)) {
            return refused;
        }
        self.is_used = true;
        self.requests += 1;
        ("200 OK", CREATED.to_owned())
    }
}

fn is_refresh(body: &str) -> bool {
    body.contains(r#""grant_type":"refresh_token""#)
}

/// Reads a whole request: its head and its body.
pub(crate) fn read(stream: &mut TcpStream) -> Option<(String, String)> {
    let head = String::from_utf8(read_head(stream)).ok().filter(|head| !head.is_empty())?;
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).ok()?))
}
