//! A server that keeps tokens: it makes, tells of, and revokes them, as a platform or as accessd.

use crate::lab::Trap;
use crate::refresh_world::{jwt, now, read};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex};

/// The server. Every token is frog's, with user scope.
pub(crate) struct TokenStore {
    trap: Trap,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    is_accessd: bool,
    made: u64,
    /// Text and description of the live tokens, by id.
    live: BTreeMap<String, (String, Value)>,
    /// What was made for a credential and an `Idempotency-Key`: only accessd remembers.
    repeated: BTreeMap<(String, String), String>,
    /// Bodies of the requests that made tokens.
    requests: Vec<Value>,
    /// Ids whose revocation was put off, and by how many seconds.
    put_off: Vec<(String, u64)>,
    /// Paths that are answered with 500.
    broken: Vec<String>,
    /// Paths that are answered with 403, for a good token.
    forbidden: Vec<String>,
}

impl TokenStore {
    pub(crate) fn accessd() -> Self {
        Self::start(true)
    }

    pub(crate) fn platform() -> Self {
        Self::start(false)
    }

    fn start(is_accessd: bool) -> Self {
        let state = Arc::new(Mutex::new(State { is_accessd, ..State::default() }));
        let shared = Arc::clone(&state);
        let trap = Trap::start(move |mut stream, note| {
            let Some((head, body)) = read(&mut stream) else { return };
            note(head.as_bytes());
            let (status, answer) = shared.lock().unwrap().answer(&head, &body);
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
                answer.len()
            );
            let _ = stream.shutdown(std::net::Shutdown::Write);
        });
        Self { trap, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.trap.port())
    }

    /// A new token with these fields: its id and its text.
    pub(crate) fn mint(&self, fields: &Value) -> (String, String) {
        self.state.lock().unwrap().mint(fields)
    }

    /// The ids of the live tokens.
    pub(crate) fn live(&self) -> Vec<String> {
        self.state.lock().unwrap().live.keys().cloned().collect()
    }

    /// Whether a token with this text is live.
    pub(crate) fn accepts(&self, text: &str) -> bool {
        self.state.lock().unwrap().live.values().any(|(live, _)| live == text)
    }

    pub(crate) fn requests(&self) -> Vec<Value> {
        self.state.lock().unwrap().requests.clone()
    }

    pub(crate) fn put_off(&self) -> Vec<(String, u64)> {
        self.state.lock().unwrap().put_off.clone()
    }

    /// Answers 500 to what has these words in its first line.
    pub(crate) fn break_down(&self, words: &str) {
        self.state.lock().unwrap().broken.push(words.to_owned());
    }

    /// Answers 403 to what has these words in its first line.
    pub(crate) fn forbid(&self, words: &str) {
        self.state.lock().unwrap().forbidden.push(words.to_owned());
    }

    pub(crate) fn heal(&self) {
        self.state.lock().unwrap().broken.clear();
    }
}

const GONE: (&str, &str) = ("404 Not Found", r#"{"errors":[{"code":"NOT_FOUND","message":"gone"}]}"#);

impl State {
    fn mint(&mut self, fields: &Value) -> (String, String) {
        self.made += 1;
        let id = format!("id-{}", self.made);
        let mut token = json!({"token_id": id, "subject": "jfac@01/users/frog", "issued_at": now() - 60,
            "expiry": now() + 3540, "refreshable": false, "scope": "applied-permissions/user"});
        if self.is_accessd {
            token["audience"] = json!("*@*");
            token["state"] = json!("live");
            token["has_reference_token"] = json!(false);
        }
        for (name, value) in fields.as_object().unwrap() {
            token[name] = value.clone();
        }
        let claims = json!({"sub": token["subject"], "scp": token["scope"], "aud": "*@*", "jti": id, "iat": token["issued_at"],
            "exp": token["expiry"]});
        let text = jwt(&claims.to_string());
        self.live.insert(id.clone(), (text.clone(), token));
        (id, text)
    }

    fn answer(&mut self, head: &str, body: &str) -> (&'static str, String) {
        let line = head.lines().next().unwrap();
        if self.broken.iter().any(|words| line.contains(words)) {
            return ("500 Internal Server Error", String::new());
        }
        let header = |name: &str| {
            head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
        };
        let bearer = header("authorization").unwrap_or_default().replace("Bearer ", "");
        let asking = self.live.iter().find(|(_, (text, _))| *text == bearer).map(|(id, _)| id.clone());
        let Some(asking) = asking else {
            let refused = r#"{"errors":[{"code":"UNAUTHORIZED","message":"Invalid token, revoked"}]}"#;
            return ("401 Unauthorized", refused.to_owned());
        };
        if self.forbidden.iter().any(|words| line.contains(words)) {
            return ("403 Forbidden", r#"{"errors":[{"code":"FORBIDDEN","message":"no"}]}"#.to_owned());
        }
        let (method, path) = line.split_once(' ').unwrap();
        let path = path.trim_end_matches(" HTTP/1.1");
        let (own_path, path) = match path.strip_prefix("/access/api/accessd/v1/tokens") {
            Some(rest) => (true, rest),
            None => (false, path.strip_prefix("/access/api/v1/tokens").unwrap()),
        };
        let gone = || (GONE.0, GONE.1.to_owned());
        if own_path && !self.is_accessd {
            return gone();
        }
        let named = path.trim_start_matches('/').split('/').next().unwrap();
        let id = if named == "me" { asking.clone() } else { named.to_owned() };
        match method {
            "POST" if path.ends_with("/revocation") => {
                let after = serde_json::from_str::<Value>(body).unwrap()["after"].as_u64().unwrap();
                self.put_off.push((id.clone(), after));
                let Some((_, token)) = self.live.get_mut(&id) else { return gone() };
                let due = now() + i64::try_from(after).unwrap();
                let kept = token["revocation_due"].as_i64().unwrap_or(i64::MAX).min(due);
                token["revocation_due"] = kept.into();
                ("200 OK", token.to_string())
            }
            "POST" => self.create(&asking, header("idempotency-key").unwrap(), body),
            "GET" => self.live.get(&id).map_or_else(gone, |(_, token)| ("200 OK", token.to_string())),
            "DELETE" => self.live.remove(&id).map_or_else(gone, |_| ("200 OK", String::new())),
            _ => ("405 Method Not Allowed", String::new()),
        }
    }

    fn create(&mut self, asking: &str, key: String, body: &str) -> (&'static str, String) {
        let request: Value = serde_json::from_str(body).unwrap();
        let key = (asking.to_owned(), key);
        let known = self.repeated.get(&key).filter(|_| self.is_accessd).cloned();
        let (id, text) = match known {
            Some(id) => match self.live.get(&id) {
                Some((text, _)) => (id, text.clone()),
                None => {
                    return (
                        "409 Conflict",
                        r#"{"errors":[{"code":"CONFLICT","message":"done before"}]}"#.to_owned(),
                    );
                }
            },
            None => {
                let made =
                    self.mint(&json!({"description": request["description"], "scope": request["scope"]}));
                self.repeated.insert(key, made.0.clone());
                made
            }
        };
        self.requests.push(request.clone());
        let mut answer = json!({"token_id": id, "access_token": text, "expires_in": request["expires_in"],
            "scope": request["scope"], "token_type": "Bearer"});
        if request["refreshable"] == true {
            answer["refresh_token"] = json!(format!("refresh-of-{id}"));
        }
        if request["include_reference_token"] == true {
            answer["reference_token"] = json!(format!("reference-of-{id}"));
        }
        ("200 OK", answer.to_string())
    }
}
