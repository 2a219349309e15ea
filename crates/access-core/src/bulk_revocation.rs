//! Revoking many tokens: batch by batch, each batch durable before it is told of.

use crate::access::Access;
use crate::error::AccessError;
use crate::list::check_manages;
use crate::model::AuditAction;
use crate::principal::Principal;
use crate::store::ListedState;
use crate::token_details::TokenCriteria;
use access_types::token_revocation::{RevocationOutcome, RevocationSummary, TokenRevocation};
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
    principal: Principal,
    waiting: Waiting,
    summary: RevocationSummary,
}

enum Waiting {
    Ids(std::vec::IntoIter<String>),
    /// A million of them are 16 MB.
    Matching(std::vec::IntoIter<Uuid>),
}

impl Access {
    /// Begins a revocation by `principal`. What meets the criteria is looked up now, once: a token that is made
    /// later is not reached. The caller's own token comes last, so that it can ask what became of the others.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`] if the credential manages no tokens by criteria, [`AccessError::Invalid`],
    /// [`AccessError::Unavailable`]. Nothing is revoked then.
    pub async fn begin_bulk_revocation(
        &self,
        principal: Principal,
        targets: RevocationTargets,
    ) -> Result<BulkRevocation, AccessError> {
        let waiting = match targets {
            RevocationTargets::Ids(ids) => Waiting::Ids(ids.into_iter()),
            RevocationTargets::Matching(criteria) => {
                let query = self.query_of(&principal, &criteria, ListedState::Live).await?;
                let mut ids = self.store().matching_tokens(query).await?;
                let own = ids.iter().position(|id| Some(*id) == principal.token_id());
                if let Some(at) = own {
                    let id = ids.remove(at);
                    ids.push(id);
                }
                Waiting::Matching(ids.into_iter())
            }
        };
        let summary =
            RevocationSummary { complete: false, error: None, revoked: 0, already_gone: 0, forbidden: 0 };
        Ok(BulkRevocation { access: self.clone(), principal, waiting, summary })
    }
}

impl BulkRevocation {
    /// Revokes the next tokens, as [`Access::revoke_token`] does each, and tells what became of them. Empty when
    /// none is left.
    ///
    /// # Errors
    /// [`AccessError::Unavailable`] if it could not be made durable: then it must be taken not to have happened
    /// to any of them. What was told before stays.
    pub async fn next_batch(&mut self) -> Result<Vec<TokenRevocation>, AccessError> {
        let mut lines = Vec::with_capacity(BATCH);
        let mut revocations = Vec::with_capacity(BATCH);
        for (token_id, id) in self.waiting.next_ids() {
            let outcome = match id {
                Some(id) => self.look_at(id).await?,
                None => Looked::Over(RevocationOutcome::AlreadyGone),
            };
            let outcome = match outcome {
                Looked::Over(outcome) => outcome,
                Looked::Revocable { id, subject } => {
                    let detail = format!("subject {subject}");
                    let action = AuditAction::TokenRevoked;
                    let audit = self.access.audit(&self.principal, action, id.to_string(), detail)?;
                    revocations.push((id, audit));
                    RevocationOutcome::Revoked
                }
            };
            lines.push(TokenRevocation { token_id, outcome });
        }
        let revoked = match revocations.is_empty() {
            true => Vec::new(),
            false => self.access.store().revoke_tokens(revocations, self.access.now()).await?,
        };
        let hoped = lines.iter_mut().filter(|line| line.outcome == RevocationOutcome::Revoked);
        for (line, _) in hoped.zip(revoked).filter(|(_, revoked)| !revoked) {
            line.outcome = RevocationOutcome::AlreadyGone;
        }
        self.count(&lines);
        Ok(lines)
    }

    /// What came of it: of everything, or of what was told until the `error`.
    pub fn summary(self, error: Option<String>) -> RevocationSummary {
        RevocationSummary { complete: error.is_none(), error, ..self.summary }
    }

    async fn look_at(&self, id: Uuid) -> Result<Looked, AccessError> {
        Ok(match self.access.store().find_token(id).await? {
            None => Looked::Over(RevocationOutcome::AlreadyGone),
            Some(state) if check_manages(&self.principal, &state.token).is_err() => {
                Looked::Over(RevocationOutcome::Forbidden)
            }
            Some(state) => Looked::Revocable { id, subject: state.token.subject },
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
    /// There is nothing to do.
    Over(RevocationOutcome),
    /// It may be revoked.
    Revocable { id: Uuid, subject: String },
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
