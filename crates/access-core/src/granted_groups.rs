//! The groups whose rights a credential gives: the one answer for who is let in, for introspection and for forward-auth.

use crate::access::Access;
use crate::error::AccessError;
use crate::principal::Principal;

impl Principal {
    /// The groups that the scope gives by itself, existing or not: those of `applied-permissions/groups`, and of
    /// `member-of-groups` those that its user is a member of now. A token for nobody's name has the groups it names.
    /// None for a credential that is bound to a project, whose rights end there.
    pub(crate) fn groups_by_scope(&self) -> Vec<String> {
        if self.project_key().is_some() {
            return Vec::new();
        }
        let own = self.user.as_ref().filter(|_| !self.is_for_nobody());
        let is_member = |name: &&str| own.is_none_or(|user| user.groups.iter().any(|group| group == name));
        let mut names: Vec<String> = self.scope.groups().map(str::to_owned).collect();
        names.extend(self.scope.memberships().filter(is_member).map(str::to_owned));
        if let Some(user) = own.filter(|_| self.scope.is_member_of_all()) {
            names.extend(user.groups.iter().cloned());
        }
        names
    }

    /// Whether the token was made for a name that was no user's, whoever has it now.
    fn is_for_nobody(&self) -> bool {
        self.token.as_ref().is_some_and(|token| token.user_epoch.is_none())
    }
}

impl Access {
    /// The existing groups whose rights the credential gives now, sorted: those of its scope, and its user's if it has
    /// user scope.
    pub(crate) async fn groups_of(&self, principal: &Principal) -> Result<Vec<String>, AccessError> {
        let named = principal.groups_by_scope();
        let mut groups = match named.is_empty() {
            true => Vec::new(),
            false => self.store().existing_groups(&named).await?.into_iter().map(|(name, _)| name).collect(),
        };
        // What a user is a member of exists.
        if let Some(user) = principal.user.as_ref().filter(|_| principal.has_all_own_rights()) {
            groups.extend(user.groups.iter().cloned());
        }
        groups.sort_unstable();
        groups.dedup();
        Ok(groups)
    }

    /// Whether one of the groups that the scope gives has administrator rights.
    pub(crate) async fn has_admin_group(&self, principal: &Principal) -> Result<bool, AccessError> {
        let named = principal.groups_by_scope();
        if named.is_empty() {
            return Ok(false);
        }
        Ok(self.store().existing_groups(&named).await?.iter().any(|(_, admin)| *admin))
    }
}
