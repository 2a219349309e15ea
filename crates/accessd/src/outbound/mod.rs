//! What this service asks of others: documents of identity providers, over HTTPS. Whom it asks is written in the
//! database by administrators, so it must not become a way into the network that it runs in: see [`addresses`].

pub mod addresses;
mod tls;

use crate::failure::Failure;
use crate::settings::OidcSettings;
use access_core::oidc::documents::{DOCUMENT_LIMIT, DocumentError, ProviderDocuments};
use addresses::AddressRule;
use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::http::header::{ACCEPT, CONTENT_ENCODING, HOST, USER_AGENT};
use axum::http::uri::Scheme;
use axum::http::{Request, StatusCode, Uri};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// How long a document may take, from the look-up of its host's name to its last byte.
pub const TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection may take, of that.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Largest head of an answer, in bytes.
const HEAD_LIMIT: usize = 64 * 1024;

/// Reads documents over HTTPS.
pub struct HttpsDocuments {
    tls: Arc<rustls::ClientConfig>,
    allowed_hosts: Vec<String>,
    rule: AddressRule,
}

impl HttpsDocuments {
    /// By these settings. Reads the system's root certificates, and those of `oidc.ca-file`.
    ///
    /// # Errors
    /// A [`Failure`] that names the file.
    pub fn new(settings: &OidcSettings) -> Result<Self, Failure> {
        Ok(Self {
            tls: Arc::new(tls::config(settings.ca_file.as_deref())?),
            allowed_hosts: settings.allowed_hosts.clone(),
            rule: AddressRule { allow_private: settings.allow_private_addresses },
        })
    }

    async fn fetch(&self, url: &str) -> Result<Vec<u8>, DocumentError> {
        let target = Target::of(url)?;
        if !addresses::host_is_allowed(&target.host, &self.allowed_hosts) {
            let problem = format!("oidc.allowed-hosts does not name {}", target.host);
            return Err(DocumentError::Forbidden(problem));
        }
        let stream = self.connect(&target).await?;
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(HEAD_LIMIT)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(failed("the connection broke"))?;
        // Ends with this function, however that ends.
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        let request = target.request()?;
        let response = sender.send_request(request).await.map_err(failed("there was no answer"))?;
        match response.status() {
            StatusCode::OK => {}
            status if status.is_redirection() => {
                return Err(DocumentError::Failed(format!(
                    "it answered {status}; redirects are not followed"
                )));
            }
            status => return Err(DocumentError::Failed(format!("it answered {status}"))),
        }
        if response.headers().contains_key(CONTENT_ENCODING) {
            return Err(DocumentError::Failed(
                "its answer is compressed, which was not asked for".to_owned(),
            ));
        }
        let body = to_bytes(Body::new(response.into_body()), DOCUMENT_LIMIT).await;
        let limit = format!("its answer broke off, or has more than {DOCUMENT_LIMIT} bytes");
        Ok(body.map_err(|_| DocumentError::Failed(limit))?.to_vec())
    }

    /// To an address that was looked at: the name is looked up once.
    async fn connect(&self, target: &Target) -> Result<TlsStream<TcpStream>, DocumentError> {
        let found = tokio::net::lookup_host((target.host.as_str(), target.port)).await;
        let found: Vec<SocketAddr> = found.map_err(failed("its host has no address"))?.collect();
        let allowed: Vec<&SocketAddr> =
            found.iter().filter(|address| self.rule.allows(address.ip())).collect();
        if allowed.is_empty() {
            let problem = format!("{} has no public address; see oidc.allow-private-addresses", target.host);
            return Err(DocumentError::Forbidden(problem));
        }
        let name = ServerName::try_from(target.host.clone()).map_err(failed("its host is no name"))?;
        let mut why = DocumentError::Failed("its host has no address".to_owned());
        for address in allowed {
            let connected = tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await;
            match connected {
                Ok(Ok(stream)) => {
                    let connector = TlsConnector::from(Arc::clone(&self.tls));
                    return connector.connect(name, stream).await.map_err(failed("no TLS with it"));
                }
                Ok(Err(error)) => why = failed("it cannot be reached")(error),
                Err(late) => why = failed("it cannot be reached")(late),
            }
        }
        Err(why)
    }
}

#[async_trait]
impl ProviderDocuments for HttpsDocuments {
    async fn read(&self, url: &str) -> Result<Vec<u8>, DocumentError> {
        match tokio::time::timeout(TIMEOUT, self.fetch(url)).await {
            Ok(result) => result,
            Err(_) => Err(DocumentError::Failed(format!("it took more than {} s", TIMEOUT.as_secs()))),
        }
    }
}

fn failed<E: Display>(what: &'static str) -> impl FnOnce(E) -> DocumentError {
    move |error| DocumentError::Failed(format!("{what}: {error}"))
}

struct Target {
    /// Without brackets.
    host: String,
    port: u16,
    uri: Uri,
}

impl Target {
    fn of(url: &str) -> Result<Self, DocumentError> {
        let forbidden = || DocumentError::Forbidden("its address is not like https://host/path".to_owned());
        let uri: Uri = url.parse().map_err(|_| forbidden())?;
        if uri.scheme() != Some(&Scheme::HTTPS) {
            return Err(forbidden());
        }
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'));
        let authority = authority.ok_or_else(forbidden)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let port = authority.port_u16().unwrap_or(443);
        Ok(Self { host, port, uri })
    }

    fn request(&self) -> Result<Request<Body>, DocumentError> {
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        Request::get(path)
            .header(HOST, authority)
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, concat!("accessd/", env!("CARGO_PKG_VERSION")))
            .body(Body::empty())
            .map_err(failed("its address is none"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(allowed_hosts: &[&str], allow_private_addresses: bool) -> HttpsDocuments {
        let allowed_hosts = allowed_hosts.iter().map(|host| (*host).to_owned()).collect();
        HttpsDocuments::new(&OidcSettings { allowed_hosts, allow_private_addresses, ca_file: None })
            .unwrap_or_else(|failure| panic!("{failure}"))
    }

    #[tokio::test]
    async fn where_it_must_not_ask_it_does_not() {
        let closed = documents(&[], false);
        for url in [
            "http://example.org/",
            "https://user@example.org/",
            "https:///path",
            "file:///etc/passwd",
            "https://127.0.0.1:1/",
            "https://[::1]:1/",
            "https://[::ffff:127.0.0.1]:1/",
            "https://localhost:1/",
            "https://10.0.0.1/",
            "https://192.168.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[fd00:ec2::254]/",
            "https://0.0.0.0:1/",
            "https://0x7f.1:1/",
        ] {
            let refusal = closed.read(url).await.unwrap_err();
            let unknown_name = url.contains("0x7f");
            assert!(unknown_name || matches!(refusal, DocumentError::Forbidden(_)), "{url}: {refusal}");
        }
        let named = documents(&["issuer.example"], true);
        let refusal = named.read("https://127.0.0.1:1/").await.unwrap_err();
        assert!(refusal.to_string().contains("oidc.allowed-hosts"), "{refusal}");
        // What a cloud tells its machines is nobody's key, whatever is allowed.
        let open = documents(&[], true);
        let refusal = open.read("https://169.254.169.254/latest/meta-data/").await.unwrap_err();
        assert!(matches!(refusal, DocumentError::Forbidden(_)), "{refusal}");
        assert!(matches!(open.read("https://127.0.0.1:1/").await, Err(DocumentError::Failed(_))));
    }
}
