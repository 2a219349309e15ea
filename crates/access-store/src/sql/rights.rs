//! Who is an administrator, and what happens when somebody stops being one: the tokens die, and the last
//! enabled administrator cannot go.

use super::cells::only;
use super::db::{Db, values};
use super::error::Result;
use super::work::Stop;
use super::{revocation, users};
use access_core::clock::EpochSeconds;
use access_core::store::WriteOutcome;
use access_types::user::UserStatus;

/// What some users were before a change that may take something from them.
pub(crate) struct Standing(Vec<Rights>);

#[derive(Clone)]
struct Rights {
    username: String,
    admin: bool,
    status: UserStatus,
}

impl Rights {
    fn of(db: &Db<'_>, username: &str) -> Result<Option<Self>> {
        let user = users::find(db, username)?;
        Ok(user.map(|user| Self {
            username: user.username,
            admin: user.effective_admin,
            status: user.status,
        }))
    }

    fn tokens_live(&self) -> bool {
        matches!(self.status, UserStatus::Enabled | UserStatus::Locked)
    }

    fn can_administer(&self) -> bool {
        self.admin && self.status == UserStatus::Enabled
    }
}

impl Standing {
    /// Of one user, if there is one of that name.
    pub(crate) fn of_user(db: &Db<'_>, username: &str) -> Result<Self> {
        Ok(Self(Rights::of(db, username)?.into_iter().collect()))
    }

    /// Of the members of a group, if they have anything to lose through it.
    pub(crate) fn of_group(db: &Db<'_>, group: &str) -> Result<Self> {
        let members = db.all(
            "SELECT u.username, u.status FROM user_groups g
             JOIN group_members m ON m.group_name = g.name JOIN users u ON u.username = m.username
             WHERE g.name = ?1 AND g.admin_privileges = 1",
            &values![group],
            |cells| {
                Ok(Rights { username: cells.take()?, admin: true, status: cells.word(UserStatus::parse)? })
            },
        )?;
        Ok(Self(members))
    }

    /// Compares with what they are after the change: whoever lost the rights of an administrator, or
    /// stopped being enabled or locked, gets the new epoch, and loses the tokens made for its name before it
    /// existed. Undoes the change if no enabled
    /// administrator is left.
    pub(crate) fn settle<T>(
        self,
        tx: &Db<'_>,
        new_epoch: i64,
        now: EpochSeconds,
    ) -> Result<(), Stop<WriteOutcome<T>>> {
        let mut lost_one = false;
        for before in self.0 {
            let after = Rights::of(tx, &before.username)?;
            lost_one |= before.can_administer() && !after.as_ref().is_some_and(Rights::can_administer);
            let Some(after) = after else {
                revocation::revoke_unbound(tx, &before.username, now)?;
                continue;
            };
            if (before.admin && !after.admin) || (before.tokens_live() && !after.tokens_live()) {
                tx.execute(
                    "UPDATE users SET token_epoch = ?2 WHERE username = ?1",
                    &values![after.username, new_epoch],
                )?;
                revocation::revoke_unbound(tx, &after.username, now)?;
            }
        }
        // A change that takes nothing from an administrator is never refused, whatever the state was.
        if lost_one && !any_admin(tx)? {
            return Err(Stop::answer(WriteOutcome::LastAdmin));
        }
        Ok(())
    }
}

/// Whether there is an enabled administrator.
fn any_admin(db: &Db<'_>) -> Result<bool> {
    db.one(
        "SELECT EXISTS (SELECT 1 FROM users WHERE admin = 1 AND status = 'enabled')
                 OR EXISTS (SELECT 1 FROM user_groups g
                     CROSS JOIN group_members m CROSS JOIN users u
                     WHERE g.admin_privileges = 1 AND m.group_name = g.name
                       AND u.username = m.username AND u.status = 'enabled')",
        &[],
        only,
    )
}
