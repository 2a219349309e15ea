//! When tokens were last used, any number of them by one statement.

use super::session::Session;
use crate::sql::cells::seconds;
use crate::sql::error::Result;
use access_core::clock::EpochSeconds;
use uuid::Uuid;

/// Notes uses that are later than what is noted.
pub(super) fn record(session: &Session, uses: &[(Uuid, EpochSeconds)]) -> Result<()> {
    let (ids, moments): (Vec<Uuid>, Vec<i64>) = uses.iter().map(|(id, at)| (*id, seconds(*at))).unzip();
    session.query_all(&[(RECORD, &[&ids, &moments])]).map(drop)
}

/// Of several uses of one token the latest counts. The ids stand there twice so that the tokens are found by them also
/// while a new database has no statistics.
pub(super) const RECORD: &str = "UPDATE tokens SET last_used = u.at
     FROM (SELECT token_id, MAX(at) AS at FROM UNNEST($1::uuid[], $2::bigint[]) AS a (token_id, at)
           GROUP BY token_id) u
     WHERE tokens.token_id = ANY ($1::uuid[]) AND tokens.token_id = u.token_id
         AND (tokens.last_used IS NULL OR tokens.last_used < u.at)";
