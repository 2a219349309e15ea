//! As much of an HTTP/1.1 answer as has come.

use std::io::{self, Read};

/// Bytes read at once.
const CHUNK: usize = 16 * 1024;

/// An answer while it is read.
#[derive(Debug)]
pub(crate) struct Answer {
    text: Vec<u8>,
    chunk: Vec<u8>,
}

impl Default for Answer {
    fn default() -> Self {
        Self { text: Vec::new(), chunk: vec![0; CHUNK] }
    }
}

impl Answer {
    /// Reads what is there; whether the answer is whole, and the next one is awaited.
    ///
    /// # Errors
    /// The end of the connection, or an answer other than 200 or 204, which is quoted.
    pub(crate) fn read(&mut self, from: &mut impl Read) -> io::Result<bool> {
        loop {
            match from.read(&mut self.chunk) {
                Ok(0) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the service hung up")),
                Ok(read) => self.text.extend_from_slice(&self.chunk[..read]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
            if self.is_whole() {
                if !self.text.starts_with(b"HTTP/1.1 200 ") && !self.text.starts_with(b"HTTP/1.1 204 ") {
                    return Err(io::Error::other(String::from_utf8_lossy(&self.text).into_owned()));
                }
                self.text.clear();
                return Ok(true);
            }
        }
    }

    fn is_whole(&self) -> bool {
        let Some(head) = position(&self.text, b"\r\n\r\n") else { return false };
        let (head, body) = self.text.split_at(head + 4);
        match header(head, b"content-length: ") {
            Some(length) => body.len() >= length,
            None if position(head, b"transfer-encoding: chunked").is_some() => body.ends_with(b"0\r\n\r\n"),
            None => true,
        }
    }
}

/// hyper writes names of headers in small letters.
fn header(head: &[u8], name: &[u8]) -> Option<usize> {
    let value = &head[position(head, name)? + name.len()..];
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&value[..digits]).ok()?.parse().ok()
}

fn position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
