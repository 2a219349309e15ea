//! The audit trail: one row for each change, in its transaction.

use super::columns::{Cells, limit, seconds};
use access_core::model::{AuditAction, AuditRecord};
use rusqlite::{Connection, Result, Row, params};

/// Writes a row. Called by every change once it is certain to happen.
pub(super) fn write(tx: &Connection, record: &AuditRecord) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO audit_log (audit_id, at, action, actor, actor_token_id, target, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        record.audit_id.as_bytes(),
        seconds(record.at),
        record.action.as_str(),
        record.actor,
        record.actor_token_id.as_ref().map(|id| id.as_bytes()),
        record.target,
        record.detail,
    ])
    .map(drop)
}

/// The latest rows, newest first.
pub(super) fn latest(connection: &Connection, count: usize) -> Result<Vec<AuditRecord>> {
    connection
        .prepare_cached(
            "SELECT audit_id, at, action, actor, actor_token_id, target, detail
             FROM audit_log ORDER BY entry DESC LIMIT ?1",
        )?
        .query_map([limit(count)], read)?
        .collect()
}

fn read(row: &Row<'_>) -> Result<AuditRecord> {
    let mut cells = Cells::of(row);
    Ok(AuditRecord {
        audit_id: cells.uuid()?,
        at: cells.seconds()?,
        action: cells.word(parse_action)?,
        actor: cells.take()?,
        actor_token_id: cells.optional_uuid()?,
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
            A::ProjectRolesChanged => return None,
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
