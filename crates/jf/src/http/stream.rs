//! A body that is read as it comes: as long as it takes, but never in silence.

use std::io::{self, ErrorKind, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use std::{fmt, thread};

/// Bytes of one piece.
const PIECE: usize = 64 * 1024;
/// Pieces that wait for the reader; with the one in hand and the one on its way, all that is in memory.
const WAITING: usize = 2;

/// The body of an answer. A pause longer than its patience is an error, which the HTTP library's own limits,
/// all on the whole, cannot say: so a thread reads, and is left behind if nothing comes any more.
pub(crate) struct Stream {
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    taken: usize,
    patience: Duration,
    has_ended: bool,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream")
    }
}

impl Stream {
    /// Begins to read.
    pub(crate) fn of(reader: impl Read + Send + 'static, patience: Duration) -> Self {
        let (sender, pieces) = sync_channel(WAITING);
        thread::spawn(move || pump(reader, &sender));
        Self { pieces, piece: Vec::new(), taken: 0, patience, has_ended: false }
    }

    /// As much as comes until `deadline`, of at most `most` bytes: what a refusal has to say is said soon.
    pub(crate) fn read_some(mut self, most: u64, deadline: Instant) -> Vec<u8> {
        let mut body = Vec::new();
        while (body.len() as u64) < most {
            self.patience = self.patience.min(deadline.saturating_duration_since(Instant::now()));
            match self.next_piece() {
                Ok(piece) if !piece.is_empty() => body.extend_from_slice(&piece),
                _ => break,
            }
        }
        body.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        body
    }

    fn next_piece(&mut self) -> io::Result<Vec<u8>> {
        self.pieces.recv_timeout(self.patience).unwrap_or_else(|error| {
            Err(match error {
                RecvTimeoutError::Timeout => io::Error::new(
                    ErrorKind::TimedOut,
                    format!("nothing came for {} s (--response-timeout)", self.patience.as_secs()),
                ),
                RecvTimeoutError::Disconnected => ErrorKind::UnexpectedEof.into(),
            })
        })
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.piece.len() && !self.has_ended {
            self.piece = self.next_piece()?;
            self.taken = 0;
            self.has_ended = self.piece.is_empty();
        }
        let count = into.len().min(self.piece.len() - self.taken);
        into[..count].copy_from_slice(&self.piece[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

/// Sends piece after piece, an empty one at the end, until nobody wants more.
fn pump(mut reader: impl Read, sender: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut piece = vec![0; PIECE];
        let read = reader.read(&mut piece);
        if read.as_ref().is_err_and(|error| error.kind() == ErrorKind::Interrupted) {
            continue;
        }
        let is_last = !matches!(read, Ok(1..));
        let piece = read.map(|count| {
            piece.truncate(count);
            piece
        });
        if sender.send(piece).is_err() || is_last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_comes_in_order_to_the_end() {
        let bytes: Vec<u8> = (0..300_000_u32).map(|number| (number % 251) as u8).collect();
        let mut stream = Stream::of(io::Cursor::new(bytes.clone()), Duration::from_secs(60));
        let mut read = Vec::new();
        stream.read_to_end(&mut read).unwrap();
        assert_eq!(read, bytes);
        assert_eq!(stream.read(&mut [0; 8]).unwrap(), 0, "the end stays the end");
    }

    struct Broken(bool);

    impl Read for Broken {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if std::mem::replace(&mut self.0, true) {
                return Err(ErrorKind::ConnectionReset.into());
            }
            into[0] = b'x';
            Ok(1)
        }
    }

    #[test]
    fn of_a_refusal_some_is_enough() {
        struct Drip;
        impl Read for Drip {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                thread::sleep(Duration::from_millis(1));
                into[0] = b'x';
                Ok(1)
            }
        }
        let soon = || Instant::now() + Duration::from_millis(50);
        let some = Stream::of(Drip, Duration::from_secs(60)).read_some(1 << 20, soon());
        assert!(!some.is_empty() && some.len() < 1000, "{}", some.len());
        let all = Stream::of(io::Cursor::new(vec![1; 500]), Duration::from_secs(60));
        assert_eq!(all.read_some(100, soon()).len(), 100);
    }

    #[test]
    fn what_breaks_off_and_what_falls_silent_is_an_error() {
        let mut text = String::new();
        let error = Stream::of(Broken(false), Duration::from_secs(60)).read_to_string(&mut text).unwrap_err();
        assert_eq!((text.as_str(), error.kind()), ("x", ErrorKind::ConnectionReset));
        struct Silent;
        impl Read for Silent {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                thread::sleep(Duration::from_secs(5));
                Ok(0)
            }
        }
        let error = Stream::of(Silent, Duration::from_millis(10)).read(&mut [0; 8]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}
