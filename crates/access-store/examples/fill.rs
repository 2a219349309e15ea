//! Fills a database of accessd with live tokens, for measurements:
//! `cargo run --release -p access-store --example fill -- FOLDER|URL [TOKENS [USERS]]`, where FOLDER is a data folder
//! with SQLite and URL a `postgres://`. accessd must have made the database and must not run. The tokens were made over
//! the last year, every second one was used since, every fourth has a reference token, one in a thousand is described as
//! `nightly`, one in ten has a group's rights; the rest have their user's.

use access_core::clock::{Clock as _, SystemClock};
use access_core::model::{AuditRecord, SecretHash, TokenRecord, UserRecord};
use access_core::store::{NewToken, Store, StoreError};
use access_store::conformance::fixture::{audit, new_token, token, user};
use access_store::{PostgresOptions, PostgresSettings, PostgresStore, SqliteStore};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::task::JoinSet;
use uuid::Uuid;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Inserts that wait at a time: enough for the writer to commit its largest batches.
const AT_ONCE: usize = 256;
const DAY: u64 = 24 * 3600;
const YEAR: u64 = 365 * DAY;
/// The epoch of every user here, and of their tokens.
const EPOCH: i64 = 1;

/// What is written.
struct Plan {
    tokens: u64,
    users: u64,
    service_id: String,
    now: u64,
}

#[tokio::main]
async fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let place = arguments.next().ok_or("name the data folder, or the database as postgres://…")?;
    let tokens = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let users = arguments.next().map_or(Ok(1_000), |text| text.parse())?;
    let store: Arc<dyn Store> = if place.starts_with("postgres") {
        Arc::new(PostgresStore::open(PostgresSettings::new(&place, PostgresOptions::default())?).await?)
    } else {
        let path = Path::new(&place).join("accessd.db");
        if !path.is_file() {
            return Err(format!("{} is not there: start accessd once on this folder", path.display()).into());
        }
        Arc::new(SqliteStore::open(&path)?)
    };
    let service_id = store.service_id().await?.ok_or("the database has no service id yet")?;
    let plan = Arc::new(Plan { tokens, users: users.max(1), service_id, now: SystemClock::default().now() });

    let began = Instant::now();
    for number in 0..plan.users {
        store.insert_user(plan.user(number), plan.audit()).await?;
    }
    fill(&store, &plan).await?;
    let seconds = began.elapsed().as_secs_f64();
    println!("\r{tokens} tokens of {} users in {seconds:.0} s, {:.0}/s", plan.users, tokens as f64 / seconds);
    Ok(())
}

/// Writes all tokens, many at once, so that each commit has as many in it as it can.
async fn fill(store: &Arc<dyn Store>, plan: &Arc<Plan>) -> Outcome {
    let next = Arc::new(AtomicU64::new(0));
    let mut writers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (store, plan, next) = (Arc::clone(store), Arc::clone(plan), Arc::clone(&next));
        writers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= plan.tokens {
                    return Ok::<_, StoreError>(());
                }
                store.insert_token(NewToken { audit: plan.audit(), ..new_token(plan.token(number)) }).await?;
                if number.is_multiple_of(50_000) {
                    eprint!("\r{number} …");
                    let _ = std::io::stderr().flush();
                }
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done??;
    }
    Ok(())
}

impl Plan {
    fn user_name(&self, number: u64) -> String {
        format!("user{:05}", number % self.users)
    }

    fn user(&self, number: u64) -> UserRecord {
        UserRecord { token_epoch: EPOCH, created_at: self.now, ..user(&self.user_name(number)) }
    }

    fn audit(&self) -> AuditRecord {
        AuditRecord { at: self.now, ..audit() }
    }

    /// The `number`th token: the last one was made now, the first one a year before.
    fn token(&self, number: u64) -> TokenRecord {
        let name = self.user_name(number);
        let age = YEAR - YEAR * number / self.tokens.max(1);
        let issued_at = self.now - age;
        let subject = format!("{}/users/{name}", self.service_id);
        let scope = match number % 10 {
            0 => "applied-permissions/groups:readers".to_owned(),
            _ => "applied-permissions/user".to_owned(),
        };
        let description = match number % 1000 {
            999 => format!("nightly {number}"),
            pipeline => format!("pipeline {pipeline} of the shop"),
        };
        TokenRecord {
            token_id: grown_id(issued_at, number),
            user_epoch: Some(EPOCH),
            scope,
            description: Some(description),
            issued_at,
            expires_at: Some(self.now + DAY + number % 90 * DAY),
            reference_hash: number.is_multiple_of(4).then(|| reference(number)),
            last_used: number.is_multiple_of(2).then_some(issued_at + age / 2),
            created_by: subject.clone(),
            subject,
            ..token(&name)
        }
    }
}

/// The hash of a reference token: scattered, as hashes are.
fn reference(number: u64) -> SecretHash {
    let mut hash = [0; 32];
    for (index, part) in hash.chunks_exact_mut(8).enumerate() {
        let scattered = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(16 * index as u32);
        part.copy_from_slice(&scattered.to_be_bytes());
    }
    SecretHash(hash)
}

/// An id of version 7, as accessd makes them: the time first. In place of chance comes `number`, scattered.
fn grown_id(seconds: u64, number: u64) -> Uuid {
    let millis = u128::from(seconds) * 1000 + u128::from(number % 1000);
    let scattered = u128::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 2);
    Uuid::from_u128((millis << 80) | (7 << 76) | (u128::from(number % 4096) << 64) | (2 << 62) | scattered)
}
