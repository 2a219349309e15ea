//! Revoking many tokens: batch by batch, each batch durable before it is told of.

use crate::access::Access;
use crate::clock::EpochSeconds;
use crate::error::{AccessError, AuthenticationError};
use crate::last_used::RESOLUTION;
use crate::model::{AuditRecord, TokenRecord};
use crate::principal::Principal;
use crate::project_rights::Management;
use crate::store::{ListedState, RevocationsOutcome};
use crate::token_details::TokenCriteria;
use access_types::token_revocation::{RevocationOutcome, RevocationSummary, TokenRevocation};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Tokens revoked in one transaction: other writes wait some milliseconds for it.
const BATCH: usize = 100;

/// Which tokens to revoke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevocationTargets {
    /// Those with these ids.
    Ids(Vec<String>),
    /// Of the live ones that the caller may manage, those that meet these criteria; without any, all.
    Matching(TokenCriteria),
}

/// A revocation of many tokens under way. Dropped, it leaves what was done, and begins no more.
pub struct BulkRevocation {
    access: Access,
    /// As of the batch before.
    principal: Principal,
    /// Whether the caller's own token is among those revoked.
    own_ended: bool,
    waiting: Waiting,
    /// What was used later than this is spared.
    unused_since: Option<EpochSeconds>,
    summary: RevocationSummary,
}

enum Waiting {
    Ids(std::vec::IntoIter<String>),
    /// A million of them are 16 MB.
    Matching(std::vec::IntoIter<Uuid>),
}

impl Access {
    /// Begins a revocation by `principal`. What meets the criteria is looked up now, once: a token that is made
    /// later is not reached, and one that was to be unused and is used meanwhile is spared. The caller's own token
    /// comes last, so that it can ask what became of the others.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`] if the credential manages no tokens by criteria, [`AccessError::Invalid`],
    /// [`AccessError::Unavailable`]. Nothing is revoked then.
    pub async fn begin_bulk_revocation(
        &self,
        principal: Principal,
        targets: RevocationTargets,
    ) -> Result<BulkRevocation, AccessError> {
        let mut unused_since = None;
        let waiting = match targets {
            RevocationTargets::Ids(ids) => Waiting::Ids(ids.into_iter()),
            RevocationTargets::Matching(criteria) => {
                let mut query = self.query_of(&principal, &criteria, ListedState::Live)?;
                if criteria.unused_for.is_some() {
                    // A token whose use is not written yet would look unused, and one whose use was dropped does.
                    self.uses().refuse_if_incomplete()?;
                    self.flush_uses().await?;
                }
                // What stands there is the first use of a minute: there may have been a later one.
                query.unused_since = query.unused_since.map(|since| since.saturating_sub(RESOLUTION - 1));
                unused_since = query.unused_since;
                let mut ids = self.store().matching_tokens(query).await?;
                let own = ids.iter().position(|id| Some(*id) == principal.token_id());
                if let Some(at) = own {
                    let id = ids.remove(at);
                    ids.push(id);
                }
                Waiting::Matching(ids.into_iter())
            }
        };
        let summary = RevocationSummary::default();
        let access = self.clone();
        Ok(BulkRevocation { access, principal, own_ended: false, waiting, unused_since, summary })
    }
}

impl BulkRevocation {
    /// Revokes the next tokens, as [`Access::revoke_token`] does each, and tells what became of them. Empty when
    /// none is left. Who asked is looked at again before: what was revoked, disabled or demoted meanwhile goes no
    /// further, unless this very work has revoked the caller's own token.
    ///
    /// # Errors
    /// [`AccessError::Authentication`] or [`AccessError::Forbidden`] if the caller may no longer do this,
    /// [`AccessError::Unavailable`] if it could not be made durable: then it must be taken not to have happened
    /// to any of them. What was told before stays.
    pub async fn next_batch(&mut self) -> Result<Vec<TokenRevocation>, AccessError> {
        loop {
            let ids = self.waiting.next_ids();
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            let lines = self.revoke(ids).await?;
            // Else all of them were spared.
            if !lines.is_empty() {
                self.count(&lines);
                return Ok(lines);
            }
        }
    }

    async fn revoke(
        &mut self,
        ids: Vec<(String, Option<Uuid>)>,
    ) -> Result<Vec<TokenRevocation>, AccessError> {
        self.principal = self.access.look_again(&self.principal, self.own_ended).await?;
        let mut lines = Vec::with_capacity(BATCH);
        let mut revocations = Vec::with_capacity(BATCH);
        let mut projects = BTreeSet::new();
        for (token_id, id) in ids {
            let looked = match id {
                Some(id) => self.look_at(id).await?,
                None => Looked::Over(RevocationOutcome::AlreadyGone),
            };
            let outcome = match looked {
                Looked::Spared => continue,
                Looked::Over(outcome) => outcome,
                Looked::Revocable { id, subject, project } => {
                    projects.extend(project);
                    revocations.push((id, self.access.revocation_audit(&self.principal, id, &subject)?));
                    RevocationOutcome::Revoked
                }
            };
            lines.push(TokenRevocation { token_id, outcome });
        }
        let revoked = self.write(revocations, projects).await?;
        let hoped = lines.iter_mut().filter(|line| line.outcome == RevocationOutcome::Revoked);
        for (line, _) in hoped.zip(revoked).filter(|(_, revoked)| !revoked) {
            line.outcome = RevocationOutcome::AlreadyGone;
        }
        Ok(lines)
    }

    /// Whether each was there to be revoked.
    async fn write(
        &mut self,
        revocations: Vec<(Uuid, AuditRecord)>,
        projects: BTreeSet<String>,
    ) -> Result<Vec<bool>, AccessError> {
        if revocations.is_empty() {
            return Ok(Vec::new());
        }
        let lost_project = !projects.is_empty();
        let mut asker = self.principal.as_asker();
        if let Some(asker) = &mut asker {
            asker.administers = projects.into_iter().collect();
            if self.own_ended {
                asker.token_id = None;
            }
        }
        match self.access.store().revoke_tokens(asker, revocations, self.access.now()).await? {
            RevocationsOutcome::AskerGone if lost_project => Err(self.access.why_gone(&self.principal).await),
            RevocationsOutcome::AskerGone => Err(AuthenticationError::Revoked.into()),
            RevocationsOutcome::Done { revoked, asker_ended } => {
                self.own_ended |= asker_ended;
                Ok(revoked)
            }
        }
    }

    /// What came of it: of everything, or of what was told until the `error`.
    pub fn summary(self, error: Option<String>) -> RevocationSummary {
        RevocationSummary { complete: error.is_none(), error, ..self.summary }
    }

    async fn look_at(&self, id: Uuid) -> Result<Looked, AccessError> {
        // Before the row: what is written in between stands there.
        let noted = self.access.uses().of(id);
        let used = |token: &TokenRecord| {
            self.unused_since.is_some_and(|since| token.last_used.max(noted).is_some_and(|at| at > since))
        };
        Ok(match self.access.store().find_token(id).await? {
            None => Looked::Over(RevocationOutcome::AlreadyGone),
            Some(state) => match self.access.management_of(&self.principal, &state.token).await? {
                None => Looked::Over(RevocationOutcome::Forbidden),
                Some(_) if used(&state.token) => Looked::Spared,
                Some(Management::Own) => {
                    Looked::Revocable { id, subject: state.token.subject, project: None }
                }
                Some(Management::Project(key)) => {
                    Looked::Revocable { id, subject: state.token.subject, project: Some(key) }
                }
            },
        })
    }

    fn count(&mut self, lines: &[TokenRevocation]) {
        for line in lines {
            *match line.outcome {
                RevocationOutcome::Revoked => &mut self.summary.revoked,
                RevocationOutcome::AlreadyGone => &mut self.summary.already_gone,
                RevocationOutcome::Forbidden => &mut self.summary.forbidden,
            } += 1;
        }
    }
}

/// What a look at a token comes to.
enum Looked {
    /// It does not meet the criteria any more.
    Spared,
    /// There is nothing to do.
    Over(RevocationOutcome),
    /// It may be revoked; because the caller administers this project, if one is named.
    Revocable { id: Uuid, subject: String, project: Option<String> },
}

impl Waiting {
    /// The next ids, as they are to be told and as they are, if they are any.
    fn next_ids(&mut self) -> Vec<(String, Option<Uuid>)> {
        match self {
            Self::Ids(ids) => {
                let parsed = |text: String| (Uuid::parse_str(&text).ok(), text);
                ids.take(BATCH).map(parsed).map(|(id, text)| (text, id)).collect()
            }
            Self::Matching(ids) => ids.take(BATCH).map(|id| (id.to_string(), Some(id))).collect(),
        }
    }
}
