//! Schemathesis makes requests out of the OpenAPI description, thousands of them, good and bad, and looks whether each
//! answer is described: status, type, body; whether credentials are asked for; whether nothing fails inside.

use testkit::{Accessd, python_command};

/// Operations that end the token which the requests are made with. They are asked after all others, each on its own
/// service.
const ENDING: [&str; 3] = ["revoke_own_token", "schedule_own_revocation", "revoke_tokens"];

/// What is answered by 501, which schemathesis takes for a fault.
const NOT_DONE: &str = "/projects/_/|/v1/aws/|/v1/service_trust/|/v1/users/invite";

/// A form without a field that has to be there: every text is one, so there is none to refuse.
const ANY_FORM: &str = "create_legacy_token";

/// All checks but that everything is accepted which the description allows: it cannot say everything.
const ARGUMENTS: [&str; 12] = [
    "--no-color",
    "run",
    "--phases=examples,coverage,fuzzing,stateful",
    "--checks=all",
    "--suppress-health-check=all",
    "--generation-deterministic",
    "--continue-on-failure",
    "--workers=1",
    "--request-timeout=60",
    "--max-examples=20",
    "--warnings=off",
    "--output-sanitize=true",
];

fn run(more: &[String]) -> String {
    run_without("positive_data_acceptance", more)
}

fn run_without(checks: &str, more: &[String]) -> String {
    let accessd = Accessd::builder()
        .env("ACCESSD_SERVER_BASE_URL", "https://tokens.example.org")
        // It tries wrong passwords in all places, and waits nowhere.
        .env("ACCESSD_SECURITY_LOCKOUT_AFTER_FAILURES", "100")
        .env("ACCESSD_LOG_LEVEL", "warn")
        .start();
    let output = python_command("described_api.py")
        .args(ARGUMENTS)
        .arg(format!("--exclude-checks={checks}"))
        .arg(format!("--header=Authorization: Bearer {}", accessd.admin_token()))
        .arg(format!("--url={}", accessd.url()))
        .args(more)
        .arg(format!("{}/access/api/accessd/v1/openapi.json", accessd.url()))
        .env("HOME", accessd.scratch_folder())
        .current_dir(accessd.scratch_folder())
        .output()
        .expect("Python can be run");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}\n{}\n{}",
        String::from_utf8_lossy(&output.stderr),
        accessd.log()
    );
    let log = accessd.log();
    assert!(!log.contains("panicked") && !log.contains("ERROR"), "{log}");
    said
}

/// How many requests were made.
fn cases(said: &str) -> u32 {
    let words = said.split("Test cases:").nth(1).expect("schemathesis counts").trim_start();
    words.split(' ').next().and_then(|count| count.parse().ok()).expect("a number of test cases")
}

#[test]
fn every_answer_is_described() {
    let mut others: Vec<String> = ENDING.iter().map(|id| format!("--exclude-operation-id={id}")).collect();
    others.push(format!("--exclude-path-regex={NOT_DONE}"));
    others.push(format!("--exclude-operation-id={ANY_FORM}"));
    let said = run(&others);
    assert!(cases(&said) > 1000, "{said}");
}

#[test]
fn so_are_those_of_what_ends_the_token_itself() {
    for id in ENDING {
        let said = run(&[format!("--include-operation-id={id}")]);
        assert!(cases(&said) > 10, "{said}");
    }
}

#[test]
fn so_are_those_of_a_form_that_may_be_empty() {
    let only = [format!("--include-operation-id={ANY_FORM}")];
    let said = run_without("positive_data_acceptance,negative_data_rejection", &only);
    assert!(cases(&said) > 10, "{said}");
}

#[test]
fn so_are_those_of_what_is_not_done() {
    let only = [format!("--include-path-regex={NOT_DONE}")];
    let said = run_without("positive_data_acceptance,not_a_server_error", &only);
    assert!(cases(&said) > 100, "{said}");
}
