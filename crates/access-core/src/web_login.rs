//! The log-in with a browser (access-api.md 1.7): a client opens a session, a person approves it on a page with user
//! name, password and the end of the session's id as the terminal shows it, and the client fetches the token, once.
//! The session's id is a secret of which only a keyed hash is stored. Since the wire has it in the page's address, an
//! approved session lives for a minute only.

use crate::access::Access;
use crate::create::CreatedToken;
use crate::error::{AccessError, AuthenticationError};
use crate::model::{AuditAction, SecretHash, UserRecord};
use crate::store::logins::{WebLogin, WebLoginApproval, WebLoginOutcome};
use access_types::user::UserStatus;
use access_types::{FieldError, Secret};
use subtle::ConstantTimeEq as _;
use uuid::{Uuid, Variant};

/// For how many seconds a session waits for its person: as long as clients do.
const OPEN_FOR: u64 = 300;
/// For how many seconds an approved session waits for its client, which asks every 3 s.
const APPROVED_FOR: u64 = 60;
/// Most sessions that wait at one time.
const MOST: usize = 2000;
/// With so many wrong codes a session is over.
const WRONG_CODES: u32 = 3;
/// Characters of the code.
const CODE_LENGTH: usize = 4;
/// What a client calls itself, if that is not legible.
const NAMELESS: &str = "a client";
/// Longest name of a client, in characters.
const LONGEST_CLIENT: usize = 40;

/// What a person sends from the page.
#[derive(Debug, Clone)]
pub struct WebLoginForm {
    /// The session, as it stands in the page's address.
    pub session: String,
    /// The last four characters of the session, as the terminal shows them.
    pub code: String,
    /// What the client calls itself.
    pub client: Option<String>,
    /// User name.
    pub username: String,
    /// Password.
    pub password: Secret,
    /// The new password, if that one has expired.
    pub new_password: Option<Secret>,
}

/// Why a session is not approved.
#[derive(Debug, Clone)]
pub enum WebLoginRefusal {
    /// It is over, or there never was one.
    Ended,
    /// The code is wrong; so many more tries are borne.
    WrongCode(u32),
    /// The password is right, but has expired: a new one is needed.
    PasswordExpired,
    /// The expired password was replaced, but then the session was not approved: it was over, or for this reason.
    OnlyPasswordChanged(Option<AccessError>),
    /// Anything else.
    Refused(AccessError),
}

impl<E: Into<AccessError>> From<E> for WebLoginRefusal {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// What a client that asks for its token is told.
#[derive(Debug, Clone)]
pub enum WebLoginPoll {
    /// Nobody has approved the session yet.
    Pending,
    /// The token, this once.
    Done(Box<CreatedToken>),
    /// The session is over, or there never was one.
    Ended,
}

impl Access {
    /// Opens a session. Asking again changes nothing.
    ///
    /// # Errors
    /// [`AccessError::Invalid`] if `session` is no random UUID, [`AccessError::NotFound`] where web log-in is switched
    /// off, [`AccessError::Unavailable`].
    pub async fn open_web_login(&self, session: &str) -> Result<(), AccessError> {
        if !self.settings().allow_web_login {
            return Err(AccessError::NotFound("web log-in is switched off on this service".to_owned()));
        }
        let session = session_of(session).ok_or_else(|| {
            FieldError::new("session", "must be a random UUID (version 4 or 7) in its usual form")
        })?;
        let now = self.now();
        Ok(self.store().open_web_login(self.session_hash(&session), now, now + OPEN_FOR, MOST).await?)
    }

    /// Whether a session waits for somebody to approve it.
    ///
    /// # Errors
    /// [`AccessError::Unavailable`].
    pub async fn web_login_waits(&self, session: &str) -> Result<bool, AccessError> {
        Ok(self.open_session(session).await?.is_some_and(|(_, _, login)| login.approval.is_none()))
    }

    /// Approves a session. The code is looked at first, so that a link that somebody sent is no place to try
    /// passwords, and the right password leads nowhere without it.
    ///
    /// # Errors
    /// [`WebLoginRefusal`].
    pub async fn approve_web_login(&self, form: WebLoginForm) -> Result<(), WebLoginRefusal> {
        let found = self.open_session(&form.session).await?;
        let Some((session, hash, WebLogin { approval: None, .. })) = found else {
            return Err(WebLoginRefusal::Ended);
        };
        if !code_fits(&session, &form.code) {
            let left = self.store().count_wrong_code(hash, WRONG_CODES).await?;
            return Err(if left == 0 { WebLoginRefusal::Ended } else { WebLoginRefusal::WrongCode(left) });
        }
        let user = self.check_password(&form.username, &form.password).await?;
        if user.disable_ui_access {
            let problem = "the web pages are closed to this user; use a token, or ask an administrator";
            return Err(AccessError::Forbidden(problem.to_owned()).into());
        }
        if !self.has_expired(&user) {
            return self.approve_as(user, hash, form.client.as_deref()).await;
        }
        let new = form.new_password.ok_or(WebLoginRefusal::PasswordExpired)?;
        self.replace_password(&user, &form.password, new).await?;
        self.approve_as(user, hash, form.client.as_deref()).await.map_err(|refusal| match refusal {
            WebLoginRefusal::Refused(error) => WebLoginRefusal::OnlyPasswordChanged(Some(error)),
            _ => WebLoginRefusal::OnlyPasswordChanged(None),
        })
    }

    /// Notes that this user has approved the session.
    async fn approve_as(
        &self,
        user: UserRecord,
        hash: SecretHash,
        client: Option<&str>,
    ) -> Result<(), WebLoginRefusal> {
        self.note_login(&user).await;
        let approval = WebLoginApproval {
            username: user.username.clone(),
            user_epoch: user.token_epoch,
            client: client.and_then(legible_client).unwrap_or(NAMELESS).to_owned(),
        };
        let detail = format!("client {}", approval.client);
        let person = self.person(user);
        let target = person.username().unwrap_or_default().to_owned();
        let audit = self.audit(&person, AuditAction::WebLoginApproved, target, detail)?;
        let ends_at = self.now() + APPROVED_FOR;
        if self.store().approve_web_login(hash, approval, ends_at, audit).await? {
            Ok(())
        } else {
            Err(WebLoginRefusal::Ended)
        }
    }

    /// The token of a session, once it is approved: with its user's rights as they are now, refreshable.
    ///
    /// # Errors
    /// [`AccessError::Unavailable`]: then the session goes on. Never [`AccessError::Invalid`] or
    /// [`AccessError::BadRequest`]: to clients 400 means that nobody has approved yet.
    pub async fn collect_web_login(&self, session: &str) -> Result<WebLoginPoll, AccessError> {
        let Some((_, hash, login)) = self.open_session(session).await? else {
            return Ok(WebLoginPoll::Ended);
        };
        let Some(approval) = login.approval else { return Ok(WebLoginPoll::Pending) };
        let user = self.store().find_user(&approval.username).await?;
        let Some(user) = user.filter(|user| may_still(user, &approval)) else {
            self.store().end_web_login(hash).await?;
            return Ok(WebLoginPoll::Ended);
        };
        let (new, created) =
            self.prepare_web_login_token(user, &approval.client).await.map_err(no_fault_of_the_client)?;
        match self.store().finish_web_login(hash, new).await? {
            WebLoginOutcome::Inserted => Ok(WebLoginPoll::Done(Box::new(created))),
            WebLoginOutcome::Gone => Ok(WebLoginPoll::Ended),
            WebLoginOutcome::AskerGone => Err(AuthenticationError::UserUnavailable.into()),
        }
    }

    async fn open_session(
        &self,
        session: &str,
    ) -> Result<Option<(String, SecretHash, WebLogin)>, AccessError> {
        let Some(session) = session_of(session).filter(|_| self.settings().allow_web_login) else {
            return Ok(None);
        };
        let hash = self.session_hash(&session);
        let found = self.store().find_web_login(hash, self.now()).await?;
        Ok(found.map(|login| (session, hash, login)))
    }

    fn session_hash(&self, session: &str) -> SecretHash {
        self.keyring().hash_web_login(session)
    }
}

/// A token that cannot be made as the settings want it.
fn no_fault_of_the_client(error: AccessError) -> AccessError {
    match error {
        AccessError::Invalid(_) | AccessError::BadRequest(_) => {
            AccessError::Internal(format!("the token of a web log-in: {error}"))
        }
        other => other,
    }
}

/// Whether the user who approved can have the token: as at the approval, and not shut out since.
fn may_still(user: &UserRecord, approval: &WebLoginApproval) -> bool {
    user.status == UserStatus::Enabled && user.token_epoch == approval.user_epoch && !user.disable_ui_access
}

/// A session in its one spelling; `None` if it is no UUID that was drawn at random.
fn session_of(text: &str) -> Option<String> {
    let id = Uuid::try_parse(text).ok().filter(|_| text.len() == 36)?;
    let random = id.get_variant() == Variant::RFC4122 && matches!(id.get_version_num(), 4 | 7);
    random.then(|| id.to_string())
}

fn code_fits(session: &str, code: &str) -> bool {
    let wanted = session.get(session.len().saturating_sub(CODE_LENGTH)..).unwrap_or_default();
    wanted.len() == CODE_LENGTH
        && bool::from(wanted.as_bytes().ct_eq(code.trim().to_ascii_lowercase().as_bytes()))
}

/// The name of a client as it may stand on a page and in a token's description: whoever sent the link has chosen it.
/// `None` if there is nothing in it that may.
pub fn legible_client(name: &str) -> Option<&str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || " ._-".contains(c);
    let name = name.trim();
    (!name.is_empty() && name.len() <= LONGEST_CLIENT && name.chars().all(plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SESSION: &str = "0b2ff2b5-3a0e-4f0e-9d4c-6f6d2f1e8a3c";

    #[test]
    fn sessions_are_random_uuids_in_one_spelling() {
        assert_eq!(session_of(&SESSION.to_uppercase()).as_deref(), Some(SESSION));
        for bad in [
            "",
            "x",
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "0b2ff2b5-3a0e-1f0e-9d4c-6f6d2f1e8a3c",
            "0b2ff2b53a0e4f0e9d4c6f6d2f1e8a3c",
            "{0b2ff2b5-3a0e-4f0e-9d4c-6f6d2f1e8a3c}",
            "urn:uuid:0b2ff2b5-3a0e-4f0e-9d4c-6f6d2f1e8a3c",
        ] {
            assert_eq!(session_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_code_is_the_end_of_the_session() {
        assert!(code_fits(SESSION, "8a3c") && code_fits(SESSION, " 8A3C "));
        for bad in ["", "a3c", "8a3d", "18a3c", SESSION] {
            assert!(!code_fits(SESSION, bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_clients_name_is_plain_text(name in "\\PC{0,60}") {
            let shown = legible_client(&name).unwrap_or(NAMELESS);
            prop_assert!(shown.len() <= LONGEST_CLIENT && !shown.is_empty());
            let dangerous = |c: char| !c.is_ascii() || "<>&'\"".contains(c);
            prop_assert!(!shown.contains(dangerous), "{}", shown);
        }
    }
}
