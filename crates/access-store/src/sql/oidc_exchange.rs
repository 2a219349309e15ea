//! Tokens that were asked for with an ID token, and the ID tokens that were used for it.

use super::cells::{limit, seconds};
use super::db::{Db, values};
use super::error::Result;
use super::work::{Stop, Work};
use super::{oidc, tokens};
use access_core::clock::EpochSeconds;
use access_core::store::InsertOutcome;
use access_core::store::oidc::{ExchangeOutcome, ExchangedToken, UsedProof};

/// Proofs freed by each exchange: more than it writes, so that they do not pile up.
const FREED: usize = 8;

/// Writes token and used proof.
pub(crate) fn insert(tx: &Db<'_>, exchanged: &ExchangedToken) -> Work<ExchangeOutcome> {
    if !is_as_decided(tx, exchanged)? {
        return Err(Stop::answer(ExchangeOutcome::Changed));
    }
    match tokens::insert(tx, &exchanged.new) {
        Ok(_) => {}
        Err(Stop::Failed(error)) => return Err(error.into()),
        Err(Stop::AskerGone) => return Err(Stop::answer(ExchangeOutcome::Changed)),
        Err(Stop::Answer(answer)) => {
            return Err(Stop::answer(match *answer {
                InsertOutcome::Repeated(record) => ExchangeOutcome::Repeated(record),
                InsertOutcome::ProjectGone => ExchangeOutcome::ProjectGone,
                InsertOutcome::AskerGone | InsertOutcome::Inserted => ExchangeOutcome::Changed,
            }));
        }
    }
    if !use_up(tx, &exchanged.proof)? {
        return Err(Stop::answer(ExchangeOutcome::Replayed));
    }
    free(tx, exchanged.new.audit.at)?;
    Ok(ExchangeOutcome::Inserted)
}

fn is_as_decided(tx: &Db<'_>, exchanged: &ExchangedToken) -> Result<bool> {
    let (provider, provider_revision) = &exchanged.provider;
    let (mapping, mapping_revision) = &exchanged.mapping;
    Ok(oidc::find_provider(tx, provider)?.is_some_and(|found| found.revision == *provider_revision)
        && oidc::find_mapping(tx, provider, mapping)?
            .is_some_and(|found| found.revision == *mapping_revision))
}

/// `false` if it was used before.
fn use_up(tx: &Db<'_>, proof: &UsedProof) -> Result<bool> {
    tx.execute("INSERT INTO used_proofs (kind, hash, expires_at) VALUES (?1, ?2, ?3) ON CONFLICT (kind, hash) DO NOTHING", &values![proof.kind, proof.hash, seconds(proof.expires_at)])
    .map(|written| written == 1)
}

/// Frees a few proofs that are refused by their age.
fn free(tx: &Db<'_>, now: EpochSeconds) -> Result<()> {
    tx.execute(
        "DELETE FROM used_proofs WHERE (kind, hash) IN
             (SELECT kind, hash FROM used_proofs WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
        &values![seconds(now), limit(FREED)],
    )
    .map(drop)
}
