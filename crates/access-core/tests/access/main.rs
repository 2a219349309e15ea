//! The whole of access-core over a real SQLite store, under a clock moved by hand.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code: a panic is a failed test"
)]

mod bulk_revoking;
mod creating;
mod last_used;
mod lattice;
mod projects;
mod refreshing;
mod rights;
mod scheduling;
mod support;
