//! The older token endpoint (access-api.md 1.8): its tokens are for the paths of Artifactory, and have the rights of
//! groups, never the user's own.

use super::{Allowed, CreatedToken};
use crate::access::Access;
use crate::error::AccessError;
use crate::model::UserRecord;
use crate::policy::legacy::{self, Asker, OwnGroups, Wanted};
use crate::principal::{Credential, Principal};
use crate::revoke::Revoked;
use crate::service_ids::Door;
use access_types::legacy_token::{LegacyRevocation, LegacyTokenRequest};
use access_types::opaque::RefreshToken;
use access_types::{Audience, FieldError, Scope, TokenRequest};

impl Access {
    /// Creates a token of the older endpoint for `principal`; repetitions as in [`Access::create_token`].
    ///
    /// # Errors
    /// As [`Access::create_token`]; [`AccessError::BadRequest`] for a lifetime or audience in the wire's words.
    pub async fn create_legacy_token(
        &self,
        principal: &Principal,
        request: TokenRequest,
        idempotency_key: Option<&str>,
    ) -> Result<CreatedToken, AccessError> {
        if principal.token_id().is_none() && !self.settings().allow_legacy_token_creation_by_password {
            return Err(AccessError::Forbidden(
                "creating tokens with user name and password, or with an API key, is switched off on this service; use \
                 an access token, or ask an administrator to set allow-legacy-token-creation-by-password = true under \
                 [security]"
                    .to_owned(),
            ));
        }
        if principal.is_locked() {
            return Err(AccessError::Forbidden(
                "the user is locked; its credentials create nothing".to_owned(),
            ));
        }
        // With its defaults, which are not those of the other endpoint: a key is for one request of one of them.
        let whole = TokenRequest {
            scope: request.scope.clone().or_else(|| Some(Scope::member_of_all().to_string())),
            audience: request.audience.clone().or_else(|| Some(self.id_at(Door::Artifactory).into_owned())),
            ..request.clone()
        };
        let repetition = idempotency_key.map(|key| self.repetition(principal, &whole, key)).transpose()?;
        let allowed = self.allow_legacy(principal, request).await?;
        if let Some(repetition) = &repetition
            && let Some(record) =
                self.store().find_repeated(repetition.key_hash, self.idempotency_cutoff()).await?
        {
            return self.repeat(repetition, &record, allowed.warnings).await;
        }
        self.make(principal, allowed, repetition).await
    }

    async fn allow_legacy(
        &self,
        principal: &Principal,
        request: TokenRequest,
    ) -> Result<Allowed, AccessError> {
        let settings = self.settings();
        let artifactory = self.id_at(Door::Artifactory);
        let scope =
            request.scope.as_deref().map_or_else(|| Ok(Scope::member_of_all()), Scope::parse_legacy)?;
        if let Some(other) = scope.artifactory_admin_of().find(|service| *service != artifactory) {
            let problem = format!("{other:?} is another service; this one is {artifactory}");
            return Err(FieldError::new("scope", problem).into());
        }
        let audience = Audience::parse(request.audience.as_deref().unwrap_or(&artifactory))
            .map_err(|error| AccessError::BadRequest(format!("Illegal audience: {}", error.problem)))?;
        let username = self.legacy_username(principal, request.username.as_deref())?;
        let asker = Asker {
            username: principal.username(),
            admin: principal.administers_artifactory(),
            groups: own_groups(principal),
            audience: &principal.audience,
            artifactory_only: (principal.token_id().is_none() && !settings.allow_basic_token_creation)
                .then_some(&*artifactory),
        };
        let wanted = Wanted { username: &username, scope: &scope, audience: &audience };
        legacy::may_create(&asker, &wanted).map_err(|refusal| AccessError::Forbidden(refusal.to_string()))?;
        let lifetime = legacy::lifetime(&username, request.expires_in, asker.admin, settings)
            .map_err(AccessError::BadRequest)?;
        let (user, mut warnings) = self.check_names(principal, &username, &scope).await?;
        warnings.extend(check_memberships(&username, user.as_ref(), &scope)?);
        let wants_refresh = request.refreshable == Some(true);
        warnings.extend((wants_refresh && !settings.allow_refreshable).then(super::not_refreshable));
        Ok(Allowed {
            username,
            user,
            scope,
            audience,
            project_key: principal.project_key().map(str::to_owned),
            description: None,
            lifetime,
            refreshable: wants_refresh && settings.allow_refreshable,
            reference: false,
            administers: None,
            warnings,
        })
    }

    /// A name, or a subject of either of the services that this one is.
    fn legacy_username(&self, principal: &Principal, asked: Option<&str>) -> Result<String, AccessError> {
        let artifactory = self.id_at(Door::Artifactory);
        let name = |text: &str| {
            let rest = text.strip_prefix(&*artifactory).and_then(|rest| rest.strip_prefix("/users/"));
            rest.map_or_else(|| text.to_owned(), str::to_owned)
        };
        self.username_of(principal, asked.map(name).as_deref())
    }

    /// Spends a refresh token against the access token of its pair, which needs no other credential.
    ///
    /// # Errors
    /// As [`Access::refresh_token`]; [`AccessError::Invalid`] without an access token.
    pub async fn refresh_legacy_token(&self, asked: LegacyTokenRequest) -> Result<CreatedToken, AccessError> {
        let LegacyTokenRequest { request, access_token } = asked;
        let access_token = access_token
            .ok_or_else(|| FieldError::new("access_token", "is required with grant_type=refresh_token"))?;
        if request.username.is_some() {
            return Err(FieldError::new(
                "username",
                "cannot stand beside access_token, which names its user",
            )
            .into());
        }
        let family_id =
            request.refresh_token.as_ref().and_then(RefreshToken::parse).map(|token| token.family_id);
        let state = self.find_presented(&access_token).await?;
        if family_id.is_none() || state.token.family_id != family_id {
            return Err(AccessError::NotFound(
                "Token matching the provided refresh token was not found: it is none of this access token"
                    .to_owned(),
            ));
        }
        self.refresh_token(&Credential::Bearer(access_token), request).await
    }

    /// Revokes the token that a form of the older endpoint means, and its family with it.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`] if it is somebody else's, [`AccessError::Unavailable`].
    pub async fn revoke_legacy_token(
        &self,
        principal: &Principal,
        which: LegacyRevocation,
    ) -> Result<Revoked, AccessError> {
        let value = match which {
            LegacyRevocation::TokenId(id) => {
                return self.revoke_token(principal, &crate::list::TokenSelector::Id(id)).await;
            }
            LegacyRevocation::Token(value) => value,
        };
        let Some(token) = self.find_revocable(&value).await? else { return Ok(Revoked::AlreadyGone) };
        self.require_manages(principal, &token).await?;
        self.revoke(principal, &token).await
    }
}

/// The groups whose rights a credential has as its user's own: of a credential with user scope or `member-of-groups:*`
/// all, of one with a list those of them that the user is still in.
fn own_groups(principal: &Principal) -> OwnGroups<'_> {
    let is_bound = principal.project_key().is_some();
    let Some(user) = principal.user.as_ref().filter(|_| !is_bound) else { return OwnGroups::None };
    let scope = &principal.scope;
    let groups = user.groups.iter().map(String::as_str);
    if scope.has_user() || scope.is_member_of_all() {
        return OwnGroups::All(groups.collect());
    }
    let named: Vec<&str> = scope.memberships().collect();
    match named.is_empty() {
        true => OwnGroups::None,
        false => OwnGroups::Some(groups.filter(|group| named.contains(group)).collect()),
    }
}

/// Warnings about groups that give nothing.
///
/// # Errors
/// A [`FieldError`] if the groups of nobody are asked for.
fn check_memberships(
    username: &str,
    user: Option<&UserRecord>,
    scope: &Scope,
) -> Result<Vec<String>, FieldError> {
    let Some(user) = user else {
        return match scope.is_member_of_all() {
            true => Err(FieldError::new(
                "scope",
                format!("there is no user {username:?}, so name the groups: member-of-groups:<group>,…"),
            )),
            false => Ok(Vec::new()),
        };
    };
    let is_missing = |name: &&str| !user.groups.iter().any(|group| group == *name);
    let warn = |name: &str| {
        format!("the user {username:?} is not in the group {name:?}, which gives no rights until it is")
    };
    Ok(scope.memberships().filter(is_missing).map(warn).collect())
}
