//! A small HTTP/1.1 client: one connection a request, the status as a value, and every byte under control,
//! so that a test can send what no decent client would.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use std::fmt::Display;
use std::io::{self, BufRead, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// A server to ask.
#[derive(Debug, Clone)]
pub struct Http {
    address: SocketAddr,
}

impl Http {
    /// The server on this port of the loopback address.
    pub fn on_port(port: u16) -> Self {
        Self { address: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    /// A request by `method`.
    pub fn request(&self, method: &str, path: &str) -> Call {
        Call {
            address: self.address,
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
            patience: PATIENCE,
        }
    }

    /// A GET request.
    pub fn get(&self, path: &str) -> Call {
        self.request("GET", path)
    }

    /// A POST request.
    pub fn post(&self, path: &str) -> Call {
        self.request("POST", path)
    }

    /// A PUT request.
    pub fn put(&self, path: &str) -> Call {
        self.request("PUT", path)
    }

    /// A PATCH request.
    pub fn patch(&self, path: &str) -> Call {
        self.request("PATCH", path)
    }

    /// A DELETE request.
    pub fn delete(&self, path: &str) -> Call {
        self.request("DELETE", path)
    }
}

/// A request in the making.
#[derive(Debug, Clone)]
#[must_use]
pub struct Call {
    address: SocketAddr,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    patience: Duration,
}

impl Call {
    /// Waits no longer than this for the connection, nor for the next part of the answer; a minute if not said.
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Presents a token.
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// Presents a user name with a password or a token.
    pub fn basic(self, user: &str, password: &str) -> Self {
        self.header("Authorization", &format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
    }

    /// Adds a JSON body; text goes out as it stands.
    pub fn json(self, body: impl Display) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Adds a form as body.
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.body("application/x-www-form-urlencoded", form)
    }

    /// Adds a body of any type.
    pub fn body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: Some(body.into()), ..self.header("Content-Type", content_type) }
    }

    /// Sends it.
    ///
    /// # Panics
    /// If there is no answer.
    #[track_caller]
    pub fn send(&self) -> Answer {
        match self.try_send() {
            Ok(answer) => answer,
            Err(error) => panic!("{} {}: no answer: {error}", self.method, self.path),
        }
    }

    /// Sends it to a server that may be dying.
    ///
    /// # Errors
    /// Whatever the connection says.
    pub fn try_send(&self) -> io::Result<Answer> {
        let mut connection = TcpStream::connect_timeout(&self.address, self.patience)?;
        connection.set_read_timeout(Some(self.patience))?;
        connection.set_nodelay(true)?;
        // An early refusal closes the way in, and its answer is what the test wants to see.
        let sent = connection.write_all(&self.to_bytes());
        Answer::read(&mut BufReader::new(connection)).map_err(|error| sent.err().unwrap_or(error))
    }

    /// Sends it, and gives the answer as it comes in, head and chunk sizes included: for what is told line by line.
    ///
    /// # Errors
    /// Whatever the connection says.
    pub fn open(&self) -> io::Result<impl BufRead + use<>> {
        let mut connection = TcpStream::connect_timeout(&self.address, self.patience)?;
        connection.set_read_timeout(Some(self.patience))?;
        connection.write_all(&self.to_bytes())?;
        Ok(BufReader::new(connection))
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        head.push_str(&format!("Host: {}\r\nConnection: close\r\n", self.address));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = &self.body {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        [head.as_bytes(), self.body.as_deref().unwrap_or_default()].concat()
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers in their order.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl Answer {
    /// Insists on a status.
    ///
    /// # Panics
    /// If it is another one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "the body is {}", self.body);
        self
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.body) {
            Ok(json) => json,
            Err(error) => panic!("{} with a body that is no JSON ({error}): {:?}", self.status, self.body),
        }
    }

    /// The keys of the body's object, in the order of the text.
    #[track_caller]
    pub fn keys(&self) -> Vec<String> {
        self.json().as_object().expect("the body is an object").keys().cloned().collect()
    }

    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The code of an error of `/access`.
    #[track_caller]
    pub fn error_code(&self) -> String {
        self.first_error()["code"].as_str().expect("the error has a code").to_owned()
    }

    /// The message of an error.
    #[track_caller]
    pub fn error_message(&self) -> String {
        self.first_error()["message"].as_str().expect("the error has a message").to_owned()
    }

    #[track_caller]
    fn first_error(&self) -> Value {
        let error = self.json()["errors"][0].clone();
        assert!(error.is_object(), "{} without an error: {}", self.status, self.body);
        error
    }

    fn read(stream: &mut impl BufRead) -> io::Result<Self> {
        let broken = || io::Error::new(io::ErrorKind::UnexpectedEof, "the answer is cut off");
        let status_line = read_line(stream)?;
        let status = status_line.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(broken)?;
        let mut headers = Vec::new();
        loop {
            let line = read_line(stream)?;
            match line.split_once(':') {
                Some((name, value)) => headers.push((name.to_owned(), value.trim().to_owned())),
                None if line.is_empty() => break,
                None => return Err(broken()),
            }
        }
        let mut answer = Self { status, headers, body: String::new() };
        let mut body = Vec::new();
        if answer.header("transfer-encoding") == Some("chunked") {
            loop {
                let size = read_line(stream)?;
                let size = usize::from_str_radix(&size, 16).map_err(|_| broken())?;
                let mut chunk = vec![0; size + 2];
                stream.read_exact(&mut chunk)?;
                if size == 0 {
                    break;
                }
                body.extend_from_slice(&chunk[..size]);
            }
        } else if let Some(length) = answer.header("content-length") {
            body.resize(length.parse().map_err(|_| broken())?, 0);
            stream.read_exact(&mut body)?;
        } else {
            stream.read_to_end(&mut body)?;
        }
        answer.body = String::from_utf8_lossy(&body).into_owned();
        Ok(answer)
    }
}

fn read_line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line)?;
    match line.strip_suffix(b"\r\n") {
        Some(line) => Ok(String::from_utf8_lossy(line).into_owned()),
        None => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the answer is cut off")),
    }
}
