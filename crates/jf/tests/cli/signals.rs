//! SIGINT and SIGTERM: the process dies by them, and terminal and files are as they were.

use crate::support::{Jf, Server, names, reply};
use crate::terminal::Terminal;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const ADD: [&str; 4] = ["config", "add", "one", "--url=https://h"];
const KILLS: u32 = 100;

fn at_hidden_prompt(jf: &Jf) -> Terminal {
    Terminal::start(jf, &ADD).answer("Number [1-4]: ", "1").expect_hidden("JFrog access token: ")
}

#[test]
fn a_signal_brings_back_what_a_hidden_prompt_took() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let jf = Jf::new();
        let session = at_hidden_prompt(&jf).type_in("canary").signal(signal).end();
        assert!(session.code == code && session.is_as_before(), "{session:?}");
        assert!(!session.screen.contains("canary") && !session.screen.contains("[Error]"), "{session:?}");
        assert!(!jf.home().exists());
    }
}

#[test]
fn ctrl_c_is_a_signal_at_every_prompt() {
    for _ in 0..5 {
        let session = at_hidden_prompt(&Jf::new()).type_in("canary\u{3}").end();
        assert!(session.code == 130 && session.is_as_before(), "{session:?}");
        assert!(!session.screen.contains("canary") && !session.screen.contains("[Error]"), "{session:?}");
    }
    for (arguments, question) in [
        (&["config", "add"][..], "identifier [Default-Server]: "),
        (&["config", "rm"], "(y/n) [n]? "),
        (&["login"], "Enter your JFrog Platform URL: "),
    ] {
        let session = Terminal::start(&Jf::new(), arguments).expect(question).type_in("\u{3}").end();
        assert!(session.code == 130 && session.is_as_before(), "{session:?}");
    }
}

#[test]
fn a_web_login_can_be_left() {
    let server = Server::start(vec![reply("200 OK", "OK"), reply("200 OK", "")]);
    let jf = Jf::new().env("PATH", "/nowhere");
    let terminal = Terminal::start(&jf, &["login", "--url", &server.url()]).expect("open the URL manually.");
    let session = terminal.type_in("\u{3}").end();
    assert!(session.code == 130 && session.is_as_before() && !jf.home().exists(), "{session:?}");
}

/// Who waits for the lock stands in the lock folder, and leaves it.
#[test]
fn who_is_ended_in_the_queue_leaves_it() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let jf = Jf::new();
        let folder = jf.home().join("locks/config");
        fs::create_dir_all(&folder).unwrap();
        let mut holder = Command::new("sleep").arg("100").spawn().unwrap();
        let lock = format!("jfrog-cli.conf.lck.{}.1700000000000000000", holder.id());
        fs::write(folder.join(&lock), "").unwrap();
        let terminal = Terminal::start(&jf, &[&ADD[..], &["--access-token=t", "--user=u"]].concat());
        let terminal = terminal.expect("Waiting for the configuration");
        assert_eq!(names(&folder).len(), 2);
        assert_eq!(terminal.signal(signal).end().code, code);
        assert_eq!(names(&folder), [lock]);
        holder.kill().unwrap();
        holder.wait().unwrap();
    }
}

/// `nohup jf …` and a shell's `jf … &`: what is ignored stays so.
#[test]
fn a_signal_that_is_ignored_stays_so() {
    let jf = Jf::new();
    let folder = jf.home().join("locks/config");
    fs::create_dir_all(&folder).unwrap();
    let mut holder = Command::new("sleep").arg("100").spawn().unwrap();
    let lock = folder.join(format!("jfrog-cli.conf.lck.{}.1700000000000000000", holder.id()));
    fs::write(&lock, "").unwrap();
    let add = jf.command(&[&ADD[..], &["--access-token=t", "--user=u"]].concat());
    let mut child = Command::new("/bin/sh")
        .args(["-c", "trap '' INT HUP; exec \"$0\" \"$@\""])
        .arg(add.get_program())
        .args(add.get_args())
        .env_clear()
        .envs(add.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while names(&folder).len() < 2 {
        sleep(Duration::from_millis(5));
    }
    for signal in [Signal::HUP, Signal::INT] {
        kill_process(Pid::from_child(&child), signal).unwrap();
    }
    fs::remove_file(&lock).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(jf.config_text().contains("https://h/"));
    holder.kill().unwrap();
    holder.wait().unwrap();
}

#[test]
fn a_storm_of_sigterm_leaves_whole_files_and_nothing_else() {
    let jf = Jf::new();
    let run = |n: u32| {
        let url = format!("--url=https://h/{n}");
        let mut command = jf.command(&["c", "add", "a", "--overwrite", &url, "--access-token=t", "--user=u"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    assert!(run(0).wait().unwrap().success());
    let start = Instant::now();
    for n in 0..10 {
        assert!(run(n).wait().unwrap().success());
    }
    let duration = start.elapsed() / 10;
    let (mut killed, mut written) = (0, 0);
    let mut text = jf.config_text();
    for n in 1..=KILLS {
        let mut child = run(n);
        sleep(duration * n / KILLS);
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        let now = jf.config_text();
        let config: serde_json::Value = serde_json::from_str(&now).unwrap();
        assert_eq!(config["servers"].as_array().unwrap().len(), 1, "{now}");
        written += u32::from(now != text);
        text = now;
        assert_eq!(names(&jf.home()), ["jfrog-cli.conf.v6", "jfrog-cli.conf.v6.bak", "locks"]);
        assert_eq!(names(&jf.home().join("locks/config")), [""; 0]);
    }
    assert!(killed > KILLS / 4 && written > 0, "{killed} killed, {written} written");
    // And not slowed down by what was left.
    let output =
        jf.run(&["c", "add", "a", "--overwrite", "--url=https://h/end", "--access-token=t", "--user=u"]).ok();
    assert_eq!(output.stderr, "");
}
