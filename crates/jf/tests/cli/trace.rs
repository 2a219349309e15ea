//! The tool under strace, which can end it at each of its system calls.

use crate::support::Jf;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};

/// With nothing to read and nothing to say.
pub(crate) fn quiet(mut command: Command) -> Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The tool with these arguments under strace, which does nothing itself but what `options` say.
fn traced(jf: &Jf, arguments: &[&str], options: &[&str]) -> Command {
    let plain = jf.command(arguments);
    let mut traced = Command::new("strace");
    traced
        .args(["-f", "-qq"])
        .args(options)
        .arg(plain.get_program())
        .args(plain.get_args())
        .env_clear()
        .envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(jf.folder());
    quiet(traced)
}

/// The system calls that a run makes, and how often each is made.
pub(crate) fn system_calls(jf: &Jf, arguments: &[&str]) -> BTreeMap<String, u32> {
    // Without strace this fails; scripts/install-test-tools brings it.
    let status = traced(jf, arguments, &["-o", "trace"]).status().unwrap();
    assert!(status.success());
    let mut calls = BTreeMap::new();
    for line in std::fs::read_to_string(jf.folder().join("trace")).unwrap().lines() {
        // The number of the process, the call, and its arguments.
        let call = line.split_whitespace().nth(1).and_then(|word| Some(word.split_once('(')?.0.to_owned()));
        if let Some(call) = call {
            *calls.entry(call).or_default() += 1;
        }
    }
    std::fs::remove_file(jf.folder().join("trace")).unwrap();
    calls
}

/// Runs the tool and kills it at the `n`th of these calls; whether it was killed. A run may make one call less than
/// another.
pub(crate) fn killed_at(jf: &Jf, arguments: &[&str], call: &str, n: u32) -> bool {
    let fault = format!("inject={call}:signal=KILL:when={n}");
    !traced(jf, arguments, &["-o", "/dev/null", "-e", &fault]).status().unwrap().success()
}
