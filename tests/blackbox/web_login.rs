//! `jf login` and the page it sends to, end to end: once as HTTP sees it, once with a browser.

use crate::{TOKENS, USERS};
use serde_json::{Value, json};
use testkit::{Accessd, Jf, User, claims, program, python};

fn log_in(accessd: &Accessd, jf: &Jf, frog: &User, more: &[&str]) -> String {
    let (tool, home) = (program("jf").display().to_string(), jf.home().display().to_string());
    let url = accessd.url();
    let arguments = [&[tool.as_str(), &home, &url, &frog.name, &frog.password], more].concat();
    python("web_login.py", &arguments)
}

/// What `jf` kept: a token of frog's that works, and renews itself.
#[track_caller]
fn check_kept(accessd: &Accessd, jf: &Jf, frog: &User, screen: &str) {
    assert!(screen.contains("You're now logged in!"), "{screen}");
    let file = std::fs::read_to_string(jf.path(".jfrog/jfrog-cli.conf.v6")).expect("a configuration");
    let config: Value = serde_json::from_str(&file).expect("the configuration is JSON");
    let server = &config["servers"][0];
    let token = server["accessToken"].as_str().expect("a token was kept");
    assert!(accessd.accepts(token));
    assert!(claims(token)["sub"].as_str().unwrap().ends_with(&format!("/users/{}", frog.name)));
    assert_eq!(claims(token)["scp"], "applied-permissions/user");
    accessd
        .ask_refresh(token, server["refreshToken"].as_str().expect("a refresh token was kept"))
        .expect(200);
    let log = accessd.log();
    let mut database = accessd.database().map(|database| database.dump().into_bytes()).unwrap_or_default();
    for file in ["accessd.db", "accessd.db-wal"] {
        database.extend(std::fs::read(accessd.data_folder().join(file)).unwrap_or_default());
    }
    assert!(!database.is_empty());
    let session = screen.split("jfClientSession=").nth(1).and_then(|rest| rest.get(..36)).unwrap();
    for secret in [token, session, frog.password.as_str()] {
        assert!(!log.contains(secret), "the log holds a secret");
        let found = database.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "the database holds a secret");
    }
}

#[test]
fn jf_login_ends_in_a_token() {
    let accessd = crate::accessd();
    let frog = accessd.new_user("frog");
    let jf = Jf::new();
    let screen = log_in(&accessd, &jf, &frog, &[]);
    jf.run(&["token", "list"]).succeeded();
    check_kept(&accessd, &jf, &frog, &screen);
}

#[test]
fn an_expired_password_is_renewed_on_the_way() {
    let accessd = crate::accessd();
    let frog = accessd.new_user("frog");
    let expire = format!("{USERS}/{}/password/expire", frog.name);
    accessd.http().post(&expire).bearer(&accessd.admin_token()).send().expect(204);
    let jf = Jf::new();
    let screen = log_in(&accessd, &jf, &frog, &["--new-password", "Renewed-on-the-way-7"]);
    check_kept(&accessd, &jf, &frog, &screen);
    accessd.http().get(TOKENS).basic(&frog.name, "Renewed-on-the-way-7").send().expect(200);
    accessd.http().get(TOKENS).basic(&frog.name, &frog.password).send().expect(401);
}

#[test]
fn a_person_logs_in_with_a_browser() {
    let accessd = crate::accessd();
    let frog = accessd.new_user("frog");
    let jf = Jf::new();
    // For who wants to see the pages.
    let folder = testkit::build_folder().join("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    let folder = folder.display().to_string();
    let screen = log_in(&accessd, &jf, &frog, &["--chromium", "--screenshots", &folder]);
    check_kept(&accessd, &jf, &frog, &screen);
}

/// A6: what 500 log-ins at once cost. Those that find no room are told to come again; none is believed.
#[test]
fn many_log_ins_at_once_cost_no_memory() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let before = accessd.peak_memory_kib();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let ask = |number: usize| {
            let (http, name) = (accessd.http(), format!("nobody-{number}"));
            scope.spawn(move || http.get(TOKENS).basic(&name, "a wrong password").send().status)
        };
        let threads: Vec<_> = (0..500).map(ask).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(statuses.iter().all(|status| [401, 503].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&401), "some were looked at");
    // Two hashes at a time take 38 MiB; 500 would take 9.5 GiB.
    let grown = accessd.peak_memory_kib().saturating_sub(before);
    assert!(grown < 300 * 1024, "{grown} KiB more than before");
    accessd.http().get(TOKENS).basic(&frog.name, &frog.password).send().expect(200);
}

/// The count of wrong passwords outlives the process, whatever ended it.
#[test]
fn a_restart_gives_no_more_guesses() {
    let accessd = Accessd::builder().env("ACCESSD_SECURITY_LOCKOUT_AFTER_FAILURES", "3").start();
    let frog = accessd.new_user("frog");
    let guess = |password: &str| accessd.http().get(TOKENS).basic(&frog.name, password).send();
    // Until the wait is longer than what a restart takes.
    loop {
        let answer = guess("wrong");
        match answer.header("retry-after").and_then(|seconds| seconds.parse::<u64>().ok()) {
            Some(seconds) if seconds >= 8 => break,
            Some(seconds) => std::thread::sleep(std::time::Duration::from_secs(seconds)),
            None => drop(answer.expect(401)),
        }
    }
    accessd.kill();
    accessd.restart();
    guess(&frog.password).expect(429);
    assert!(accessd.accepts(&frog.token), "tokens are not affected");
    accessd.change_user(&frog.name, json!({"password": frog.password}));
    guess(&frog.password).expect(200);
}
