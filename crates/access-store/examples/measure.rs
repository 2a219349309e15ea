//! Measures the store: `cargo run --release -p access-store --example measure -- FOLDER [TOKENS]`.
//! Prints rates of inserts, look-ups, pages, uses and revocations, and the size of the files.

use access_core::model::{SecretHash, TokenRecord};
use access_core::store::{ListedState, Store, TokenPlace, TokenQuery};
use access_store::SqliteStore;
use access_store::conformance::fixture::{NOW, admin, audit, id, initialised, new_token, token};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use uuid::Uuid;

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("name a folder")?;
    let tokens: u64 = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let path = Path::new(&folder).join("measure.db");
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path)?);
    initialised(&store).await;
    for clients in [1, 8, 64] {
        let count = if clients == 1 { 2_000 } else { tokens / 2 };
        let began = Instant::now();
        let longest = insert(&store, clients, count / clients).await?;
        report(&format!("insert, {clients} at once"), count, began.elapsed());
        println!("    longest {longest:?}, log {} KiB", size(&path.with_extension("db-wal")));
    }
    println!(
        "database {} KiB, {} bytes a token with its audit row",
        size(&path),
        size(&path) * 1024 / tokens
    );
    read(&store).await?;
    pages(&store).await?;
    uses(&store).await?;
    bulk(&store).await?;
    println!("database {} KiB", size(&path));
    Ok(())
}

/// A token made at the `number`th moment, with an id that grows.
fn nth(number: u64) -> TokenRecord {
    let user = format!("user{}", number % 1000);
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    TokenRecord {
        token_id: Uuid::from_u128(
            (u128::from(number) << 64) | u128::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        ),
        description: Some("pipeline of the shop".to_owned()),
        issued_at: NOW + number / 100,
        expires_at: Some(NOW + 31_536_000 + number / 100),
        reference_hash: Some(SecretHash(hash)),
        user_epoch: None,
        ..token(&user)
    }
}

/// Runs `clients` tasks that insert `each` tokens one after the other; the longest wait of all.
async fn insert(
    store: &Arc<dyn Store>,
    clients: u64,
    each: u64,
) -> Result<Duration, Box<dyn std::error::Error>> {
    let mut tasks = JoinSet::new();
    for _ in 0..clients {
        let store = Arc::clone(store);
        tasks.spawn(async move {
            let mut longest = Duration::ZERO;
            for _ in 0..each {
                let began = Instant::now();
                store.insert_token(new_token(nth(id().as_u128() as u64))).await?;
                longest = longest.max(began.elapsed());
            }
            Ok::<_, access_core::store::StoreError>(longest)
        });
    }
    let mut longest = Duration::ZERO;
    while let Some(task) = tasks.join_next().await {
        longest = longest.max(task??);
    }
    Ok(longest)
}

async fn read(store: &Arc<dyn Store>) -> Outcome {
    store.insert_user(admin("user1"), audit()).await?;
    let query = TokenQuery { now: NOW, limit: 1000, ..TokenQuery::default() };
    let some = store.list_tokens(TokenQuery { username: Some("user1".to_owned()), ..query.clone() }).await?;
    let some: Vec<TokenRecord> = some.into_iter().map(|listed| listed.token).collect();
    let began = Instant::now();
    for number in 0..20_000 {
        store.find_token(some[number % some.len()].token_id).await?;
    }
    report("look-up by id", 20_000, began.elapsed());
    let began = Instant::now();
    for number in 0..20_000 {
        if let Some(hash) = some[number % some.len()].reference_hash {
            store.find_token_by_reference(hash).await?;
        }
    }
    report("look-up by reference", 20_000, began.elapsed());
    let began = Instant::now();
    let mut page = TokenQuery { limit: 100, ..query };
    for _ in 0..200 {
        page.after = store.list_tokens(page.clone()).await?.last().map(|last| TokenPlace::from(&last.token));
    }
    report("page of 100", 200, began.elapsed());
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for record in &some {
        let (store, id) = (Arc::clone(store), record.token_id);
        tasks.spawn(async move { store.revoke_token(id, NOW, audit()).await });
    }
    let count = tasks.len() as u64;
    while let Some(answer) = tasks.join_next().await {
        answer??;
    }
    report("revoke, all at once", count, began.elapsed());
    Ok(())
}

/// Pages of a thousand, whatever the state, from the beginning and after a cursor far behind it.
async fn pages(store: &Arc<dyn Store>) -> Outcome {
    for state in [ListedState::Live, ListedState::Revoked, ListedState::All] {
        let mut page = TokenQuery { now: NOW, state, limit: 1000, ..TokenQuery::default() };
        let (mut count, mut longest, began) = (0, Duration::ZERO, Instant::now());
        loop {
            let asked = Instant::now();
            let listed = store.list_tokens(page.clone()).await?;
            longest = longest.max(asked.elapsed());
            count += listed.len() as u64;
            let Some(last) = listed.last() else { break };
            page.after = Some(TokenPlace::from(&last.token));
        }
        report(&format!("tokens in pages of 1000, {state:?}"), count, began.elapsed());
        println!("    {count} tokens, longest page {longest:?}");
    }
    Ok(())
}

async fn uses(store: &Arc<dyn Store>) -> Outcome {
    let ids = store.matching_tokens(TokenQuery { now: NOW, ..TokenQuery::default() }).await?;
    let began = Instant::now();
    for batch in ids.chunks(500).take(100) {
        store.record_uses(batch.iter().map(|id| (*id, NOW)).collect()).await?;
    }
    report("uses noted, by 500", ids.len().min(50_000) as u64, began.elapsed());
    Ok(())
}

/// Revokes half of the tokens by hundreds, while somebody makes new ones.
async fn bulk(store: &Arc<dyn Store>) -> Outcome {
    let began = Instant::now();
    let ids = store.matching_tokens(TokenQuery { now: NOW, ..TokenQuery::default() }).await?;
    println!("all ids: {} in {:?}", ids.len(), began.elapsed());
    let (over, began) = (Arc::new(AtomicBool::new(false)), Instant::now());
    let (inserting, seen) = (Arc::clone(store), Arc::clone(&over));
    let inserts = tokio::spawn(async move {
        let (mut count, mut longest) = (0_u64, Duration::ZERO);
        while !seen.load(Ordering::Relaxed) {
            let began = Instant::now();
            inserting.insert_token(new_token(nth(id().as_u128() as u64))).await?;
            longest = longest.max(began.elapsed());
            count += 1;
        }
        Ok::<_, access_core::store::StoreError>((count, longest))
    });
    let half = ids.len() / 2;
    for batch in ids[..half].chunks(100) {
        store.revoke_tokens(None, batch.iter().map(|id| (*id, audit())).collect(), NOW).await?;
    }
    let time = began.elapsed();
    over.store(true, Ordering::Relaxed);
    let (count, longest) = inserts.await??;
    report("revoke, by 100", half as u64, time);
    report("    insert meanwhile, 1 at once", count, time);
    println!("    longest {longest:?}");
    Ok(())
}

fn report(what: &str, count: u64, time: Duration) {
    println!("{what}: {:.0}/s", count as f64 / time.as_secs_f64());
}

/// In KiB.
fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len() / 1024)
}
