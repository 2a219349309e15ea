//! Revoking at a moment to come: the grace in which what uses a token can be given another one. The moment is a
//! fact read at use, as the expiry is; nothing has to run for it to count.

use crate::access::Access;
use crate::error::AccessError;
use crate::list::TokenSelector;
use crate::model::AuditAction;
use crate::principal::Principal;
use crate::revoke::Revoked;
use crate::store::ScheduleOutcome;
use access_types::{FieldError, TokenDetails};

/// The longest time until a revocation, in seconds: 30 days.
pub const LONGEST_DELAY: u64 = 2_592_000;

impl Access {
    /// Revokes a token `after` so many seconds, at once if that is 0, with its refresh token; in place of a token
    /// that a refresh has replaced, its successor. What is due sooner already stays so. Gives what is known of the
    /// token then.
    ///
    /// # Errors
    /// [`AccessError::Invalid`] beyond [`LONGEST_DELAY`], [`AccessError::NotFound`] if there is nothing to revoke,
    /// [`AccessError::Forbidden`] if it is somebody else's, [`AccessError::Unavailable`] if it could not be made
    /// durable: then it has not happened.
    pub async fn schedule_revocation(
        &self,
        principal: &Principal,
        selector: &TokenSelector,
        after: u64,
    ) -> Result<TokenDetails, AccessError> {
        if after > LONGEST_DELAY {
            let problem = format!("must be a whole number of seconds from 0 to {LONGEST_DELAY}");
            return Err(FieldError::new("after", problem).into());
        }
        let token = self.select(principal, selector).await?.ok_or_else(gone)?.token;
        self.require_sees(principal, &token).await?;
        if after == 0 {
            if self.revoke(principal, &token).await? == Revoked::AlreadyGone {
                return Err(gone());
            }
        } else {
            let now = self.now();
            let due = now.saturating_add(after);
            let (id, detail) = (token.token_id, format!("subject {}, due {due}", token.subject));
            let action = AuditAction::TokenRevocationScheduled;
            let audit = self.audit(principal, action, id.to_string(), detail)?;
            if self.store().schedule_revocation(id, due, now, audit).await? == ScheduleOutcome::Gone {
                return Err(gone());
            }
        }
        // Whatever the caller may do by now: it is told what was done.
        self.details_by_id(token.token_id).await
    }
}

fn gone() -> AccessError {
    AccessError::NotFound("there is no such token, or it was revoked before".to_owned())
}
