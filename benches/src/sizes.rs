//! What depends on how many tokens are stored.

use crate::Failure;
use crate::load;
use crate::measures::Bench;
use crate::report::{Row, Run, Target};
use crate::service::{Accessd, Service};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const FEW: u64 = 10_000;
const MILLION: u64 = 1_000_000;
/// Whose the stored tokens are: few enough that each has a full page of them.
const USERS: u64 = 50;
const CREATE: &str = "/access/api/v1/tokens";
const PLAIN: &str =
    r#"{"scope":"applied-permissions/user","expires_in":3600,"description":"pipeline of the shop"}"#;
/// Tokens looked up and revoked in a run.
const CHOSEN: usize = 2_000;
const CONNECTIONS: usize = 16;

/// An accessd with so many stored tokens, made if it is not there yet.
fn filled(bench: &Bench, tokens: u64) -> Result<Accessd, Failure> {
    // ES256, so that the time of a signature does not hide that of a row.
    let accessd = bench.accessd(&format!("filled.{tokens}"), "ES256");
    if !accessd.folder.exists() {
        eprintln!("filling a database with {tokens} tokens …");
        drop(accessd.start()?);
        let status = Command::new(bench.release.join("examples/fill"))
            .arg(&accessd.folder)
            .args([tokens.to_string(), USERS.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        if !status.success() {
            return Err(format!("filling {} failed", accessd.folder.display()).into());
        }
    }
    Ok(accessd)
}

/// Ids of tokens from all over the table, each once.
fn ids(database: &Path, count: usize, seed: u64) -> Result<Vec<String>, Failure> {
    let db = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let bounds = "SELECT MIN(token_id), MAX(token_id) FROM tokens";
    let (least, most): ([u8; 16], [u8; 16]) =
        db.query_row(bounds, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (least, most) = (u128::from_be_bytes(least), u128::from_be_bytes(most));
    let mut next =
        db.prepare("SELECT token_id FROM tokens WHERE token_id >= ?1 AND revoked_at IS NULL LIMIT 1")?;
    let mut ids = Vec::new();
    for number in 0..count as u64 {
        // The golden ratio spreads numbers evenly, however many there are.
        let scattered = (number + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = least + (most - least) / (1 << 64) * u128::from(scattered);
        let found: Option<[u8; 16]> = next.query_row([&place.to_be_bytes()], |row| row.get(0)).optional()?;
        ids.extend(found.map(hyphenated));
    }
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    Ok(ids)
}

fn hyphenated(id: [u8; 16]) -> String {
    let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Microseconds of each operation, as one run finds them.
fn operations(bench: &Bench, accessd: &Accessd, service: &Service, run: usize) -> Result<[f64; 4], Failure> {
    let database = accessd.folder.join("accessd.db");
    let chosen = ids(&database, CHOSEN, (run * CHOSEN) as u64)?;
    let each = |method: &str| -> Vec<Vec<u8>> {
        chosen.iter().map(|id| service.request(method, &format!("{CREATE}/{id}"), "")).collect()
    };
    let page = |user: u64| {
        let path = format!("/access/api/accessd/v1/tokens?limit=100&username=user{user:05}");
        service.request("GET", &path, "")
    };
    let pages: Vec<_> = (0..USERS).map(page).collect();
    // So few that the small database stays small.
    let creates = vec![service.request("POST", CREATE, PLAIN); CHOSEN];
    let micros = |rate: f64| 1e6 / rate;
    Ok([
        micros(load::each_once(service.address, &creates, CONNECTIONS)?.rate()),
        micros(bench.peak(service, &each("GET"), CONNECTIONS)?.rate()),
        micros(bench.peak(service, &pages, CONNECTIONS)?.rate()),
        micros(load::each_once(service.address, &each("DELETE"), CONNECTIONS)?.rate()),
    ])
}

pub(crate) fn sizes(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let (few, many) = (filled(bench, FEW)?, filled(bench, bench.many)?);
    let (at_few, at_many) = (few.start()?, many.start()?);
    let runs = bench.repeat(|run| {
        Ok((operations(bench, &few, &at_few, run)?, operations(bench, &many, &at_many, run)?))
    })?;
    let row = |(at, what): (usize, &str)| {
        let runs: Vec<Run> =
            runs.iter().map(|(few, many)| Run { ours: many[at], yardstick: Some(few[at]) }).collect();
        let name = format!("{what}, {} stored tokens, against {FEW}", bench.many);
        Row::of(&name, "µs", &runs, Target::AtMost(1.5))
    };
    Ok(["create", "check", "page of 100", "revoke"].into_iter().enumerate().map(row).collect())
}

pub(crate) fn start(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let accessd = filled(bench, MILLION)?;
    let runs =
        bench.repeat(|_| Ok(Run { ours: accessd.seconds_to_first_answer()? * 1000.0, yardstick: None }))?;
    Ok(vec![Row::of("start to first answer, 1000000 tokens", "ms", &runs, Target::AtMost(300.0))])
}

pub(crate) fn memory(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let accessd = filled(bench, MILLION)?;
    let runs = bench.repeat(|run| {
        let service = accessd.start()?;
        std::thread::sleep(Duration::from_secs(1));
        let idle = Run { ours: service.memory("VmRSS"), yardstick: None };
        for _ in 0..2 {
            operations(bench, &accessd, &service, run)?;
        }
        Ok([idle, Run { ours: service.memory("VmHWM"), yardstick: None }])
    })?;
    let of = |at: usize| runs.iter().map(|run| run[at]).collect::<Vec<_>>();
    Ok(vec![
        Row::of("memory idle, 1000000 tokens", "MiB", &of(0), Target::AtMost(48.0)),
        Row::of("memory at peak load", "MiB", &of(1), Target::AtMost(128.0)),
    ])
}

/// The token table with its indexes, and in the name the whole file, after the service has ended and the log is in it.
pub(crate) fn disk(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let filled = filled(bench, MILLION)?.folder.join("accessd.db");
    let db = Connection::open_with_flags(&filled, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let number = |sql| db.query_row(sql, [], |row| row.get::<_, i64>(0));
    let tokens = number("SELECT COUNT(*) FROM tokens")? as f64;
    let of_tokens = number(
        "SELECT SUM(pgsize) FROM dbstat JOIN sqlite_schema s USING (name)
         WHERE s.tbl_name IN ('tokens', 'subjects')",
    )?;
    let with_audit = fs::metadata(&filled)?.len() as f64 / tokens;
    let name = format!("bytes on disk a token, indexes included (with its audit row {with_audit:.0})");
    let run = Run { ours: of_tokens as f64 / tokens, yardstick: None };
    Ok(vec![Row::of(&name, "bytes", &[run], Target::AtMost(300.0))])
}
