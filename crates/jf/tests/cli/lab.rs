//! Servers that behave badly, and catchers of bytes that should never have been sent.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Secrets of the laboratories; as odd as a URL or a header could mangle them.
pub(crate) const TOKEN: &str = "canary-token.with/odd+signs==";
pub(crate) const PASSWORD: &str = "canary pass/wörd+&=";

/// `TOKEN` and `PASSWORD` of user `frog`, in every spelling they could leak in.
fn spellings() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for secret in [TOKEN.to_owned(), PASSWORD.to_owned()] {
        all.push(secret.clone());
        all.push(url_encoded(&secret));
        all.push(url_encoded(&secret).to_lowercase());
        for text in [secret.clone(), format!("frog:{secret}"), format!(":{secret}")] {
            all.push(STANDARD.encode(&text));
            all.push(URL_SAFE_NO_PAD.encode(&text));
        }
    }
    all.into_iter().map(String::into_bytes).chain([b"canary".to_vec(), b"uthorization".to_vec()]).collect()
}

fn url_encoded(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}

/// Fails if `text` has a trace of a secret.
#[track_caller]
pub(crate) fn assert_no_secret(text: impl AsRef<[u8]>) {
    let text = text.as_ref();
    for spelling in spellings() {
        assert!(
            !text.windows(spelling.len()).any(|part| part == spelling),
            "{:?} is in {:?}",
            String::from_utf8_lossy(&spelling),
            String::from_utf8_lossy(text)
        );
    }
}

/// Answers each connection with `behaviour`, in a thread of its own, and keeps every byte that `behaviour`
/// hands it.
pub(crate) struct Trap {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Trap {
    /// On this address of this machine, such as 127.0.0.2.
    pub(crate) fn on(
        host: &str,
        behaviour: impl Fn(TcpStream, &mut dyn FnMut(&[u8])) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((host, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let (shared, behaviour) = (Arc::clone(&seen), Arc::new(behaviour));
        // Never joined: it ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let number = {
                    let mut seen = shared.lock().unwrap();
                    seen.push(Vec::new());
                    seen.len() - 1
                };
                let (seen, behaviour) = (Arc::clone(&shared), Arc::clone(&behaviour));
                std::thread::spawn(move || {
                    behaviour(stream, &mut |bytes| seen.lock().unwrap()[number].extend_from_slice(bytes));
                });
            }
        });
        Self { address, seen }
    }

    pub(crate) fn start(
        behaviour: impl Fn(TcpStream, &mut dyn FnMut(&[u8])) + Send + Sync + 'static,
    ) -> Self {
        Self::on("127.0.0.1", behaviour)
    }

    /// One that swallows whatever comes and says nothing.
    pub(crate) fn catcher(host: &str) -> Self {
        Self::on(host, |mut stream, note| {
            let mut bytes = [0; 1024];
            while let Ok(read @ 1..) = stream.read(&mut bytes) {
                note(&bytes[..read]);
            }
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// What came, a connection each.
    pub(crate) fn seen(&self) -> Vec<Vec<u8>> {
        self.seen.lock().unwrap().clone()
    }

    /// All that came, as text.
    pub(crate) fn text(&self) -> String {
        self.seen().iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect()
    }

    /// Fails if anybody so much as connected.
    #[track_caller]
    pub(crate) fn assert_untouched(&self) {
        assert_eq!(self.seen().len(), 0, "{}", self.text());
    }
}

/// Reads up to an empty line.
pub(crate) fn read_head(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => break,
        }
    }
    head
}

/// Reads a whole call and notes it.
pub(crate) fn read_call_into(stream: &mut TcpStream, note: &mut dyn FnMut(&[u8])) {
    let head = read_head(stream);
    note(&head);
    let text = String::from_utf8_lossy(&head).to_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    if stream.read_exact(&mut body).is_ok() {
        note(&body);
    }
}

/// Carries bytes both ways until one side ends, noting those that come from `near`.
pub(crate) fn splice(near: TcpStream, port: u16, note: &mut dyn FnMut(&[u8])) {
    let far = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let back: JoinHandle<()> = {
        let (mut far, mut near) = (far.try_clone().unwrap(), near.try_clone().unwrap());
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut far, &mut near);
            let _ = near.shutdown(Shutdown::Both);
        })
    };
    let (mut near, mut far) = (near, far);
    let mut bytes = [0; 4096];
    while let Ok(read @ 1..) = near.read(&mut bytes) {
        note(&bytes[..read]);
        if far.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = far.shutdown(Shutdown::Write);
    let _ = back.join();
}

/// Writes one byte at a time, with a pause after each, until nobody reads.
pub(crate) fn drip(stream: &mut TcpStream, text: &[u8], pause: Duration) {
    for byte in text {
        if stream.write_all(&[*byte]).is_err() {
            return;
        }
        std::thread::sleep(pause);
    }
}
