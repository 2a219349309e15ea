//! Answers every request over TLS as `accessd` answers a create, for `scripts/bench-jf`: what a client takes is
//! measured, so the server does nothing else.
//!
//!     tls_token_server CERTIFICATE-FILE
//!
//! Writes its certificate, which is for `localhost`, into that new file, prints its address, and runs until it is
//! killed.

use std::fs::File;
use std::io::Write as _;
use testkit::{Certificate, Reply, TlsServer};

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(file), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: tls_token_server CERTIFICATE-FILE");
        std::process::exit(2);
    };
    let certificate = Certificate::for_host("localhost");
    let mut file = File::create_new(file).expect("the certificate's file can be made");
    file.write_all(certificate.pem.as_bytes()).expect("the certificate can be written");
    let server = TlsServer::answering(&Reply::json(200, &created()), &certificate);
    println!("{}", server.url("localhost"));
    loop {
        std::thread::park();
    }
}

/// As long as a real answer: the token is a JWT that an RSA key of 2048 bits has signed.
fn created() -> String {
    let token = format!("{}.{}.{}", "h".repeat(102), "p".repeat(380), "s".repeat(342));
    format!(
        r#"{{"token_id":"01981f2e-0000-7000-8000-000000000000","access_token":"{token}","expires_in":31536000,"scope":"applied-permissions/user","token_type":"Bearer"}}"#
    )
}
