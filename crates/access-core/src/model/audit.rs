//! What is kept of who did what.

use crate::clock::EpochSeconds;
use crate::store::Asker;
use uuid::Uuid;

/// One row of the audit trail, written in the transaction of the change it tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Row id, UUID version 7.
    pub audit_id: Uuid,
    /// When.
    pub at: EpochSeconds,
    /// What was done.
    pub action: AuditAction,
    /// Subject of who did it, or `accessd` for the service itself.
    pub actor: String,
    /// The token it was done with; `None` if it was a password or the command line.
    pub actor_token_id: Option<Uuid>,
    /// What it was done to: a token id, a user name, a group name.
    pub target: String,
    /// More in words or JSON; never a secret.
    pub detail: String,
    /// Who asked, to be looked at once more in the transaction, as of [`AuditRecord::at`], before a user, group,
    /// setting, API key or OIDC provider is changed; `None` for the service itself. Not stored.
    pub asker: Option<Asker>,
}

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name is its own description")]
pub enum AuditAction {
    ServiceInitialised,
    TokenCreated,
    TokenRefreshed,
    TokenRevoked,
    TokenRevocationScheduled,
    RefreshTokenReused,
    UserCreated,
    UserChanged,
    UserDeleted,
    GroupCreated,
    GroupChanged,
    GroupDeleted,
    OidcProviderCreated,
    OidcProviderChanged,
    OidcProviderDeleted,
    OidcMappingCreated,
    OidcMappingChanged,
    OidcMappingDeleted,
    WebLoginApproved,
    ApiKeyCreated,
    ApiKeyRevoked,
    SettingChanged,
    ProjectCreated,
    ProjectChanged,
    ProjectDeleted,
    ProjectMembersChanged,
    ProjectRolesChanged,
    DatabaseUnlocked,
}

impl AuditAction {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ServiceInitialised => "service.initialised",
            Self::TokenCreated => "token.created",
            Self::TokenRefreshed => "token.refreshed",
            Self::TokenRevoked => "token.revoked",
            Self::TokenRevocationScheduled => "token.revocation_scheduled",
            Self::RefreshTokenReused => "refresh_token.reused",
            Self::UserCreated => "user.created",
            Self::UserChanged => "user.changed",
            Self::UserDeleted => "user.deleted",
            Self::GroupCreated => "group.created",
            Self::GroupChanged => "group.changed",
            Self::GroupDeleted => "group.deleted",
            Self::OidcProviderCreated => "oidc_provider.created",
            Self::OidcProviderChanged => "oidc_provider.changed",
            Self::OidcProviderDeleted => "oidc_provider.deleted",
            Self::OidcMappingCreated => "oidc_mapping.created",
            Self::OidcMappingChanged => "oidc_mapping.changed",
            Self::OidcMappingDeleted => "oidc_mapping.deleted",
            Self::WebLoginApproved => "web_login.approved",
            Self::ApiKeyCreated => "api_key.created",
            Self::ApiKeyRevoked => "api_key.revoked",
            Self::SettingChanged => "setting.changed",
            Self::ProjectCreated => "project.created",
            Self::ProjectChanged => "project.changed",
            Self::ProjectDeleted => "project.deleted",
            Self::ProjectMembersChanged => "project.members_changed",
            Self::ProjectRolesChanged => "project.roles_changed",
            Self::DatabaseUnlocked => "database.unlocked",
        }
    }
}
