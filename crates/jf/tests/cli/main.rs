//! The built binary, run as a script would run it: own home folder, own environment, and a server that
//! says what the test tells it to and complains about every call too many or too few.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking; clippy knows that of test functions only"
)]

mod access_token_create;
mod api;
mod artifactory;
mod bad_certificates;
mod bad_input;
mod canaries;
mod client_certificates;
mod completion;
mod config;
mod config_add;
mod config_concurrency;
mod config_conversion;
mod config_crash;
mod config_edit;
mod config_file;
mod config_oidc;
mod config_password;
mod config_portable;
mod config_terminal;
mod connection;
mod doctor;
mod doctor_server;
mod doctor_way;
mod doctor_world;
mod exchange_oidc_token;
mod expiry_notice;
mod help;
mod insecure_http;
mod lab;
mod login_terminal;
mod network;
mod no_terminal;
mod output;
mod output_contract;
mod proxy_lab;
mod redirects;
mod refresh;
mod refresh_crash;
mod refresh_failures;
mod refresh_many;
mod refresh_world;
mod retries;
mod secrets;
mod signals;
mod support;
mod terminal;
mod terminal_safety;
mod timeouts;
mod tls;
mod tls_world;
mod token_exec;
mod token_list;
mod token_refresh;
mod token_revoke;
mod token_revoke_many;
mod token_rotate;
mod token_rotate_crash;
mod token_show;
mod token_store;
mod token_world;
mod trace;
mod warts;
mod whoami;
