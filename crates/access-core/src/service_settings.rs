//! What administrators change while the service runs. It is kept in the database and read where it counts, so that it
//! holds from the next request on, whichever replica that reaches.

use crate::access::Access;
use crate::error::{AccessError, AuthenticationError};
use crate::model::AuditAction;
use crate::principal::Principal;
use crate::settings::{AccessSettings, LONGEST_LIFETIME};
use crate::users::require_admin;
use access_types::FieldError;

const DEFAULT_EXPIRY: &str = "token.default-expiry";
const BASIC_AUTHENTICATION: &str = "security.authentication.basic-authentication-enabled";

impl Access {
    /// The settings as they are now: what an administrator has set outranks the settings file.
    pub(crate) async fn settings_today(&self) -> Result<AccessSettings, AccessError> {
        let mut settings = self.settings().clone();
        if let Some(text) = self.store().service_setting(DEFAULT_EXPIRY).await? {
            let seconds: u64 = text.parse().map_err(|_| {
                AccessError::Internal(format!("the stored setting {DEFAULT_EXPIRY} is no number"))
            })?;
            settings.default_expiry = seconds.min(LONGEST_LIFETIME);
        }
        Ok(settings)
    }

    /// Lifetime in seconds of a token that asks for none; 0 = never expires.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::Unavailable`].
    pub async fn default_expiry(&self, principal: &Principal) -> Result<u64, AccessError> {
        require_admin(principal)?;
        Ok(self.settings_today().await?.default_expiry)
    }

    /// Sets the lifetime in seconds of tokens that ask for none, from the next request on; 0 = never expires.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`]; [`AccessError::Invalid`] if it is longer than users may ask for, or than
    /// [`LONGEST_LIFETIME`].
    pub async fn set_default_expiry(&self, principal: &Principal, seconds: u64) -> Result<(), AccessError> {
        require_admin(principal)?;
        let most = match self.settings().max_expiry {
            0 => LONGEST_LIFETIME,
            limit => limit,
        };
        if seconds > most {
            let problem =
                format!("must be at most {most} seconds, the longest lifetime there is (token.max-expiry)");
            return Err(FieldError::new("default_token_expiration", problem).into());
        }
        self.set(principal, DEFAULT_EXPIRY, seconds.to_string()).await
    }

    /// Whether user name and password let anybody in to the API.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::Unavailable`].
    pub async fn basic_authentication(&self, principal: &Principal) -> Result<bool, AccessError> {
        require_admin(principal)?;
        self.basic_authentication_today().await
    }

    /// Switches user name and password on or off for the API, from the next request on. Tokens and API keys, the web
    /// pages and `accessd admin-token` are not touched.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`]; [`AccessError::Conflict`] if a password is to switch off passwords: whoever does
    /// so must have shown that a token lets them in.
    pub async fn set_basic_authentication(
        &self,
        principal: &Principal,
        enabled: bool,
    ) -> Result<(), AccessError> {
        require_admin(principal)?;
        if !enabled && principal.is_password() {
            return Err(AccessError::Conflict(
                "passwords are not switched off with a password, which would let nobody in from then on; ask with an \
                 administrator's access token, such as accessd admin-token makes"
                    .to_owned(),
            ));
        }
        self.set(principal, BASIC_AUTHENTICATION, enabled.to_string()).await
    }

    /// Refuses every password while they are switched off, right or wrong.
    pub(crate) async fn require_basic_authentication(&self) -> Result<(), AccessError> {
        match self.basic_authentication_today().await? {
            true => Ok(()),
            false => Err(AuthenticationError::PasswordsOff.into()),
        }
    }

    async fn basic_authentication_today(&self) -> Result<bool, AccessError> {
        // Unreadable is no reason to let anybody in.
        Ok(self.store().service_setting(BASIC_AUTHENTICATION).await?.is_none_or(|text| text == "true"))
    }

    async fn set(&self, principal: &Principal, name: &'static str, value: String) -> Result<(), AccessError> {
        let audit = self.audit(principal, AuditAction::SettingChanged, name, format!("to {value}"))?;
        Ok(self.store().set_service_setting(name, value, audit).await?)
    }
}
