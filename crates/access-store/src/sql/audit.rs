//! The audit trail: one row for each change, in its transaction.

use super::cells::{Cells, limit, seconds};
use super::db::{Db, values};
use super::error::Result;
use access_core::model::{AuditAction, AuditRecord};

/// Writes a row. Called by every change once it is certain to happen.
pub(crate) fn write(tx: &Db<'_>, record: &AuditRecord) -> Result<()> {
    tx.execute(
        // One transaction writes at a time, so that the next number is free.
        "INSERT INTO audit_log (entry, audit_id, at, action, actor, actor_token_id, target, detail)
         VALUES ((SELECT COALESCE(MAX(entry), 0) + 1 FROM audit_log), ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        &values![
            record.audit_id,
            seconds(record.at),
            record.action.as_str(),
            record.actor,
            record.actor_token_id,
            record.target,
            record.detail,
        ],
    )
    .map(drop)
}

/// The latest rows, newest first.
pub(crate) fn latest(db: &Db<'_>, count: usize) -> Result<Vec<AuditRecord>> {
    db.all(
        "SELECT audit_id, at, action, actor, actor_token_id, target, detail
             FROM audit_log ORDER BY entry DESC LIMIT ?1",
        &values![limit(count)],
        read,
    )
}

fn read(cells: &mut Cells<'_>) -> Result<AuditRecord> {
    Ok(AuditRecord {
        audit_id: cells.take()?,
        at: cells.seconds()?,
        action: cells.word(parse_action)?,
        actor: cells.take()?,
        actor_token_id: cells.take()?,
        target: cells.take()?,
        detail: cells.take()?,
        asker: None,
    })
}

fn parse_action(word: &str) -> Option<AuditAction> {
    use AuditAction as A;
    [
        A::ServiceInitialised,
        A::TokenCreated,
        A::TokenRefreshed,
        A::TokenRevoked,
        A::TokenRevocationScheduled,
        A::RefreshTokenReused,
        A::UserCreated,
        A::UserChanged,
        A::UserDeleted,
        A::GroupCreated,
        A::GroupChanged,
        A::GroupDeleted,
        A::OidcProviderCreated,
        A::OidcProviderChanged,
        A::OidcProviderDeleted,
        A::OidcMappingCreated,
        A::OidcMappingChanged,
        A::OidcMappingDeleted,
        A::WebLoginApproved,
        A::ApiKeyCreated,
        A::ApiKeyRevoked,
        A::SettingChanged,
        A::ProjectCreated,
        A::ProjectChanged,
        A::ProjectDeleted,
        A::ProjectMembersChanged,
        A::ProjectRolesChanged,
        A::DatabaseUnlocked,
    ]
    .into_iter()
    .find(|action| action.as_str() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The action after `action`. Does not compile when one is added: then add it to `parse_action` too.
    fn next(action: AuditAction) -> Option<AuditAction> {
        use AuditAction as A;
        Some(match action {
            A::ServiceInitialised => A::TokenCreated,
            A::TokenCreated => A::TokenRefreshed,
            A::TokenRefreshed => A::TokenRevoked,
            A::TokenRevoked => A::TokenRevocationScheduled,
            A::TokenRevocationScheduled => A::RefreshTokenReused,
            A::RefreshTokenReused => A::UserCreated,
            A::UserCreated => A::UserChanged,
            A::UserChanged => A::UserDeleted,
            A::UserDeleted => A::GroupCreated,
            A::GroupCreated => A::GroupChanged,
            A::GroupChanged => A::GroupDeleted,
            A::GroupDeleted => A::OidcProviderCreated,
            A::OidcProviderCreated => A::OidcProviderChanged,
            A::OidcProviderChanged => A::OidcProviderDeleted,
            A::OidcProviderDeleted => A::OidcMappingCreated,
            A::OidcMappingCreated => A::OidcMappingChanged,
            A::OidcMappingChanged => A::OidcMappingDeleted,
            A::OidcMappingDeleted => A::WebLoginApproved,
            A::WebLoginApproved => A::ApiKeyCreated,
            A::ApiKeyCreated => A::ApiKeyRevoked,
            A::ApiKeyRevoked => A::SettingChanged,
            A::SettingChanged => A::ProjectCreated,
            A::ProjectCreated => A::ProjectChanged,
            A::ProjectChanged => A::ProjectDeleted,
            A::ProjectDeleted => A::ProjectMembersChanged,
            A::ProjectMembersChanged => A::ProjectRolesChanged,
            A::ProjectRolesChanged => A::DatabaseUnlocked,
            A::DatabaseUnlocked => return None,
        })
    }

    #[test]
    fn every_action_is_read_back() {
        let actions = std::iter::successors(Some(AuditAction::ServiceInitialised), |action| next(*action));
        for action in actions {
            assert_eq!(parse_action(action.as_str()), Some(action));
        }
        assert_eq!(parse_action("token.forged"), None);
    }
}
