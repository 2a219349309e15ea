//! Creating a token: who asks, may they, claims, signature, one durable write, answer.

use crate::access::Access;
use crate::error::AccessError;
use crate::model::UserRecord;
use crate::policy::{self, Asker, Wanted};
use crate::principal::Principal;
use crate::store::NewToken;
use access_types::user::UserStatus;
use access_types::{Audience, FieldError, Scope, Subject, TokenRequest, TokenResponse, subject};

mod legacy;
mod mint;

pub(crate) use mint::expiry;

/// A created token: the answer, and what the caller should be told besides.
#[derive(Debug, Clone)]
pub struct CreatedToken {
    /// The answer.
    pub response: TokenResponse,
    /// Warnings in words, e.g. that a group of the scope does not exist.
    pub warnings: Vec<String>,
}

/// A request that has been read, checked and allowed.
struct Allowed {
    username: String,
    user: Option<UserRecord>,
    scope: Scope,
    audience: Audience,
    project_key: Option<String>,
    description: Option<String>,
    lifetime: Option<u64>,
    refreshable: bool,
    reference: bool,
    /// The project by whose administration it was allowed.
    administers: Option<String>,
    warnings: Vec<String>,
}

impl Access {
    /// Creates a token for `principal`. A request with an `idempotency_key` that was used before by the
    /// same principal gives the same token again.
    ///
    /// # Errors
    /// [`AccessError::Invalid`] for a field, [`AccessError::Forbidden`] by policy,
    /// [`AccessError::Unprocessable`] for an idempotency key of another request,
    /// [`AccessError::Unavailable`] if the token could not be stored: then it does not exist.
    pub async fn create_token(
        &self,
        principal: &Principal,
        request: TokenRequest,
        idempotency_key: Option<&str>,
    ) -> Result<CreatedToken, AccessError> {
        if principal.token_id().is_none() {
            self.require_basic_token_creation()?;
        }
        if principal.is_locked() {
            let owner = principal.username().unwrap_or_default();
            return Err(AccessError::Forbidden(format!(
                "the user {owner:?} is locked; its credentials create nothing"
            )));
        }
        let repetition = idempotency_key.map(|key| self.repetition(principal, &request, key)).transpose()?;
        // The policy comes first: a repetition must not give a token to who could not ask for it today.
        let allowed = self.allow(principal, request).await?;
        if let Some(repetition) = &repetition
            && let Some(record) =
                self.store().find_repeated(repetition.key_hash, self.idempotency_cutoff()).await?
        {
            return self.repeat(repetition, &record, allowed.warnings).await;
        }
        self.make(principal, allowed, repetition).await
    }

    /// Creates a short-lived administrator token for the user `username`, without a credential: for
    /// whoever has the data folder. Lifetime in seconds.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] or [`AccessError::Forbidden`] if there is no such enabled administrator.
    pub async fn mint_admin_token(
        &self,
        username: &str,
        expires_in: u64,
    ) -> Result<TokenResponse, AccessError> {
        let username = subject::normalise_username(username)?;
        let user = self.store().find_user(&username).await?;
        let user = user.ok_or_else(|| AccessError::NotFound(format!("there is no user {username:?}")))?;
        if !user.effective_admin || user.status != UserStatus::Enabled {
            return Err(AccessError::Forbidden(format!(
                "the user {username:?} is not an enabled administrator"
            )));
        }
        let principal = Principal {
            subject: "accessd".to_owned(),
            username: None,
            user: None,
            token: None,
            api_key: None,
            scope: Scope::admin(),
            audience: Audience::all(),
            for_access: true,
            admin: true,
            artifactory_admin: false,
        };
        let allowed = Allowed {
            username,
            user: Some(user),
            scope: Scope::admin(),
            audience: Audience::all(),
            project_key: None,
            description: Some("accessd admin-token".to_owned()),
            lifetime: Some(expires_in),
            refreshable: false,
            reference: false,
            administers: None,
            warnings: Vec::new(),
        };
        Ok(self.make(&principal, allowed, None).await?.response)
    }

    /// The token of a log-in in the browser, not stored yet: user scope, refreshable, with the default lifetime.
    pub(crate) async fn prepare_web_login_token(
        &self,
        user: UserRecord,
        client: &str,
    ) -> Result<(NewToken, CreatedToken), AccessError> {
        let settings = &self.settings_today().await?;
        let allowed = Allowed {
            username: user.username.clone(),
            user: Some(user.clone()),
            scope: Scope::user(),
            audience: Audience::all(),
            project_key: None,
            description: Some(format!("web login of {client}")),
            lifetime: policy::lifetime(None, user.effective_admin, settings),
            refreshable: settings.allow_refreshable,
            reference: false,
            administers: None,
            warnings: Vec::new(),
        };
        let (new, response) = self.prepare(&self.person(user), allowed, None).await?;
        Ok((new, CreatedToken { response, warnings: Vec::new() }))
    }

    /// Refuses to make tokens for a password, unless the operator allows it.
    pub(crate) fn require_basic_token_creation(&self) -> Result<(), AccessError> {
        if self.settings().allow_basic_token_creation {
            return Ok(());
        }
        Err(AccessError::Forbidden(
            "creating tokens with user name and password is switched off on this service; use an access token, \
             or ask an administrator to set allow-basic-token-creation = true under [security]"
                .to_owned(),
        ))
    }

    /// Reads the request's fields and asks the policy.
    async fn allow(&self, principal: &Principal, request: TokenRequest) -> Result<Allowed, AccessError> {
        // Only who asks for no lifetime needs to know what administrators have set for that.
        let today;
        let settings = match request.expires_in {
            Some(_) => self.settings(),
            None => {
                today = self.settings_today().await?;
                &today
            }
        };
        let scope = request.scope.as_deref().map_or_else(|| Ok(Scope::user()), Scope::parse)?;
        let audience = match request.audience.as_deref() {
            Some(text) => Audience::parse(text)?,
            None => principal.audience.clone(),
        };
        let username = self.username_of(principal, request.username.as_deref())?;
        let project_key = principal.project_of_new(request.project_key, &scope);
        let administers = self.administers_for(principal, &scope).await?;
        let asker = Asker {
            username: principal.username(),
            admin: principal.is_admin(),
            user_scope: principal.has_user_scope(),
            audience: &principal.audience,
            project_key: principal.project_key(),
            administers: administers.as_deref(),
        };
        let wanted = Wanted {
            username: &username,
            scope: &scope,
            audience: &audience,
            project_key: project_key.as_deref(),
            expires_in: request.expires_in,
        };
        policy::may_create(&asker, &wanted, settings)
            .map_err(|refusal| AccessError::Forbidden(refusal.to_string()))?;
        self.check_project(project_key.as_deref(), &scope).await?;
        if let Some(project) = &administers {
            self.check_name_in_project(principal, project, &username).await?;
        }
        let lifetime = policy::lifetime(request.expires_in, principal.is_admin(), settings);
        let (user, mut warnings) = self.check_names(principal, &username, &scope).await?;
        let wants_refresh = request.refreshable == Some(true);
        if wants_refresh && !settings.allow_refreshable {
            warnings.push(not_refreshable());
        }
        Ok(Allowed {
            username,
            user,
            scope,
            audience,
            project_key,
            description: request.description,
            lifetime,
            refreshable: wants_refresh && settings.allow_refreshable,
            reference: request.include_reference_token == Some(true),
            administers,
            warnings,
        })
    }

    /// The user name asked for, or the caller's own; a full subject of this service is accepted too.
    fn username_of(&self, principal: &Principal, asked: Option<&str>) -> Result<String, AccessError> {
        let not_a_name = |text: &str| {
            FieldError::new(
                "username",
                format!("Invalid formatted name: {text:?}; give the user name with username"),
            )
        };
        match asked {
            Some(text) => {
                let name = Subject::username(text, self.service_id()).unwrap_or(text);
                Ok(subject::normalise_username(name)?)
            }
            None => Ok(principal.username().ok_or_else(|| not_a_name(principal.subject()))?.to_owned()),
        }
    }

    /// The named user if there is one, and warnings about names that nobody has yet. With user scope
    /// the user must exist and be enabled; otherwise the name may be anybody's (access-api.md 4.6).
    async fn check_names(
        &self,
        principal: &Principal,
        username: &str,
        scope: &Scope,
    ) -> Result<(Option<UserRecord>, Vec<String>), AccessError> {
        let own = principal.user.as_ref().filter(|user| user.username == username);
        let user = match own {
            Some(user) => Some(user.clone()),
            None => self.store().find_user(username).await?,
        };
        let mut warnings = Vec::new();
        match &user {
            Some(user) if !may_have_tokens(user, scope) => {
                let problem = format!(
                    "the user {username:?} is {}; no token can be created for it",
                    user.status.as_str()
                );
                return Err(match own {
                    Some(_) => AccessError::Forbidden(problem),
                    None => FieldError::new("username", problem).into(),
                });
            }
            None if scope.has_user() => {
                let problem =
                    format!("there is no user {username:?}; a token with the user's own rights needs one");
                return Err(FieldError::new("username", problem).into());
            }
            None => warnings
                .push(format!("there is no user {username:?}; the token has the rights of its scope alone")),
            Some(_) => {}
        }
        let names: Vec<String> = scope.groups().map(str::to_owned).collect();
        if !names.is_empty() {
            let existing = self.store().existing_groups(&names).await?;
            let missing = names.iter().filter(|name| !existing.iter().any(|(found, _)| found == *name));
            warnings.extend(
                missing.map(|name| format!("there is no group {name:?}; it gives no rights until there is")),
            );
        }
        Ok((user, warnings))
    }
}

fn not_refreshable() -> String {
    "refreshable tokens are switched off on this service, so this one is not refreshable".to_owned()
}

/// A locked user gets no token with its own rights (access-api.md 4.5); other states get none at all.
fn may_have_tokens(user: &UserRecord, scope: &Scope) -> bool {
    match user.status {
        UserStatus::Enabled => true,
        UserStatus::Locked => !scope.has_user(),
        UserStatus::Invited | UserStatus::Disabled => false,
    }
}
