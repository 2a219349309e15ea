//! Servers that tell of tokens: a platform with the public API alone, and accessd with its own paths.

use crate::refresh_world;
use crate::support::{Jf, Reply, Run, Server, reply_with};
use serde_json::{Value, json};

/// What a platform answers on a path that only accessd has.
pub(crate) fn no_accessd() -> Reply {
    json_reply("404 Not Found", &json!({"errors": [{"code": "NOT_FOUND", "message": "HTTP 404 Not Found"}]}))
}

pub(crate) fn json_reply(status: &'static str, body: &Value) -> Reply {
    reply_with(status, &["Content-Type: application/json"], &body.to_string())
}

/// A refusal in the Access service's words.
pub(crate) fn refused(status: &'static str, code: &str, message: &str) -> Reply {
    json_reply(status, &json!({"errors": [{"code": code, "message": message}]}))
}

pub(crate) fn now() -> u64 {
    refresh_world::now().cast_unsigned()
}

/// A token as a platform tells of it: for an hour, of frog.
pub(crate) fn on_platform(id: &str) -> Value {
    json!({"token_id": id, "subject": "jfac@01/users/frog", "expiry": now() + 3600, "issued_at": now() - 60,
        "issuer": "jfac@01", "description": "ci", "refreshable": false})
}

/// The same with what accessd knows besides.
pub(crate) fn on_accessd(id: &str) -> Value {
    let mut token = on_platform(id);
    for (name, value) in [
        ("scope", json!("applied-permissions/user")),
        ("audience", json!("*@*")),
        ("has_reference_token", json!(false)),
        ("revocable", json!(true)),
        ("created_by", json!("jfac@01/users/admin")),
        ("state", json!("live")),
    ] {
        token[name] = value;
    }
    token
}

/// With other fields than `token` has; null takes one away.
pub(crate) fn with(mut token: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        match value {
            Value::Null => drop(token.as_object_mut().unwrap().remove(name)),
            value => token[name] = value.clone(),
        }
    }
    token
}

impl Jf {
    /// Runs `jf token <command>` with address and token of `server`, and these arguments.
    pub(crate) fn token(&self, server: &Server, command: &str, arguments: &[&str]) -> Run {
        let url = server.url();
        let flags = ["token", command, "--url", &url, "--access-token", "canary-token"];
        self.run(&[&flags, arguments].concat())
    }
}

/// The first lines of all calls, without the version of HTTP.
pub(crate) fn lines(server: &Server) -> Vec<String> {
    server.calls().into_iter().map(|call| call.line.trim_end_matches(" HTTP/1.1").to_owned()).collect()
}
