//! The address that the service listens on.

use crate::failure::Failure;
use crate::settings::ServerSettings;
use std::net::{SocketAddr, ToSocketAddrs};
use tokio::net::TcpListener;

/// Binds the address of the settings.
///
/// # Errors
/// As [`addresses`], or a [`Failure`] that names the address in use.
pub async fn bind(settings: &ServerSettings) -> Result<TcpListener, Failure> {
    let listen = &settings.listen;
    TcpListener::bind(addresses(settings)?.as_slice())
        .await
        .map_err(|error| Failure::new(format!("cannot listen on {listen}")).caused_by(&error))
}

/// The addresses that the settings name. Plain HTTP is spoken to this machine only, unless the settings ask
/// for more.
///
/// # Errors
/// A [`Failure`] that names the address, and the setting that would allow it.
pub fn addresses(settings: &ServerSettings) -> Result<Vec<SocketAddr>, Failure> {
    let listen = &settings.listen;
    let addresses: Vec<SocketAddr> = listen
        .to_socket_addrs()
        .map_err(|error| Failure::new(format!("cannot find the address {listen}")).caused_by(&error))?
        .collect();
    if !settings.allow_plain_http && !addresses.iter().all(|address| address.ip().is_loopback()) {
        return Err(Failure::new(format!(
            "{listen} is reached by other machines, and tokens would travel there in plain HTTP"
        ))
        .hint(
            "listen on 127.0.0.1 behind a proxy that speaks TLS, or set `allow-plain-http = true` in [server] (ACCESSD_SERVER_ALLOW_PLAIN_HTTP=true)",
        ));
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn try_bind(listen: &str, allow_plain_http: bool) -> Result<TcpListener, Failure> {
        let listen = listen.to_owned();
        bind(&ServerSettings { listen, base_url: None, allow_plain_http, max_connections: 1 }).await
    }

    #[tokio::test]
    async fn plain_http_stays_on_this_machine_unless_asked_for() {
        assert!(try_bind("127.0.0.1:0", false).await.is_ok());
        assert!(try_bind("localhost:0", false).await.is_ok());
        let failure = try_bind("0.0.0.0:0", false).await.unwrap_err().to_string();
        assert!(failure.contains("allow-plain-http"), "{failure}");
        assert!(try_bind("0.0.0.0:0", true).await.is_ok());
    }

    #[tokio::test]
    async fn an_address_in_use_is_named() {
        let first = try_bind("127.0.0.1:0", false).await.unwrap();
        let address = first.local_addr().unwrap().to_string();
        let failure = try_bind(&address, false).await.unwrap_err().to_string();
        assert!(failure.contains(&address), "{failure}");
    }
}
