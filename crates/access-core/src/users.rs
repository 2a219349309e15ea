//! Users: made, read, listed, changed and deleted by administrators. Every change of a right counts
//! from the next request, because every check reads the user.

use crate::access::Access;
use crate::error::AccessError;
use crate::list::name_in_path;
use crate::model::{AuditAction, MembershipChange, UserChange, UserRecord};
use crate::principal::Principal;
use crate::store::{UserQuery, WriteOutcome};
use access_types::user::{UserDetails, UserInput, UserStatus};
use access_types::{FieldError, Secret, subject};

/// Users or groups on one page, if the caller does not say, and at most.
pub(crate) const MAX_PAGE: usize = 1000;

/// Which users to list.
#[derive(Debug, Clone, Default)]
pub struct UserFilter {
    /// Only names that contain this.
    pub username_contains: Option<String>,
    /// Only users in this state.
    pub status: Option<UserStatus>,
    /// Only administrators.
    pub only_admins: bool,
    /// Whether the order by name is reversed.
    pub descending: bool,
    /// Where to go on; from [`UserPage::cursor`].
    pub cursor: Option<String>,
    /// At most so many, 1 to 1000.
    pub limit: Option<usize>,
}

/// One line of the list of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserListEntry {
    /// Name.
    pub username: String,
    /// Where the user comes from.
    pub realm: String,
    /// State.
    pub status: UserStatus,
}

/// A page of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserPage {
    /// The users.
    pub users: Vec<UserListEntry>,
    /// Where to go on; `None` on the last page.
    pub cursor: Option<String>,
}

impl Access {
    /// Makes a user.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::Invalid`], [`AccessError::Conflict`] if the name is
    /// taken, [`AccessError::NotFound`] if a group does not exist.
    pub async fn create_user(
        &self,
        principal: &Principal,
        input: UserInput,
    ) -> Result<UserDetails, AccessError> {
        require_admin(principal)?;
        let name = input.username.as_deref().ok_or_else(|| FieldError::new("username", "is required"))?;
        let username = subject::normalise_username(name)?;
        if username.contains(' ') {
            return Err(FieldError::new(
                "username",
                format!("Invalid formatted name: {name:?}; a user's name has no spaces"),
            )
            .into());
        }
        let password_off = input.internal_password_disabled.unwrap_or(false);
        let password_hash = match input.password {
            Some(password) => Some(self.hash_new(password, &username).await?),
            None if password_off => None,
            None => {
                return Err(FieldError::new(
                    "password",
                    "is required, unless internal_password_disabled is true",
                )
                .into());
            }
        };
        let user = UserRecord {
            email: input.email.unwrap_or_default(),
            admin: input.admin.unwrap_or(false),
            effective_admin: false,
            profile_updatable: input.profile_updatable.unwrap_or(true),
            disable_ui_access: input.disable_ui_access.unwrap_or(false),
            internal_password_disabled: password_off,
            status: input.status.unwrap_or(UserStatus::Enabled),
            realm: "internal".to_owned(),
            last_logged_in: None,
            password_hash,
            password_changed_at: Some(self.now()),
            password_expired: false,
            token_epoch: self.new_epoch()?,
            created_at: self.now(),
            groups: input.groups.unwrap_or_default(),
            username,
        };
        let detail = format!("admin {}, groups {:?}", user.admin, user.groups);
        let audit = self.audit(principal, AuditAction::UserCreated, user.username.clone(), detail)?;
        let username = user.username.clone();
        done(self.store().insert_user(user, audit).await?, "user", &username).map(details)
    }

    /// A user: any for whoever may read identities, the own one for everybody.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::NotFound`].
    pub async fn read_user(&self, principal: &Principal, username: &str) -> Result<UserDetails, AccessError> {
        let own = principal.has_all_own_rights()
            && principal.username().is_some_and(|own| own.eq_ignore_ascii_case(username));
        if !own {
            require_reader(principal)?;
        }
        let username = name_in_path(username)?;
        let user = self.store().find_user(&username).await?;
        user.map(details).ok_or_else(|| AccessError::NotFound(format!("there is no user {username:?}")))
    }

    /// A page of users, ordered by name.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::BadRequest`] for a foreign cursor,
    /// [`AccessError::Invalid`] for a limit outside 1 to 1000.
    pub async fn list_users(
        &self,
        principal: &Principal,
        filter: &UserFilter,
    ) -> Result<UserPage, AccessError> {
        require_reader(principal)?;
        let limit = page_limit(filter.limit)?;
        let described = format!(
            "users {} {:?}",
            principal.subject(),
            (&filter.username_contains, filter.status, filter.only_admins, filter.descending)
        );
        let after =
            filter.cursor.as_deref().map(|cursor| self.read_cursor(&described, cursor)).transpose()?;
        let query = UserQuery {
            username_contains: filter.username_contains.as_deref().map(str::to_ascii_lowercase),
            status: filter.status,
            only_admins: filter.only_admins,
            descending: filter.descending,
            after,
            limit,
        };
        let users = self.store().list_users(query).await?;
        let cursor = last_of_full(&users, limit).map(|last| self.cursor(&described, &last.username));
        Ok(UserPage { users, cursor })
    }

    /// Changes a user; what the input does not name stays as it is.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::Invalid`], [`AccessError::NotFound`] for the user or a
    /// group, [`AccessError::Conflict`] if no enabled administrator would be left.
    pub async fn change_user(
        &self,
        principal: &Principal,
        username: &str,
        input: UserInput,
    ) -> Result<UserDetails, AccessError> {
        require_admin(principal)?;
        let username = name_in_path(username)?;
        if input.username.as_deref().is_some_and(|name| !name.eq_ignore_ascii_case(&username)) {
            return Err(FieldError::new("username", "cannot be changed").into());
        }
        let password_hash = match input.password {
            Some(password) => {
                refuse_own_by_key(principal, &username)?;
                Some(self.hash_new(password, &username).await?)
            }
            None => None,
        };
        let detail = format!(
            "admin {:?}, status {:?}, groups {:?}, password {}",
            input.admin,
            input.status.map(UserStatus::as_str),
            input.groups,
            password_hash.is_some()
        );
        let change = UserChange {
            email: input.email,
            admin: input.admin,
            profile_updatable: input.profile_updatable,
            disable_ui_access: input.disable_ui_access,
            internal_password_disabled: input.internal_password_disabled,
            status: input.status,
            password_hash,
            password_expired: None,
            groups: input.groups,
        };
        let new_password = change.password_hash.is_some();
        let user = self.write_change(principal, &username, change, detail).await?;
        if new_password {
            self.forget_failures_of(&username).await;
        }
        Ok(details(user))
    }

    /// Deletes a user; all its tokens are dead with it.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::NotFound`], [`AccessError::Conflict`] for the last
    /// enabled administrator.
    pub async fn delete_user(&self, principal: &Principal, username: &str) -> Result<(), AccessError> {
        require_admin(principal)?;
        let username = name_in_path(username)?;
        let audit = self.audit(principal, AuditAction::UserDeleted, username.clone(), "")?;
        done(self.store().delete_user(&username, audit).await?, "user", &username)
    }

    /// Sets a user's password: by an administrator, or by the user with the old password.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::Invalid`], [`AccessError::NotFound`]; [`AccessError::Conflict`] if the
    /// user asks, and the old password was changed meanwhile.
    pub async fn set_password(
        &self,
        principal: &Principal,
        username: &str,
        new: Secret,
    ) -> Result<(), AccessError> {
        let own = principal.user.as_ref().filter(|user| user.username.eq_ignore_ascii_case(username));
        if let Some(user) = own.filter(|user| principal.is_password() && user.profile_updatable) {
            return self.renew_password(user, new).await;
        }
        require_admin(principal)?;
        let username = name_in_path(username)?;
        refuse_own_by_key(principal, &username)?;
        let change =
            UserChange { password_hash: Some(self.hash_new(new, &username).await?), ..UserChange::default() };
        self.write_change(principal, &username, change, "password true".to_owned()).await?;
        self.forget_failures_of(&username).await;
        Ok(())
    }

    /// Adds a user to groups and removes it from others; gives the groups it is then in.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::NotFound`] for the user or a group,
    /// [`AccessError::Conflict`] if no enabled administrator would be left.
    pub async fn change_user_groups(
        &self,
        principal: &Principal,
        username: &str,
        change: MembershipChange,
    ) -> Result<Vec<String>, AccessError> {
        require_admin(principal)?;
        let username = name_in_path(username)?;
        let detail = format!("groups added {:?}, removed {:?}", change.add, change.remove);
        let audit = self.audit(principal, AuditAction::UserChanged, username.clone(), detail)?;
        let outcome = self.store().change_user_groups(&username, change, self.new_epoch()?, audit).await?;
        done(outcome, "user", &username).map(|user| user.groups)
    }

    /// Makes a locked user enabled again, and forgets the wrong passwords for its name; otherwise users stay as
    /// they are.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::NotFound`].
    pub async fn unlock_user(&self, principal: &Principal, username: &str) -> Result<(), AccessError> {
        require_admin(principal)?;
        let username = name_in_path(username)?;
        let user = self.store().find_user(&username).await?;
        if user.is_some() {
            self.unlock_name(principal, &username).await?;
        }
        match user.map(|user| user.status) {
            None => Err(AccessError::NotFound(format!("there is no user {username:?}"))),
            Some(UserStatus::Locked) => {
                let change = UserChange { status: Some(UserStatus::Enabled), ..UserChange::default() };
                self.write_change(principal, &username, change, "unlocked".to_owned()).await.map(|_| ())
            }
            Some(_) => Ok(()),
        }
    }

    pub(crate) async fn write_change(
        &self,
        principal: &Principal,
        username: &str,
        change: UserChange,
        detail: String,
    ) -> Result<UserRecord, AccessError> {
        let audit = self.audit(principal, AuditAction::UserChanged, username, detail)?;
        done(self.store().update_user(username, change, self.new_epoch()?, audit).await?, "user", username)
    }
}

pub(crate) fn require_admin(principal: &Principal) -> Result<(), AccessError> {
    match principal.is_admin() {
        true => Ok(()),
        false if principal.administers_artifactory() => Err(AccessError::Forbidden(
            "this takes administrator rights over Access, and this token is for Artifactory only; make one whose \
             audience has jfac@<id> too"
                .to_owned(),
        )),
        false => Err(AccessError::Forbidden("this takes administrator rights".to_owned())),
    }
}

/// An API key ends with the next one, a password does not: who found a key must not make a password of it.
fn refuse_own_by_key(principal: &Principal, username: &str) -> Result<(), AccessError> {
    let own = principal.username().is_some_and(|own| own.eq_ignore_ascii_case(username));
    if own && principal.api_key.is_some() {
        return Err(AccessError::Forbidden(
            "an API key is no password, and sets none for its own user; use the old password or an access token"
                .to_owned(),
        ));
    }
    Ok(())
}

pub(crate) fn require_reader(principal: &Principal) -> Result<(), AccessError> {
    match principal.reads_identities() {
        true => Ok(()),
        false => Err(AccessError::Forbidden(
            "this takes administrator rights, or a token with the scope system:identities:r".to_owned(),
        )),
    }
}

pub(crate) fn page_limit(asked: Option<usize>) -> Result<usize, FieldError> {
    match asked {
        None => Ok(MAX_PAGE),
        Some(limit) if (1..=MAX_PAGE).contains(&limit) => Ok(limit),
        Some(_) => Err(FieldError::new("limit", format!("must be from 1 to {MAX_PAGE}"))),
    }
}

/// The last record, if there may be more behind it.
pub(crate) fn last_of_full<T>(records: &[T], limit: usize) -> Option<&T> {
    records.last().filter(|_| records.len() == limit)
}

/// The new state, or what stood in the way. `kind` is `user` or `group`.
pub(crate) fn done<T>(outcome: WriteOutcome<T>, kind: &str, name: &str) -> Result<T, AccessError> {
    match outcome {
        WriteOutcome::Done(value) => Ok(value),
        WriteOutcome::Exists => Err(AccessError::Conflict(format!("the {kind} {name:?} already exists"))),
        WriteOutcome::NotFound => Err(AccessError::NotFound(format!("there is no {kind} {name:?}"))),
        WriteOutcome::MissingMember(member) => {
            let other = if kind == "user" { "group" } else { "user" };
            Err(AccessError::NotFound(format!("there is no {other} {member:?}; nothing was changed")))
        }
        WriteOutcome::LastAdmin => Err(AccessError::Conflict(
            "this would leave no enabled administrator; nothing was changed".to_owned(),
        )),
    }
}

fn details(user: UserRecord) -> UserDetails {
    UserDetails {
        username: user.username,
        email: user.email,
        admin: user.admin,
        effective_admin: user.effective_admin,
        profile_updatable: user.profile_updatable,
        disable_ui_access: user.disable_ui_access,
        internal_password_disabled: user.internal_password_disabled,
        last_logged_in: user.last_logged_in.and_then(rfc3339),
        realm: user.realm,
        groups: user.groups,
        status: user.status,
    }
}

fn rfc3339(seconds: u64) -> Option<String> {
    let moment = time::OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).ok()?).ok()?;
    let (date, clock) = (moment.date(), moment.time());
    Some(format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        clock.hour(),
        clock.minute(),
        clock.second()
    ))
}
