//! A connection whose peer must keep going: a write that makes no progress for too long ends it, and so
//! does the head of a request that does not arrive. Standing idle between two requests is another matter,
//! which hyper's own timer ends: it cannot tell the two apart.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// What the service tells the connection: which bytes are the head of a request, and which are not.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicUsize>);

impl Progress {
    /// Runs what answers a request whose head has arrived.
    pub async fn of_request<F: Future>(self, answer: F) -> F::Output {
        self.0.fetch_add(1, Ordering::Relaxed);
        let answer = answer.await;
        self.0.fetch_add(1, Ordering::Relaxed);
        answer
    }

    /// Which of the pauses between requests this is; `None` inside a request.
    fn pause(&self) -> Option<usize> {
        let steps = self.0.load(Ordering::Relaxed);
        steps.is_multiple_of(2).then_some(steps)
    }
}

/// A TCP connection with an end to patience.
#[derive(Debug)]
pub struct Impatient {
    stream: TcpStream,
    progress: Progress,
    head_patience: Duration,
    write_patience: Duration,
    /// Runs from the first byte of a head, in the pause it belongs to.
    head_deadline: Option<(usize, Pin<Box<Sleep>>)>,
    /// Runs while a write waits.
    write_deadline: Option<Pin<Box<Sleep>>>,
}

impl Impatient {
    /// Wraps a `stream` that was just accepted: its first head is awaited from now on.
    pub fn new(
        stream: TcpStream,
        progress: Progress,
        head_patience: Duration,
        write_patience: Duration,
    ) -> Self {
        let head_deadline = Some((0, after(head_patience)));
        Self { stream, progress, head_patience, write_patience, head_deadline, write_deadline: None }
    }

    /// Starts and ends the time of a head; `Ready` when it is over.
    fn watch_head(&mut self, context: &mut Context<'_>, bytes_came: bool) -> Poll<()> {
        let pause = self.progress.pause();
        self.head_deadline.take_if(|(began_in, _)| Some(*began_in) != pause);
        match (pause, &mut self.head_deadline) {
            (Some(_), Some((_, deadline))) if !bytes_came => deadline.as_mut().poll(context),
            (Some(pause), none @ None) if bytes_came => {
                *none = Some((pause, after(self.head_patience)));
                Poll::Pending
            }
            _ => Poll::Pending,
        }
    }

    fn watch_write<T>(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if let Poll::Ready(done) = write(Pin::new(&mut self.stream), context) {
            self.write_deadline = None;
            return Poll::Ready(done);
        }
        let patience = self.write_patience;
        let deadline = self.write_deadline.get_or_insert_with(|| after(patience));
        deadline.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

fn after(patience: Duration) -> Pin<Box<Sleep>> {
    Box::pin(sleep_until(Instant::now() + patience))
}

impl AsyncRead for Impatient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        match self.watch_head(context, read.is_ready()) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => read,
        }
    }
}

impl AsyncWrite for Impatient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.watch_write(context, |stream, context| stream.poll_write(context, buffer))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.watch_write(context, |stream, context| stream.poll_write_vectored(context, buffers))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.watch_write(context, |stream, context| stream.poll_flush(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.watch_write(context, |stream, context| stream.poll_shutdown(context))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    const SHORT: Duration = Duration::from_millis(60);
    const LONG: Duration = Duration::from_secs(60);

    async fn connection(head: Duration, write: Duration) -> (TcpStream, Progress, Impatient) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let progress = Progress::default();
        let (stream, _) = listener.accept().await.unwrap();
        (peer, progress.clone(), Impatient::new(stream, progress, head, write))
    }

    /// Whether a read waits for three times the patience.
    async fn waits(connection: &mut Impatient) -> bool {
        match tokio::time::timeout(SHORT * 3, connection.read_u8()).await {
            Err(_) => true,
            Ok(ended) => {
                assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);
                false
            }
        }
    }

    #[tokio::test]
    async fn a_peer_that_does_not_read_is_given_up() {
        let (_peer, _, mut connection) = connection(LONG, SHORT).await;
        let block = vec![0; 1 << 20];
        let error = loop {
            if let Err(error) = poll_fn(|context| Pin::new(&mut connection).poll_write(context, &block)).await
            {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_peer_that_sends_no_first_head_is_given_up() {
        let (mut peer, _, mut connection) = connection(SHORT, LONG).await;
        peer.write_all(b"G").await.unwrap();
        assert_eq!(connection.read_u8().await.unwrap(), b'G');
        assert!(!waits(&mut connection).await);
    }

    #[tokio::test]
    async fn bodies_and_pauses_have_time_and_later_heads_have_none() {
        let (mut peer, progress, mut connection) = connection(SHORT, LONG).await;
        progress
            .clone()
            .of_request(async {
                peer.write_all(b"b").await.unwrap();
                assert_eq!(connection.read_u8().await.unwrap(), b'b');
                assert!(waits(&mut connection).await, "for a body");
            })
            .await;
        assert!(waits(&mut connection).await, "for the next request");
        peer.write_all(b"G").await.unwrap();
        assert_eq!(connection.read_u8().await.unwrap(), b'G');
        assert!(!waits(&mut connection).await);
        // A head that was completed in time leaves nothing behind for the pause after it.
        progress.of_request(async {}).await;
        assert!(waits(&mut connection).await, "for the third request");
    }
}
