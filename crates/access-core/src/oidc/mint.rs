//! What an identity mapping gives for an ID token, and the access token made of it. What the ID token says is
//! believed for a name, never for a scope.

use super::exchange::Admitted;
use super::id_token::{IdToken, LEEWAY};
use super::mappings::project_of;
use crate::access::Access;
use crate::create::expiry;
use crate::error::{AccessError, AuthenticationError};
use crate::model::{AuditAction, IdempotencyRecord, TokenRecord, UserRecord};
use crate::repetition::Repetition;
use crate::secrets::Seed;
use crate::store::oidc::{ExchangeOutcome, ExchangedToken, UsedProof};
use crate::store::{Asker, NewToken, StoreError};
use access_types::limits::{GROUP_NAME, OIDC_TEXT, check_text};
use access_types::oidc::exchange::ACCESS_TOKEN_TYPE;
use access_types::oidc::token_spec::{GroupName, group_patterns};
use access_types::oidc::{ExchangeRequest, ExchangeResponse, Pattern, ProviderType, TokenSpec};
use access_types::quoting::quote_name;
use access_types::scope::ScopePart;
use access_types::user::UserStatus;
use access_types::{Scope, Subject, TokenResponse, subject};
use serde_json::Value;

/// The kind of [`UsedProof`] that ID tokens are.
const KIND: &str = "id_token";
/// For how many seconds a used ID token is remembered after its end, should the clock be set back.
const REMEMBERED: u64 = 24 * 3600;
/// Most groups that claims may name.
const MOST_GROUPS: usize = 500;

/// What the ids of services of the platform begin with (access-api.md 2.2).
const SERVICE_KINDS: [&str; 11] =
    ["jfac", "jfrt", "jffe", "jfds", "jfsupport", "jfxr", "jfmc", "jfpip", "jfevt", "jfmd", "jfcon"];

/// Whose token it will be, and what it may do.
pub(super) struct Grant {
    subject: String,
    username: Option<String>,
    user: Option<UserRecord>,
    scope: String,
    project_key: Option<String>,
}

/// Why there is no grant.
pub(super) enum NoGrant {
    /// The mapping gives nothing to this ID token: why, for the log.
    Refused(&'static str),
    /// It cannot be told.
    Failed(AccessError),
}

impl From<&'static str> for NoGrant {
    fn from(why: &'static str) -> Self {
        Self::Refused(why)
    }
}

impl From<StoreError> for NoGrant {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl Grant {
    /// What the mapping makes of the token.
    pub(super) async fn of(access: &Access, admitted: &Admitted) -> Result<Self, NoGrant> {
        let (spec, token) = (&admitted.mapping.mapping.token_spec, &admitted.token);
        let username = username_of(spec, token)?;
        let scope = scope_of(access, spec, token).await?;
        let project_key = bound_to(access, admitted, &scope).await?;
        let Some(username) = username else {
            let subject = external_subject(admitted.provider.provider.provider_type, token)?;
            // Who reads it in a list or in a header takes it for that user.
            if let Ok(name) = subject::normalise_username(&subject)
                && access.store().find_user(&name).await?.is_some()
            {
                return Err("its subject is the name of a user".into());
            }
            return Ok(Self { subject, username: None, user: None, scope: scope.to_string(), project_key });
        };
        let user = access.store().find_user(&username).await?;
        check_user(spec, user.as_ref(), &scope)?;
        let subject = Subject::of_user(access.service_id(), &username).to_string();
        Ok(Self { subject, username: Some(username), user, scope: scope.to_string(), project_key })
    }
}

/// The project of the token, which is there now with the roles that the scope gives.
async fn bound_to(access: &Access, admitted: &Admitted, scope: &Scope) -> Result<Option<String>, NoGrant> {
    let project = project_of(&admitted.provider.provider, &admitted.mapping.mapping, scope);
    match access.check_project(project, scope).await {
        Ok(()) => Ok(project.map(str::to_owned)),
        Err(AccessError::Invalid(_)) => Err("its project, or a role there, does not exist".into()),
        Err(error) => Err(NoGrant::Failed(error)),
    }
}

fn username_of(spec: &TokenSpec, token: &IdToken) -> Result<Option<String>, &'static str> {
    let Some(pattern) = &spec.username_pattern else { return Ok(spec.username.clone()) };
    let filled = Pattern::parse(pattern).ok().and_then(|pattern| pattern.fill(&token.claims));
    match filled.as_deref() {
        Some([name]) => subject::normalise_username(name)
            .map(Some)
            .map_err(|_| "the username_pattern makes no user name of its claims"),
        _ => Err("a claim of the username_pattern is missing, or no text"),
    }
}

/// With a user's own rights the user must be there; otherwise the name may be anybody's, as in token creation. Who was
/// shut out gets nothing in either case. Nobody is an administrator by what an ID token says.
fn check_user(spec: &TokenSpec, user: Option<&UserRecord>, scope: &Scope) -> Result<(), &'static str> {
    match user {
        Some(user) if user.status != UserStatus::Enabled => Err("its user is not enabled"),
        // Whatever the scope: the name alone opens doors behind a proxy that goes by names.
        Some(user) if spec.username_pattern.is_some() && user.effective_admin => {
            Err("its user is an administrator, whom a mapping must name: no username_pattern gives that name")
        }
        _ if spec.username_pattern.is_some() && spec.is_for_administrators() => {
            Err("a scope of administrators goes with a username, not with a username_pattern")
        }
        None if scope.has_user() => Err("its user does not exist"),
        _ => Ok(()),
    }
}

async fn scope_of(access: &Access, spec: &TokenSpec, token: &IdToken) -> Result<Scope, NoGrant> {
    let Some(pattern) = &spec.groups_pattern else {
        let text = spec.scope.as_deref();
        return text.map_or_else(|| Ok(Scope::user()), Scope::parse).map_err(|error| {
            NoGrant::Failed(AccessError::Internal(format!("stored identity mapping: {error}")))
        });
    };
    let names = group_names(pattern, token)?;
    // Names of claims give the rights of groups that are there, and of no administrators.
    let existing = access.store().existing_groups(&names).await?;
    let names: Vec<String> =
        existing.iter().filter(|(_, admin)| !admin).map(|(name, _)| quote_name(name)).collect();
    if names.is_empty() {
        return Err("none of its groups exists, or they are administrators', whom a mapping must name".into());
    }
    let scope = Scope::parse(&format!("applied-permissions/groups:{}", names.join(",")))
        .map_err(|_| "its groups make no scope, or one that is too long")?;
    // As many groups as there are names, and nothing else.
    match scope.parts() {
        [ScopePart::Groups(read)] if read.len() == names.len() => Ok(scope),
        _ => Err("its groups do not stand for themselves in a scope".into()),
    }
}

fn group_names(pattern: &str, token: &IdToken) -> Result<Vec<String>, &'static str> {
    let mut names = Vec::new();
    for name in group_patterns(pattern).map_err(|_| "the groups_pattern is none")? {
        match name {
            GroupName::Fixed(name) => names.push(name),
            GroupName::OfClaims(pattern) => names.extend(
                pattern.fill(&token.claims).ok_or("a claim of the groups_pattern is missing, or no text")?,
            ),
        }
    }
    if names.len() > MOST_GROUPS {
        return Err("its claims name too many groups");
    }
    // What could not stand in a scope as one name is no group's name there.
    names.retain(|name| {
        !name.trim().is_empty() && !name.contains('"') && check_text("group", name, GROUP_NAME).is_ok()
    });
    names.sort();
    names.dedup();
    Ok(names)
}

/// The subject of a token that is no user's: the repository for GitHub, else the `sub`. None that a client, or this
/// service, could take for a user's or a service's.
fn external_subject(kind: ProviderType, token: &IdToken) -> Result<String, &'static str> {
    let repository = token.claims.get("repository").and_then(Value::as_str);
    let text = match kind {
        ProviderType::GitHub | ProviderType::GitHubEnterprise => repository.unwrap_or(&token.subject),
        ProviderType::Azure | ProviderType::Generic => &token.subject,
    };
    let lower = text.to_ascii_lowercase();
    let kind_of = lower.split_once('@').map(|(kind, _)| kind);
    let is_ours = lower.contains("/users/")
        || lower == "accessd"
        // As what made the tokens of an identity mapping is called.
        || lower.starts_with("oidc/")
        || kind_of.is_some_and(|kind| SERVICE_KINDS.contains(&kind));
    let is_plain = !text.is_empty() && text.trim() == text && !text.contains(is_unseen);
    match check_text("sub", text, OIDC_TEXT) {
        Ok(()) if !is_ours && is_plain => Ok(text.to_owned()),
        _ => Err("its subject looks like a user's or a service's of this platform, or not like what it is"),
    }
}

/// Characters that show nothing, or turn round what stands beside them.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
    )
}

impl Access {
    /// `None` if what was decided on has changed meanwhile: then nothing was made, and it is decided again.
    pub(super) async fn mint_for_id_token(
        &self,
        request: &ExchangeRequest,
        admitted: Admitted,
        grant: Grant,
        idempotency_key: Option<&str>,
    ) -> Result<Option<ExchangeResponse>, AccessError> {
        let repetition = idempotency_key
            .map(|key| self.repetition_of_proof(&admitted, request.include_reference_token, key))
            .transpose()?;
        let seed = Seed::draw(self.random())?;
        let username = grant.username.clone().unwrap_or_else(|| grant.subject.clone());
        let asker = grant
            .user
            .as_ref()
            .map(|user| Asker { user: Some((user.username.clone(), user.token_epoch)), ..Asker::default() });
        let token = self.token_of_grant(request, &admitted, grant, seed)?;
        let response = self.response(&token, seed, 0).await?;
        let (provider, mapping) = (admitted.provider.provider.name, admitted.mapping.mapping.name);
        let detail = format!(
            "subject {}, scope {}, by an ID token of {provider:?} and its identity mapping {mapping:?}",
            token.subject, token.scope
        );
        let now = token.issued_at;
        let audit = self.audit_as(
            &token.created_by,
            None,
            AuditAction::TokenCreated,
            token.token_id.to_string(),
            detail,
        )?;
        let exchanged = ExchangedToken {
            proof: UsedProof {
                kind: KIND,
                hash: admitted.token.hash,
                expires_at: admitted.token.expires_at.saturating_add(LEEWAY + REMEMBERED),
            },
            provider: (provider, admitted.provider.revision),
            mapping: (mapping, admitted.mapping.revision),
            new: NewToken {
                idempotency: repetition.as_ref().map(|repetition| IdempotencyRecord {
                    key_hash: repetition.key_hash,
                    request_hash: repetition.request_hash,
                    seed: seed.0,
                    token_id: token.token_id,
                    created_at: now,
                }),
                idempotency_cutoff: self.idempotency_cutoff(),
                family: None,
                asker,
                audit,
                token,
                to_follow: 0,
            },
        };
        match (self.store().insert_exchanged_token(exchanged).await?, repetition) {
            (ExchangeOutcome::Inserted, _) => Ok(Some(answer(response, username))),
            (ExchangeOutcome::Repeated(record), Some(repetition)) => {
                let again = self.repeat(&repetition, &record, Vec::new()).await?;
                Ok(Some(answer(again.response, username)))
            }
            (ExchangeOutcome::Replayed | ExchangeOutcome::Repeated(_), _) => {
                Err(AuthenticationError::IdTokenUsed.into())
            }
            (ExchangeOutcome::Changed, _) => Ok(None),
            (ExchangeOutcome::ProjectGone, _) => {
                tracing::info!("an ID token was refused: the project of its identity mapping is not there");
                Err(AuthenticationError::IdToken.into())
            }
        }
    }

    fn token_of_grant(
        &self,
        request: &ExchangeRequest,
        admitted: &Admitted,
        grant: Grant,
        seed: Seed,
    ) -> Result<TokenRecord, AccessError> {
        let (provider, mapping) = (&admitted.provider.provider, &admitted.mapping.mapping);
        let now = self.now();
        // Who asks is no administrator.
        let lifetime = match self.settings().max_expiry {
            0 => mapping.token_spec.expires_in,
            most => mapping.token_spec.expires_in.min(most),
        };
        let expires_at = expiry(now, Some(lifetime))?;
        let reference = request.include_reference_token;
        Ok(TokenRecord {
            token_id: self.new_id()?,
            subject: grant.subject,
            username: grant.username,
            user_epoch: grant.user.map(|user| user.token_epoch),
            scope: grant.scope,
            audience: mapping.token_spec.audience.clone(),
            description: Some(format!("OIDC {}, {}", provider.name, mapping.name)),
            project_key: grant.project_key,
            issued_at: now,
            expires_at,
            family_id: None,
            created_by: format!("oidc/{}/{}", provider.name, mapping.name),
            parent_token_id: None,
            reference_hash: reference.then(|| seed.reference_hash(self.keyring(), expires_at)),
            revocation: None,
            revocation_due: None,
            last_used: None,
        })
    }

    /// A key belongs to the ID token it came with.
    fn repetition_of_proof(
        &self,
        admitted: &Admitted,
        reference: bool,
        key: &str,
    ) -> Result<Repetition, AccessError> {
        crate::repetition::check_key(key)?;
        let (keyring, proof) = (self.keyring(), &admitted.token.hash);
        let (provider, mapping) = (&admitted.provider.provider.name, &admitted.mapping.mapping.name);
        Ok(Repetition {
            key_hash: keyring.hash_idempotency(&[b"key", KIND.as_bytes(), proof, key.as_bytes()]),
            request_hash: keyring.hash_idempotency(&[
                b"request",
                KIND.as_bytes(),
                provider.as_bytes(),
                mapping.as_bytes(),
                &[u8::from(reference)],
            ]),
        })
    }
}

fn answer(token: TokenResponse, username: String) -> ExchangeResponse {
    ExchangeResponse {
        access_token: token.access_token,
        // A token of a mapping always ends.
        expires_in: token.expires_in.unwrap_or_default(),
        scope: token.scope,
        token_type: token.token_type,
        issued_token_type: ACCESS_TOKEN_TYPE,
        username,
        reference_token: token.reference_token,
        token_id: token.token_id,
    }
}
