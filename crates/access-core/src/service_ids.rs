//! The two services that this one is to clients: Access, and the few paths of Artifactory.

use crate::access::Access;
use std::borrow::Cow;

/// By which door a request comes in: each is a service of its own to the audience of tokens (access-api.md 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Below `/access`: `jfac@<id>`.
    Access,
    /// Below `/artifactory`: `jfrt@<id>`, with the same id.
    Artifactory,
}

impl Access {
    /// The service id at a door.
    pub fn id_at(&self, door: Door) -> Cow<'_, str> {
        let access = self.service_id().as_str();
        match door {
            Door::Access => Cow::Borrowed(access),
            Door::Artifactory => Cow::Owned(access.replacen("jfac@", "jfrt@", 1)),
        }
    }
}
