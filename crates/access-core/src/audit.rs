//! Audit records of what this service does; each is handed to the store with the change it tells of.

use crate::access::Access;
use crate::model::{AuditAction, AuditRecord};
use crate::principal::Principal;
use crate::random::RandomFailed;
use uuid::Uuid;

impl Access {
    /// The record of `principal` doing `action` to `target`.
    pub(crate) fn audit(
        &self,
        principal: &Principal,
        action: AuditAction,
        target: impl Into<String>,
        detail: impl Into<String>,
    ) -> Result<AuditRecord, RandomFailed> {
        let detail = with_credential(principal, detail.into());
        let record = self.audit_as(principal.subject(), principal.token_id(), action, target, detail)?;
        Ok(AuditRecord { asker: principal.as_asker(), ..record })
    }

    /// The same for an actor that is no principal.
    pub(crate) fn audit_as(
        &self,
        actor: &str,
        actor_token_id: Option<Uuid>,
        action: AuditAction,
        target: impl Into<String>,
        detail: impl Into<String>,
    ) -> Result<AuditRecord, RandomFailed> {
        let at = self.now();
        Ok(AuditRecord {
            audit_id: self.new_id()?,
            at,
            action,
            actor: actor.to_owned(),
            actor_token_id,
            target: target.into(),
            detail: detail.into(),
            asker: None,
        })
    }
}

/// With what the actor asked, where no token's id tells it. Who has the data folder has no credential.
fn with_credential(principal: &Principal, detail: String) -> String {
    let credential = match (&principal.user, principal.token_id(), principal.api_key) {
        (Some(_), None, Some(_)) => "by API key",
        (Some(_), None, None) => "by password",
        _ => return detail,
    };
    if detail.is_empty() { credential.to_owned() } else { format!("{detail}, {credential}") }
}
