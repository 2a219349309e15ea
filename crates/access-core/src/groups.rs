//! Groups: made, read, listed, changed and deleted by administrators.

use crate::access::Access;
use crate::error::AccessError;
use crate::model::{AuditAction, GroupChange, GroupRecord, MembershipChange};
use crate::principal::Principal;
use crate::store::GroupQuery;
use crate::users::{done, last_of_full, page_limit, require_admin, require_reader};
use access_types::group::{GroupDetails, GroupInput};
use access_types::{FieldError, limits};

/// Which groups to list.
#[derive(Debug, Clone, Default)]
pub struct GroupFilter {
    /// Only names that contain this.
    pub name_contains: Option<String>,
    /// Whether the order by name is reversed.
    pub descending: bool,
    /// Where to go on; from [`GroupPage::cursor`].
    pub cursor: Option<String>,
    /// At most so many, 1 to 1000.
    pub limit: Option<usize>,
}

/// A page of groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupPage {
    /// Their names.
    pub names: Vec<String>,
    /// Where to go on; `None` on the last page.
    pub cursor: Option<String>,
}

impl Access {
    /// Makes a group.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::Invalid`], [`AccessError::Conflict`] if the name is
    /// taken, [`AccessError::NotFound`] if a member does not exist.
    pub async fn create_group(
        &self,
        principal: &Principal,
        input: GroupInput,
    ) -> Result<GroupDetails, AccessError> {
        require_admin(principal)?;
        let name = input.name.ok_or_else(|| FieldError::new("name", "is required"))?;
        check_name(&name)?;
        let group = GroupRecord {
            description: input.description.flatten(),
            auto_join: input.auto_join.unwrap_or(false),
            admin_privileges: input.admin_privileges.unwrap_or(false),
            realm: "internal".to_owned(),
            realm_attributes: input.realm_attributes.flatten(),
            external_id: input.external_id.flatten(),
            created_at: self.now(),
            members: lowered(input.members.unwrap_or_default()),
            name: name.clone(),
        };
        let detail = format!("admin_privileges {}, members {:?}", group.admin_privileges, group.members);
        let audit = self.audit(principal, AuditAction::GroupCreated, name.clone(), detail)?;
        done(self.store().insert_group(group, audit).await?, "group", &name).map(details)
    }

    /// A group with its members.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::NotFound`].
    pub async fn read_group(&self, principal: &Principal, name: &str) -> Result<GroupDetails, AccessError> {
        require_reader(principal)?;
        let group = self.store().find_group(name).await?;
        group.map(details).ok_or_else(|| AccessError::NotFound(format!("there is no group {name:?}")))
    }

    /// A page of groups, ordered by name.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::BadRequest`] for a foreign cursor,
    /// [`AccessError::Invalid`] for a limit outside 1 to 1000.
    pub async fn list_groups(
        &self,
        principal: &Principal,
        filter: &GroupFilter,
    ) -> Result<GroupPage, AccessError> {
        require_reader(principal)?;
        let limit = page_limit(filter.limit)?;
        let described =
            format!("groups {} {:?}", principal.subject(), (&filter.name_contains, filter.descending));
        let after =
            filter.cursor.as_deref().map(|cursor| self.read_cursor(&described, cursor)).transpose()?;
        let query = GroupQuery {
            name_contains: filter.name_contains.clone(),
            descending: filter.descending,
            after,
            limit,
        };
        let records = self.store().list_groups(query).await?;
        let cursor = last_of_full(&records, limit).map(|last| self.cursor(&described, &last.name));
        Ok(GroupPage { names: records.into_iter().map(|group| group.name).collect(), cursor })
    }

    /// Changes a group; what the input does not name stays as it is.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::Invalid`], [`AccessError::NotFound`] for the group or a
    /// member, [`AccessError::Conflict`] if no enabled administrator would be left.
    pub async fn change_group(
        &self,
        principal: &Principal,
        name: &str,
        input: GroupInput,
    ) -> Result<GroupDetails, AccessError> {
        require_admin(principal)?;
        if input.name.as_deref().is_some_and(|new| new != name) {
            return Err(FieldError::new("name", "cannot be changed").into());
        }
        let detail = format!("admin_privileges {:?}, members {:?}", input.admin_privileges, input.members);
        let change = GroupChange {
            description: input.description,
            auto_join: input.auto_join,
            admin_privileges: input.admin_privileges,
            realm_attributes: input.realm_attributes,
            external_id: input.external_id,
            members: input.members.map(lowered),
        };
        let audit = self.audit(principal, AuditAction::GroupChanged, name, detail)?;
        done(self.store().update_group(name, change, self.new_epoch()?, audit).await?, "group", name)
            .map(details)
    }

    /// Adds members to a group and removes others; gives the members it then has.
    ///
    /// # Errors
    /// As [`Access::change_group`].
    pub async fn change_group_members(
        &self,
        principal: &Principal,
        name: &str,
        change: MembershipChange,
    ) -> Result<Vec<String>, AccessError> {
        require_admin(principal)?;
        let change = MembershipChange { add: lowered(change.add), remove: lowered(change.remove) };
        let detail = format!("members added {:?}, removed {:?}", change.add, change.remove);
        let audit = self.audit(principal, AuditAction::GroupChanged, name, detail)?;
        let outcome = self.store().change_group_members(name, change, self.new_epoch()?, audit).await?;
        done(outcome, "group", name).map(|group| group.members)
    }

    /// Deletes a group.
    ///
    /// # Errors
    /// As [`Access::change_group`].
    pub async fn delete_group(&self, principal: &Principal, name: &str) -> Result<(), AccessError> {
        require_admin(principal)?;
        let audit = self.audit(principal, AuditAction::GroupDeleted, name, "")?;
        done(self.store().delete_group(name, self.new_epoch()?, audit).await?, "group", name)
    }
}

fn check_name(name: &str) -> Result<(), FieldError> {
    limits::check_text("name", name, limits::GROUP_NAME)?;
    if name.trim() != name
        || name.is_empty()
        || name.contains(['"', '/', '\\'])
        || name == "."
        || name == ".."
    {
        return Err(FieldError::new(
            "name",
            "must not be empty, begin or end with a space, or contain \" / or \\",
        ));
    }
    Ok(())
}

/// User names are lower case wherever they stand.
fn lowered(names: Vec<String>) -> Vec<String> {
    names.into_iter().map(|name| name.to_ascii_lowercase()).collect()
}

fn details(group: GroupRecord) -> GroupDetails {
    GroupDetails {
        name: group.name,
        description: group.description,
        auto_join: group.auto_join,
        admin_privileges: group.admin_privileges,
        realm: group.realm,
        realm_attributes: group.realm_attributes,
        external_id: group.external_id,
        members: group.members,
    }
}
