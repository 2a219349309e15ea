//! What the machine itself can do: the same work without a service around it.

use crate::Failure;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// As long as what is signed for a token.
const MESSAGE: [u8; 400] = [b'x'; 400];
/// Rows in a commit of the bare table.
const ROWS: usize = 64;

/// A key that signs as accessd's does, over a parsed key.
pub(crate) struct Signer(RsaKeyPair);

impl Signer {
    pub(crate) fn new() -> Result<Self, Failure> {
        let der = RsaKeyPair::generate(KeySize::Rsa2048)?.as_der()?.as_ref().to_vec();
        Ok(Self(RsaKeyPair::from_pkcs8(&der).map_err(|error| error.to_string())?))
    }

    fn sign(&self) -> Vec<u8> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        // A key that signs once signs always; a failure would show as an absurd rate.
        let _ = self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &MESSAGE, &mut signature);
        signature
    }
}

/// RSA-2048 signatures a second, on so many threads.
pub(crate) fn signatures(signer: &Arc<Signer>, threads: usize, length: Duration) -> Result<f64, Failure> {
    let until = Instant::now() + length;
    let count = move |signer: Arc<Signer>| {
        let mut count = 0_u64;
        while Instant::now() < until {
            std::hint::black_box(signer.sign());
            count += 1;
        }
        count
    };
    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let signer = Arc::clone(signer);
            std::thread::spawn(move || count(signer))
        })
        .collect();
    let mut all = 0;
    for worker in workers {
        all += worker.join().map_err(|_| "a signing thread panicked")?;
    }
    Ok(all as f64 / length.as_secs_f64())
}

/// Microseconds of one signature and one sync of a written page to disk: in half of the cases no more than the first,
/// in 99 of 100 no more than the second.
pub(crate) fn signature_and_sync(
    signer: &Signer,
    scratch: &Path,
    length: Duration,
) -> Result<[f64; 2], Failure> {
    let file = File::create(scratch.join("synced"))?;
    let mut times = Vec::new();
    let until = Instant::now() + length;
    while Instant::now() < until {
        let began = Instant::now();
        std::hint::black_box(signer.sign());
        file.write_all_at(&[0; 4096], (times.len() % 1000) as u64 * 4096)?;
        file.sync_data()?;
        times.push(began.elapsed());
        // As a service that stands idle in between.
        std::thread::sleep(Duration::from_millis(5));
    }
    times.sort_unstable();
    Ok([50, 99].map(|share| times[times.len() * share / 100].as_secs_f64() * 1e6))
}

/// Rows a second of accessd's token table alone, without its foreign keys and without an audit row: same columns and
/// indexes, [`ROWS`] a commit, every commit on the disk. `like` is a database of accessd with a token in it.
pub(crate) fn bare_rows(like: &Path, scratch: &Path, length: Duration) -> Result<f64, Failure> {
    let (schema, mut row) = table_and_row(like)?;
    let path = scratch.join("bare.db");
    let mut db = Connection::open(&path)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", false)?;
    db.pragma_update(None, "cache_size", -32 << 10)?;
    for statement in schema {
        db.execute_batch(&statement)?;
    }
    let places = vec!["?"; row.len()].join(", ");
    let insert = format!("INSERT INTO tokens VALUES ({places})");
    let (began, mut count) = (Instant::now(), 0_u64);
    while began.elapsed() < length {
        let tx = db.transaction()?;
        {
            let mut statement = tx.prepare_cached(&insert)?;
            for _ in 0..ROWS {
                count += 1;
                // The id is the first column; it grows, as accessd's do.
                row[0] = Value::Blob((u128::from(count) << 64 | 7).to_be_bytes().to_vec());
                statement.execute(params_from_iter(&row))?;
            }
        }
        tx.commit()?;
    }
    let rate = count as f64 / began.elapsed().as_secs_f64();
    drop(db);
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    Ok(rate)
}

fn table_and_row(like: &Path) -> Result<(Vec<String>, Vec<Value>), Failure> {
    let db = Connection::open_with_flags(like, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut schema = db.prepare(
        "SELECT sql FROM sqlite_schema WHERE tbl_name = 'tokens' AND sql IS NOT NULL ORDER BY type DESC",
    )?;
    let schema = schema.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let row = db.query_row("SELECT * FROM tokens WHERE reference_key IS NULL LIMIT 1", [], |row| {
        (0..row.as_ref().column_count()).map(|column| row.get(column)).collect::<Result<Vec<Value>, _>>()
    })?;
    Ok((schema, row))
}
