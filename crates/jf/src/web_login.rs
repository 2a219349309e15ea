//! The log-in with a web browser (access-api.md 1.7): a session that the browser confirms, and tokens that are
//! handed out for it once. No lock is held meanwhile, and no token stands in any address.

use crate::connection::Connection;
use crate::error::{Failure, Outcome, Reason};
use crate::http::{Content, Network, Repeat, Request, random_bytes};
use crate::output::format::CreatedToken;
use crate::output::report::Report;
use crate::session::Session;
use access_types::Secret;
use std::time::{Duration, Instant};
use ureq::http::StatusCode;

/// Until the first look whether the browser has been there.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Between looks.
const WAIT: Duration = Duration::from_secs(3);
/// How long the person at the browser may take.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// What a log-in gives.
pub(crate) struct Tokens {
    /// The access token.
    pub access_token: Secret,
    /// What renews it.
    pub refresh_token: Option<Secret>,
}

/// Asks the platform for a session, sends the person to the browser and waits for the tokens.
///
/// # Errors
/// What the platform said, and when nobody logged in within five minutes.
pub(crate) fn run(connection: Connection, network: &Network<'_>) -> Outcome<Tokens> {
    let mut platform = Session::on(connection, network);
    let report = network.report();
    ping(&mut platform)?;
    let session = uuid::Builder::from_random_bytes(random_bytes()?).into_uuid().to_string();
    begin(&session, &mut platform)?;
    let code = session.get(session.len().saturating_sub(4)..).unwrap_or_default();
    let page = format!("ui/login?jfClientSession={session}&jfClientName=JFrog-CLI&jfClientCode=1");
    let address = platform.connection.platform.join(&page);
    report.show(&format!("After logging in via your web browser, please enter the code if prompted: {code}"));
    report.show("Please open the following URL in your browser to authenticate:");
    report.show(&address);
    if open::that_detached(&address).is_err() {
        report.warn("Failed to automatically open the browser. Please open the URL manually.");
    }
    let tokens = wait(&session, &mut platform)?;
    report.info("You're now logged in!");
    Ok(tokens)
}

/// Whether there is a platform at all, before anybody is sent to a browser.
fn ping(platform: &mut Session<'_>) -> Outcome<()> {
    let artifactory = platform.connection.artifactory.clone();
    let answer = platform.send(&artifactory, Request::get(artifactory.join("api/system/ping")))?;
    platform.expect_ok(answer, "").map(drop)
}

fn begin(session: &str, platform: &mut Session<'_>) -> Outcome<()> {
    let access = platform.connection.access.clone();
    let body: Secret = serde_json::json!({ "session": session }).to_string().into();
    let url = access.join("api/v2/authentication/jfrog_client_login/request");
    let answer = platform.send(&access, Request::post(url, Content::json(&body), Repeat::Safely))?;
    platform.expect_ok(answer, "").map(drop).map_err(|failure| {
        failure
            .context("Oops! it looks like the web login option is unavailable right now. ")
            .hint("log in another way: jf login --legacy, or jf config add --access-token-stdin")
    })
}

fn wait(session: &str, platform: &mut Session<'_>) -> Outcome<Tokens> {
    let access = platform.connection.access.clone();
    let url = access.join(&format!("api/v2/authentication/jfrog_client_login/token/{session}"));
    let end = Instant::now() + PATIENCE;
    std::thread::sleep(FIRST_WAIT);
    while Instant::now() < end {
        let answer = platform.send(&access, Request::get(url.clone()))?;
        if answer.status == StatusCode::BAD_REQUEST {
            std::thread::sleep(WAIT);
            continue;
        }
        let body = platform.expect_ok(answer, "").map_err(|failure| {
            failure.context("received unexpected response when getting the login authentication token: ")
        })?;
        return tokens(&body, platform.report());
    }
    Err(Failure::new(Reason::Credentials, "nobody logged in with the browser within 5 minutes")
        .hint("run jf login again; jf login --legacy needs no browser"))
}

fn tokens(body: &[u8], report: &Report) -> Outcome<Tokens> {
    let none = || {
        Failure::new(Reason::Server, "failed getting authentication token after web login")
            .hint("run jf login again")
    };
    let token = CreatedToken::from_json(body).ok_or_else(none)?;
    token.secrets().for_each(|secret| report.mask_new(&secret));
    Ok(Tokens { access_token: token.access_token().ok_or_else(none)?, refresh_token: token.refresh_token() })
}
