//! The tests' own tools: those that could let a test pass for a wrong reason.

mod history;
mod postgres;
mod tcp_switch;
