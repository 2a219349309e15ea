//! The password as Artifactory keeps it: encrypted, and good for that server only. It is what other tools put
//! into the configuration, so a stolen file gives away less.

use super::server_changes::{Changes, Login};
use crate::connection::Connection;
use crate::credential::Credential;
use crate::error::{Failure, Outcome, Reason};
use crate::http::{Network, Repeat, Request};
use crate::secret_input::trimmed;
use crate::session::Session;
use access_types::Secret;
use secrecy::ExposeSecret as _;
use ureq::http::StatusCode;

/// Bytes of an encrypted password; a password of 100 characters is encrypted to some 200.
const LONGEST: usize = 1024;

/// Puts the encrypted password in the place of the plain one. `wanted` is `--enc-password`: with it, a server that
/// cannot do it is a failure; without it, the password stays as it was given, and a line says so.
///
/// # Errors
/// What the server said, if the encryption was asked for.
pub(super) fn replace(changes: &mut Changes, wanted: Option<bool>, network: &Network<'_>) -> Outcome<()> {
    if wanted == Some(false) {
        return Ok(());
    }
    let artifactory =
        changes.services.iter().find(|(field, _)| *field == "artifactoryUrl").map(|(_, url)| url);
    let connection = match (&changes.url, artifactory) {
        (Some(url), _) => Connection::as_nobody(url, changes.certificate.clone())?,
        (None, Some(url)) => Connection::as_nobody(url, changes.certificate.clone())?,
        (None, None) => return Ok(()),
    };
    let artifactory = artifactory.unwrap_or(&connection.artifactory).clone();
    let Some(Login::Password { user, password, .. }) = &mut changes.login else { return Ok(()) };
    let credential = Credential::from_password(user, password.clone())?;
    let connection = Connection { credential: Some(credential), artifactory, ..connection };
    match ask(&mut Session::on(connection, network)) {
        Ok(encrypted) => *password = encrypted,
        Err(failure) if wanted == Some(true) => {
            return Err(
                failure.context("The following error was received while trying to encrypt your password: ")
            );
        }
        Err(failure) => {
            let why = failure.message.lines().next().unwrap_or_default();
            network.report().warn(&format!(
                "the password is kept as it was given, because the server did not encrypt it ({why}); \
                 --enc-password=false does not ask"
            ));
        }
    }
    Ok(())
}

/// Whether it can be a password and is no page of a proxy or a portal: one line without space or markup.
fn is_plausible(text: &Secret) -> bool {
    let text = text.expose_secret();
    text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<')
}

fn ask(session: &mut Session<'_>) -> Outcome<Secret> {
    let artifactory = session.connection.artifactory.clone();
    let request = Request::get(artifactory.join("api/security/encryptedPassword"));
    let answer = session.send(&artifactory, Request { repeat: Repeat::Never, ..request })?;
    match answer.status {
        StatusCode::OK => {
            let text: Secret = String::from_utf8_lossy(&answer.body).into_owned().into();
            trimmed(&text).filter(is_plausible).ok_or_else(|| {
                Failure::new(Reason::Server, "its answer is no encrypted password").hint(format!(
                    "check that {artifactory} is Artifactory's address and no page to log in, or give \
                     --enc-password=false"
                ))
            })
        }
        StatusCode::CONFLICT => Err(Failure::new(
            Reason::Conflict,
            "Your Artifactory server is not configured to encrypt passwords.",
        )
        .hint("give --enc-password=false")),
        _ => Err(session.refusal(&answer, "give --enc-password=false")),
    }
}
