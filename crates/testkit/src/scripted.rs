//! A server that answers what a script says, for what `accessd` cannot show: answers that are no JSON,
//! connections that break, states of the weather. It keeps every request for the test to look at.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// What to answer.
#[derive(Debug, Clone)]
pub enum Reply {
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// Nothing: the connection closes.
    HangUp,
}

impl Reply {
    /// A status with a JSON body.
    pub fn json(status: u16, body: &str) -> Self {
        Self::text(status, "application/json", body)
    }

    /// A status with a body of any type.
    pub fn text(status: u16, content_type: &str, body: &str) -> Self {
        let length = body.len();
        Self::Bytes(
            format!(
                "HTTP/1.1 {status} Scripted\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\
                 Connection: close\r\n\r\n{body}"
            )
            .into_bytes(),
        )
    }

    /// A redirect.
    pub fn redirect(status: u16, to: &str) -> Self {
        Self::Bytes(
            format!(
                "HTTP/1.1 {status} Scripted\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            .into_bytes(),
        )
    }

    /// What the platform says to a create request that goes well.
    pub fn token() -> Self {
        Self::json(
            200,
            r#"{"token_id":"id","access_token":"a.b.c","expires_in":60,"scope":"applied-permissions/user","token_type":"Bearer"}"#,
        )
    }
}

/// A request as it came in.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// Method and path, e.g. `POST /access/api/v1/tokens`.
    pub line: String,
    /// Headers in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Received {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Reads a request from a connection.
    ///
    /// # Errors
    /// Whatever the connection says.
    pub(crate) fn read(stream: &mut impl Read) -> io::Result<Self> {
        let mut reader = BufReader::new(stream);
        let mut received = Self::default();
        let mut line = String::new();
        reader.read_line(&mut line)?;
        received.line =
            line.rsplit_once(' ').map(|(line, _)| line.to_owned()).ok_or(io::ErrorKind::InvalidData)?;
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            match line.trim_end().split_once(':') {
                Some((name, value)) => received.headers.push((name.to_owned(), value.trim().to_owned())),
                None => break,
            }
        }
        let length = received.header("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        received.body = String::from_utf8_lossy(&body).into_owned();
        Ok(received)
    }
}

/// The server. It ends when dropped.
#[derive(Debug)]
pub struct Scripted {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    listener: Listener,
}

impl Scripted {
    /// Answers with these replies in turn, and with the last one from then on.
    ///
    /// # Panics
    /// If there is no free port.
    pub fn answering(replies: Vec<Reply>) -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&received);
        let listener = Listener::start(move |mut connection| {
            let Ok(request) = Received::read(&mut connection) else { return };
            let mut seen = seen.lock().expect("no panic holds the lock");
            let reply = replies.get(seen.len()).or(replies.last()).cloned();
            seen.push(request);
            drop(seen);
            if let Some(Reply::Bytes(bytes)) = reply {
                let _ = connection.write_all(&bytes);
            }
            let _ = connection.shutdown(Shutdown::Both);
        });
        Self { address: listener.address, received, listener }
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far.
    ///
    /// # Panics
    /// If the server panicked.
    pub fn received(&self) -> Vec<Received> {
        let _ = &self.listener;
        self.received.lock().expect("no panic holds the lock").clone()
    }
}

/// Accepts connections on a free port and hands each to its own thread, until dropped.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    pub(crate) fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let over = Arc::new(AtomicBool::new(false));
        let (ended, serve) = (Arc::clone(&over), Arc::new(serve));
        let thread = std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if ended.load(Ordering::SeqCst) {
                    break;
                }
                let _ = connection.set_read_timeout(Some(Duration::from_secs(60)));
                let serve = Arc::clone(&serve);
                std::thread::spawn(move || serve(connection));
            }
        });
        Self { address, over, thread: Some(thread) }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes the thread, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
