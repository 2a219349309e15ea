//! The program itself: its commands, what it prints and exits with, and HTTP on a real connection.

#![expect(clippy::unwrap_used, clippy::panic, reason = "clippy knows test functions, not their helpers")]

mod admin_token;
mod check;
mod operator;
mod serve;
mod support;
mod wire;
