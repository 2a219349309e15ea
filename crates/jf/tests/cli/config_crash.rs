//! `kill -9` at any moment of a save: the file is whole, and the next command works.

use crate::support::Jf;
use std::process::{Command, Stdio};
use std::time::Instant;

const KILLS: u32 = 1_000;

#[test]
fn a_killed_save_leaves_a_whole_file_and_no_lock() {
    let jf = Jf::new();
    let add = |n: u32| {
        let url = format!("https://h/{n}");
        jf.command(&["c", "add", "a", "--overwrite", "--url", &url, "--access-token=t"])
    };
    let run = |mut command: Command| {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    assert!(run(add(0)).wait().unwrap().success());
    let start = Instant::now();
    for n in 0..10 {
        assert!(run(add(n)).wait().unwrap().success());
    }
    let duration = start.elapsed() / 10;

    let (mut killed, mut written) = (0, 0);
    let mut url = jf.config_text();
    for n in 1..=KILLS {
        let mut child = run(add(n));
        // Every moment of a run gets its turn, in steps of a thousandth.
        std::thread::sleep(duration * n / KILLS);
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        let text = jf.config_text();
        let config: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(config["servers"].as_array().unwrap().len(), 1, "{text}");
        written += u32::from(text != url);
        url = text;
        if n % 10 == 0 {
            let next = add(n).output().unwrap();
            let said = String::from_utf8(next.stderr).unwrap();
            assert!(next.status.success() && !said.contains("Waiting for"), "{said}");
            assert!(jf.config_text().contains(&format!("\"https://h/{n}/\"")));
            url = jf.config_text();
        }
    }
    // Otherwise the moments were none of the save's.
    assert!(killed > KILLS / 2 && written > 0, "{killed} killed, {written} written");
    assert_eq!(std::fs::read_dir(jf.home().join("locks/config")).unwrap().count(), 0);
}
