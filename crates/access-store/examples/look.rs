//! Measures look-ups and pages on a database that `fill` has filled:
//! `cargo run --release -p access-store --example look -- FOLDER|URL`. Writes nothing.

use access_core::clock::{Clock as _, SystemClock};
use access_core::model::SecretHash;
use access_core::store::{Store, TokenOrder, TokenPlace, TokenQuery};
use access_store::{PostgresOptions, PostgresSettings, PostgresStore, SqliteStore};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use uuid::Uuid;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Tokens that are looked up, spread over all.
const SOME: usize = 10_000;
const ORDERS: [TokenOrder; 5] =
    [TokenOrder::Created, TokenOrder::TokenId, TokenOrder::Owner, TokenOrder::Subject, TokenOrder::Expiry];

#[tokio::main]
async fn main() -> Outcome {
    let place = std::env::args().nth(1).ok_or("name the data folder, or the database as postgres://…")?;
    let store: Arc<dyn Store> = if place.starts_with("postgres") {
        Arc::new(PostgresStore::open(PostgresSettings::new(&place, PostgresOptions::default())?).await?)
    } else {
        Arc::new(SqliteStore::open(&Path::new(&place).join("accessd.db"))?)
    };
    let (ids, references) = some(&store).await?;
    for clients in [1, 32] {
        look_up(
            &format!("look-up by id, {clients} at once"),
            &store,
            &ids,
            clients,
            |store, id| async move { store.find_token(id).await.map(|found| found.is_some()) },
        )
        .await?;
        let name = format!("look-up by reference, {clients} at once");
        look_up(&name, &store, &references, clients, |store, hash| async move {
            store.find_token_by_reference(hash).await.map(|found| found.is_some())
        })
        .await?;
    }
    for order in ORDERS {
        for descending in [false, true] {
            pages(&store, order, descending).await?;
        }
    }
    Ok(())
}

fn query() -> TokenQuery {
    TokenQuery { now: SystemClock::default().now(), limit: 1000, ..TokenQuery::default() }
}

/// Ids and reference hashes of tokens all over the database, in no order.
async fn some(store: &Arc<dyn Store>) -> Outcome<(Vec<Uuid>, Vec<SecretHash>)> {
    let all = store.matching_tokens(query()).await?;
    println!("{} live tokens", all.len());
    let ids: Vec<Uuid> = (0..SOME).map(|number| all[number.wrapping_mul(7_368_787) % all.len()]).collect();
    let mut references = Vec::new();
    for id in &ids {
        let state = store.find_token(*id).await?.ok_or("a token is gone")?;
        references.extend(state.token.reference_hash);
    }
    Ok((ids, references))
}

async fn look_up<K, F>(
    name: &str,
    store: &Arc<dyn Store>,
    keys: &[K],
    clients: usize,
    find: impl Fn(Arc<dyn Store>, K) -> F + Copy + Send + 'static,
) -> Outcome
where
    K: Copy + Send + 'static,
    F: Future<Output = Result<bool, access_core::store::StoreError>> + Send,
{
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    for keys in keys.chunks(keys.len().div_ceil(clients)) {
        let (store, keys) = (Arc::clone(store), keys.to_vec());
        tasks.spawn(async move {
            let mut times = Vec::with_capacity(keys.len());
            for key in keys {
                let asked = Instant::now();
                assert!(find(Arc::clone(&store), key).await?, "a token is gone");
                times.push(asked.elapsed());
            }
            Ok::<_, access_core::store::StoreError>(times)
        });
    }
    let mut times = Vec::new();
    while let Some(done) = tasks.join_next().await {
        times.extend(done??);
    }
    report(name, began.elapsed(), times);
    Ok(())
}

/// Fifty pages, one after the other, from the beginning.
async fn pages(store: &Arc<dyn Store>, order: TokenOrder, descending: bool) -> Outcome {
    let mut page = TokenQuery { order, descending, limit: 100, ..query() };
    let (began, mut times) = (Instant::now(), Vec::new());
    for _ in 0..50 {
        let asked = Instant::now();
        let listed = store.list_tokens(page.clone()).await?;
        times.push(asked.elapsed());
        page.after = listed.last().map(|last| TokenPlace::from(&last.token));
    }
    let way = if descending { "descending" } else { "ascending" };
    report(&format!("page of 100 by {order:?}, {way}"), began.elapsed(), times);
    Ok(())
}

fn report(what: &str, time: Duration, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)];
    let rate = times.len() as f64 / time.as_secs_f64();
    println!(
        "{what}: {rate:.0}/s, median {:?}, 99 of 100 within {:?}, longest {:?}",
        at(50),
        at(99),
        at(100)
    );
}
