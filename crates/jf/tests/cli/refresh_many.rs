//! Commands that run at once with one configured token.

use crate::lab::{Trap, read_call_into};
use crate::refresh_world::{HOUR, Platform, REFRESHABLE, config, due, ended, field, token};
use crate::support::{CREATED, Jf, Server, reply};
use std::io::Write as _;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

const COMMANDS: usize = 50;

#[test]
fn fifty_commands_make_one_refresh() {
    for old in [due(), ended()] {
        let platform = Platform::start();
        let pair = platform.begin(&old);
        let text = config(&platform.url(), &old, &format!(r#""refreshToken":"{}","#, pair.refresh));
        let jf = Jf::new().config(&text);
        let children: Vec<_> = (0..COMMANDS)
            .map(|_| jf.command(&["api", "access/api/v1/x"]).stdin(Stdio::null()).spawn().unwrap())
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{output:?}");
            assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), CREATED);
        }
        assert_eq!(platform.counts(), (1, COMMANDS));
        let current = platform.current();
        assert_eq!(
            (field(&jf, "accessToken"), field(&jf, "refreshToken")),
            (current.access, current.refresh)
        );
    }
}

/// A server that has the configuration of `jf` say `text` before it answers its first call, and refuses as many
/// calls as `refused`.
fn renewed_meanwhile(
    path: std::path::PathBuf,
    text: impl Fn(u16) -> String + Send + Sync + 'static,
    refused: usize,
) -> Trap {
    let calls = AtomicUsize::new(0);
    Trap::start(move |mut stream, note| {
        read_call_into(&mut stream, note);
        let call = calls.fetch_add(1, Ordering::SeqCst);
        if call == 0 {
            std::fs::write(&path, text(stream.local_addr().unwrap().port())).unwrap();
        }
        let (status, body) = if call < refused { ("401 Unauthorized", "") } else { ("200 OK", CREATED) };
        let _ = write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
    })
}

#[test]
fn a_token_that_another_command_renewed_meanwhile_is_used_once() {
    for (refused, code) in [(1, 0), (2, 4)] {
        let fresh = token(0, HOUR);
        let jf = Jf::new().config("{}");
        let new = fresh.clone();
        let text = move |port| config(&format!("http://127.0.0.1:{port}"), &new, REFRESHABLE);
        let server = renewed_meanwhile(jf.config_path(), text, refused);
        let url = format!("http://127.0.0.1:{}", server.port());
        let jf = jf.config(&config(&url, &token(10, HOUR), REFRESHABLE));
        let run = jf.run(&["atc"]);
        assert_eq!(run.code, code, "{run:?}");
        let seen = server.seen();
        assert_eq!(seen.len(), 2, "{}", server.text());
        assert!(String::from_utf8_lossy(&seen[1]).contains(&format!("Bearer {fresh}\r\n")));
    }
}

#[test]
fn a_refusal_that_is_one_is_not_repeated() {
    for fields in [REFRESHABLE, ""] {
        let server = Server::start(vec![reply("401 Unauthorized", "")]);
        let jf = Jf::new().config(&config(&server.url(), &token(0, HOUR), fields));
        jf.run(&["atc"]).fails(4, &["server response: 401 Unauthorized", "jf login --server-id one"]);
    }
}
