//! A server that points elsewhere gets nothing sent there, whatever the code and whatever the place.

use crate::lab::{PASSWORD, TOKEN, Trap, assert_no_secret, read_call_into};
use crate::support::{Jf, REDIRECTS, Run};
use std::io::Write as _;

/// Asks a server that answers `status` and the location that `location` makes of its port, once with a
/// token and once with a password.
fn redirected(
    status: &'static str,
    location: impl Fn(u16) -> String + Clone + Send + Sync + 'static,
) -> [Run; 2] {
    [(TOKEN, &["--access-token-stdin"][..]), (PASSWORD, &["--user", "frog", "--password-stdin"])].map(
        |(secret, flags)| {
            let location = location.clone();
            let server = Trap::start(move |mut stream, note| {
                read_call_into(&mut stream, note);
                let location = location(stream.local_addr().unwrap().port());
                let _ =
                    write!(stream, "HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
            });
            let url = format!("http://{}", server.address);
            let jf = Jf::new().stdin(secret).env("JFROG_CLI_LOG_LEVEL", "DEBUG");
            let run = jf.run(&[&["atc", "--url", &url, "--timeout", "20"], flags].concat());
            assert_eq!(server.seen().len(), 1, "{status}: {}", server.text());
            assert!(server.text().contains("uthorization: "), "{}", server.text());
            run
        },
    )
}

/// Both runs failed for this reason, said `origin`, and no more than that.
#[track_caller]
fn assert_refused(runs: [Run; 2], status: &str, origin: &str) {
    for run in runs {
        let run = run.fails(1, &[&format!("server response: {status}"), origin, "credentials were not sent"]);
        assert_no_secret(&run.stderr);
        for hidden in ["deep-path", "query-value", "someone", "their-password"] {
            assert!(!run.stderr.contains(hidden), "{hidden} is in {}", run.stderr);
        }
    }
}

#[test]
fn another_host_gets_nothing() {
    for status in REDIRECTS {
        let catcher = Trap::catcher("127.0.0.2");
        let port = catcher.port();
        let runs = redirected(status, move |_| format!("http://127.0.0.2:{port}/deep-path?x=query-value"));
        assert_refused(runs, status, &format!("http://127.0.0.2:{port};"));
        catcher.assert_untouched();
    }
}

#[test]
fn the_same_machine_by_another_name_gets_nothing() {
    for status in REDIRECTS {
        let catcher = Trap::catcher("127.0.0.1");
        let port = catcher.port();
        let runs = redirected(status, move |_| format!("http://localhost:{port}/deep-path"));
        assert_refused(runs, status, &format!("http://localhost:{port};"));
        catcher.assert_untouched();
    }
}

#[test]
fn another_port_gets_nothing() {
    for status in REDIRECTS {
        let catcher = Trap::catcher("127.0.0.1");
        let port = catcher.port();
        let runs = redirected(status, move |_| format!("http://127.0.0.1:{port}/access/api/v1/tokens"));
        assert_refused(runs, status, &format!("http://127.0.0.1:{port};"));
        catcher.assert_untouched();
    }
}

#[test]
fn another_scheme_gets_nothing_not_even_a_handshake() {
    for status in REDIRECTS {
        let catcher = Trap::catcher("127.0.0.1");
        let port = catcher.port();
        let runs = redirected(status, move |_| format!("https://127.0.0.1:{port}/deep-path"));
        assert_refused(runs, status, &format!("https://127.0.0.1:{port};"));
        catcher.assert_untouched();
    }
}

#[test]
fn a_subdomain_gets_nothing() {
    for status in REDIRECTS {
        let catcher = Trap::catcher("127.0.0.1");
        let port = catcher.port();
        // Resolvers answer every name below localhost with this machine.
        let runs = redirected(status, move |_| format!("http://sub.localhost:{port}/deep-path"));
        assert_refused(runs, status, &format!("http://sub.localhost:{port};"));
        catcher.assert_untouched();
    }
}

#[test]
fn a_chain_ends_before_its_first_link() {
    for status in REDIRECTS {
        let last = Trap::catcher("127.0.0.2");
        let target = format!("http://{}/deep-path", last.address);
        let middle = Trap::start(move |mut stream, note| {
            read_call_into(&mut stream, note);
            let _ = write!(stream, "HTTP/1.1 {status}\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n");
        });
        let port = middle.port();
        let runs = redirected(status, move |_| format!("http://127.0.0.1:{port}/deep-path"));
        assert_refused(runs, status, &format!("http://127.0.0.1:{port};"));
        middle.assert_untouched();
        last.assert_untouched();
    }
}

#[test]
fn not_even_the_same_server_is_asked_again() {
    for status in REDIRECTS {
        let runs = redirected(status, |port| format!("http://127.0.0.1:{port}/deep-path"));
        assert_refused(runs, status, "the server points to http://127.0.0.1:");
        assert_refused(
            redirected(status, |_| "/deep-path?x=query-value".into()),
            status,
            "another path of 127.0.0.1",
        );
        assert_refused(redirected(status, |_| "deep-path".into()), status, "another path of 127.0.0.1");
        assert_refused(redirected(status, |_| "?x=query-value".into()), status, "another path of 127.0.0.1");
    }
}

#[test]
fn an_address_without_scheme_is_another_host() {
    for status in REDIRECTS {
        let catcher = Trap::catcher("127.0.0.2");
        let port = catcher.port();
        let runs = redirected(status, move |_| format!("//127.0.0.2:{port}/deep-path"));
        assert_refused(runs, status, &format!("points to 127.0.0.2:{port};"));
        catcher.assert_untouched();
    }
}

#[test]
fn user_info_of_a_location_is_not_repeated() {
    for status in REDIRECTS {
        let catcher = Trap::catcher("127.0.0.2");
        let port = catcher.port();
        let runs =
            redirected(status, move |_| format!("http://someone:their-password@127.0.0.2:{port}/deep-path"));
        assert_refused(runs, status, &format!("http://127.0.0.2:{port};"));
        catcher.assert_untouched();
        let runs =
            redirected(status, move |_| format!("//someone:their-password@127.0.0.2:{port}?query-value"));
        assert_refused(runs, status, &format!("127.0.0.2:{port};"));
        catcher.assert_untouched();
    }
}
