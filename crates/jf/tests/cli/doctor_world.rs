//! Servers that answer `jf whoami` and `jf doctor` as accessd or a platform would, and what the tool makes of it.

use crate::refresh_world::jwt;
use crate::support::{Jf, Reply, Run, Server, reply, reply_with};
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// The header that accessd's own paths are known by.
pub(crate) const JSON: &str = "Content-Type: application/json";
/// 32 bytes that encrypt a configuration.
pub(crate) const KEY: &str = "canarycanarycanarycanarycanary32";
/// The token of [`configured`], which says nothing of an end.
pub(crate) fn plain_token() -> String {
    jwt(r#"{"sub":"jfac@x/users/frog"}"#)
}

#[expect(clippy::disallowed_methods, reason = "the tool asks the machine's clock, so the server must fit it")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// This many seconds from now, in epoch seconds.
pub(crate) fn in_seconds(seconds: i64) -> i64 {
    now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs().cast_signed() + seconds
}

/// The `Date` header of a server whose clock is this many seconds ahead.
pub(crate) fn date(ahead: i64) -> String {
    let distance = Duration::from_secs(ahead.unsigned_abs());
    let time = if ahead < 0 { now() - distance } else { now() + distance };
    format!("Date: {}", httpdate::fmt_http_date(time))
}

/// What a server tells of a token, with these fields besides.
pub(crate) fn me(fields: &str) -> String {
    format!(
        r#"{{"token_id":"0193-id","subject":"jfac@x/users/frog","issued_at":{},"issuer":"jfac@x","refreshable":false{fields}}}"#,
        in_seconds(-90_000)
    )
}

/// A token that ends in a year.
pub(crate) fn good_me() -> String {
    me(&format!(r#","scope":"applied-permissions/user","expiry":{}"#, in_seconds(365 * 86_400)))
}

/// What a server answers to a sign of life, and to what it is: as accessd does.
pub(crate) fn introduction(ahead: i64) -> Vec<Reply> {
    let artifactory = r#"{"version":"7.111.4","revision":"0.1.0","addons":[],"license":"Apache-2.0"}"#;
    vec![
        reply_with("200 OK", &[&date(ahead)], "OK"),
        reply("200 OK", r#"{"name":"7.111.4","version":"0.1.0"}"#),
        reply("200 OK", artifactory),
    ]
}

/// The same, and what it tells of the token.
pub(crate) fn accessd(me: &str) -> Server {
    Server::start(introduction(0).into_iter().chain([reply_with("200 OK", &[JSON], me)]).collect())
}

/// A configuration whose only server `one` is at `url`, with these fields besides.
pub(crate) fn configured(url: &str, fields: &str) -> Jf {
    Jf::new().config(&crate::refresh_world::config(url, &plain_token(), fields))
}

/// The same, encrypted with [`KEY`].
pub(crate) fn encrypted(url: &str) -> Jf {
    let jf = Jf::new().env("JFROG_CLI_ENCRYPTION_KEY", KEY).stdin(&plain_token());
    jf.run(&["c", "add", "one", "--url", url, "--access-token-stdin"]).ok();
    jf
}

/// What `jf doctor --format json` found.
pub(crate) struct Report {
    pub run: Run,
    value: Value,
}

impl Report {
    /// Runs the command, with these flags besides.
    #[track_caller]
    pub(crate) fn of(jf: &Jf, flags: &[&str]) -> Self {
        let run = jf.run(&[&["doctor", "--format=json", "--retries=0"], flags].concat());
        let value = serde_json::from_str(&run.stdout).unwrap();
        let report = Self { run, value };
        let failed = report.names("fail");
        assert_eq!(report.value["ok"], failed.is_empty());
        assert_eq!(report.run.code == 0, failed.is_empty(), "{:?}", report.run);
        report
    }

    fn checks(&self) -> &[Value] {
        self.value["checks"].as_array().unwrap()
    }

    /// The checks of this status.
    pub(crate) fn names(&self, status: &str) -> Vec<&str> {
        let checks = self.checks().iter().filter(|check| check["status"] == status);
        checks.map(|check| check["check"].as_str().unwrap()).collect()
    }

    /// Status, what was found and what is next.
    pub(crate) fn check(&self, name: &str) -> [&str; 3] {
        let check = self.checks().iter().find(|check| check["check"] == name).unwrap();
        ["status", "found", "next"].map(|field| check[field].as_str().unwrap_or_default())
    }

    /// The check has this status, and these words in what it found or in what is next.
    #[track_caller]
    pub(crate) fn says(&self, name: &str, status: &str, words: &[&str]) {
        let [is, found, next] = self.check(name);
        assert_eq!(is, status, "{name}: {found}\n{next}");
        assert_eq!(next.is_empty(), ["ok", "skipped"].contains(&is), "{name}: {found}\n{next}");
        for word in words {
            assert!(found.contains(word) || next.contains(word), "{word:?} is missing in {found}\n{next}");
        }
    }
}
