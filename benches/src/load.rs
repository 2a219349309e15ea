//! The load generator: HTTP/1.1 over connections that stay open, one thread, no async runtime.
//!
//! An open stream sends at fixed moments, whatever became of the requests before, and its latencies count from the
//! moment a request was to be sent: a service that stalls makes all that come meanwhile late, not one. A closed stream
//! sends on each connection as soon as the answer before has come: it finds the highest rate.

use crate::answer::Answer;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Requests of one kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stream<'a> {
    /// The bytes of each request, sent in turn, from the beginning again behind the last.
    pub(crate) requests: &'a [Vec<u8>],
    /// Most requests under way at a time.
    pub(crate) connections: usize,
    /// Requests a second; `None` = closed.
    pub(crate) rate: Option<f64>,
}

/// What became of a stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    /// Answers in the measured time.
    pub(crate) answers: u64,
    /// The measured time.
    pub(crate) length: Duration,
    /// From the intended send time to the last byte of the answer; an unsent request counts until the end.
    latencies: Vec<Duration>,
}

impl Outcome {
    /// Answers a second.
    pub(crate) fn rate(&self) -> f64 {
        self.answers as f64 / self.length.as_secs_f64()
    }

    /// The latency that `share` of all requests did not exceed, in microseconds.
    pub(crate) fn latency(&mut self, share: f64) -> f64 {
        self.latencies.sort_unstable();
        let at = (self.latencies.len() as f64 * share) as usize;
        self.latencies.get(at).or(self.latencies.last()).map_or(f64::NAN, |it| it.as_secs_f64() * 1e6)
    }
}

/// Runs all streams at once, first unmeasured, then measured.
///
/// # Errors
/// No connection, or an answer other than 200 or 204, which is quoted.
pub(crate) fn run(
    address: SocketAddr,
    streams: &[Stream<'_>],
    warm_up: Duration,
    length: Duration,
) -> io::Result<Vec<Outcome>> {
    let mut generator = Generator::connect(address, streams)?;
    let from = Instant::now() + warm_up;
    generator.run(from, from + length)?;
    Ok(generator.finish(length, from + length))
}

/// One open stream on one connection, for a fixed number of requests.
///
/// # Errors
/// As [`run`].
pub(crate) fn each_once(
    address: SocketAddr,
    requests: &[Vec<u8>],
    connections: usize,
) -> io::Result<Outcome> {
    let mut generator = Generator::connect(address, &[Stream { requests, connections, rate: None }])?;
    generator.lanes[0].left = Some(requests.len());
    let from = Instant::now();
    generator.run(from, from + Duration::from_secs(600))?;
    Ok(generator.finish(from.elapsed(), from).remove(0))
}

struct Generator<'a> {
    poll: Poll,
    lanes: Vec<Lane<'a>>,
    connections: Vec<Connection>,
}

/// A stream while it runs.
struct Lane<'a> {
    stream: Stream<'a>,
    next: usize,
    /// Requests that may still be sent; `None` = any number.
    left: Option<usize>,
    due: Instant,
    /// Intended send times of requests for which no connection was free.
    waiting: VecDeque<Instant>,
    idle: Vec<usize>,
    outcome: Outcome,
}

struct Connection {
    socket: TcpStream,
    lane: usize,
    /// When the request under way was to be sent.
    intended: Option<Instant>,
    answer: Answer,
}

impl<'a> Generator<'a> {
    fn connect(address: SocketAddr, streams: &[Stream<'a>]) -> io::Result<Self> {
        let poll = Poll::new()?;
        let mut connections = Vec::new();
        let mut lanes = Vec::new();
        for (lane, stream) in streams.iter().enumerate() {
            let first = connections.len();
            for number in first..first + stream.connections {
                let socket = std::net::TcpStream::connect(address)?;
                socket.set_nodelay(true)?;
                socket.set_nonblocking(true)?;
                let mut socket = TcpStream::from_std(socket);
                poll.registry().register(&mut socket, Token(number), Interest::READABLE)?;
                connections.push(Connection { socket, lane, intended: None, answer: Answer::default() });
            }
            lanes.push(Lane {
                stream: *stream,
                next: 0,
                left: None,
                due: Instant::now(),
                waiting: VecDeque::new(),
                idle: (first..connections.len()).collect(),
                outcome: Outcome::default(),
            });
        }
        Ok(Self { poll, lanes, connections })
    }

    fn run(&mut self, from: Instant, until: Instant) -> io::Result<()> {
        let mut events = Events::with_capacity(256);
        // To wait for less than a millisecond, the system's polling is too coarse: an open stream has a core to itself.
        let timeout = match self.lanes.iter().any(|lane| lane.stream.rate.is_some()) {
            true => Duration::ZERO,
            false => Duration::from_millis(50),
        };
        loop {
            let now = Instant::now();
            let all_done = self.lanes.iter().all(Lane::is_done);
            if now >= until || all_done {
                return Ok(());
            }
            for lane in 0..self.lanes.len() {
                self.send_what_is_due(lane, now)?;
            }
            match self.poll.poll(&mut events, Some(timeout)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            }
            for event in &events {
                self.receive(event.token().0, from, until)?;
            }
        }
    }

    fn send_what_is_due(&mut self, number: usize, now: Instant) -> io::Result<()> {
        let lane = &mut self.lanes[number];
        if let Some(rate) = lane.stream.rate {
            while lane.due <= now {
                lane.waiting.push_back(lane.due);
                lane.due += Duration::from_secs_f64(1.0 / rate);
            }
            while let Some(intended) = lane.waiting.front().copied()
                && let Some(idle) = lane.idle.pop()
            {
                lane.waiting.pop_front();
                self.connections[idle].send(lane, intended)?;
            }
        } else {
            while lane.left != Some(0)
                && let Some(idle) = lane.idle.pop()
            {
                self.connections[idle].send(lane, now)?;
            }
        }
        Ok(())
    }

    fn receive(&mut self, number: usize, from: Instant, until: Instant) -> io::Result<()> {
        let connection = &mut self.connections[number];
        let lane = &mut self.lanes[connection.lane];
        if !connection.answer.read(&mut connection.socket)? {
            return Ok(());
        }
        let now = Instant::now();
        if let Some(intended) = connection.intended.take() {
            if now >= from && now < until {
                lane.outcome.answers += 1;
            }
            if intended >= from {
                lane.outcome.latencies.push(now - intended);
            }
        }
        lane.idle.push(number);
        Ok(())
    }

    fn finish(self, length: Duration, until: Instant) -> Vec<Outcome> {
        let with_unsent = |mut lane: Lane<'_>| {
            let unsent = lane.waiting.iter().map(|intended| until.saturating_duration_since(*intended));
            lane.outcome.latencies.extend(unsent);
            Outcome { length, ..lane.outcome }
        };
        self.lanes.into_iter().map(with_unsent).collect()
    }
}

impl Lane<'_> {
    /// Whether nothing is to be sent or awaited any more.
    fn is_done(&self) -> bool {
        self.left == Some(0) && self.idle.len() == self.stream.connections
    }
}

impl Connection {
    fn send(&mut self, lane: &mut Lane<'_>, intended: Instant) -> io::Result<()> {
        let request = &lane.stream.requests[lane.next % lane.stream.requests.len()];
        lane.next += 1;
        lane.left = lane.left.map(|left| left - 1);
        self.intended = Some(intended);
        // A request is small, and nothing waits in the socket's buffer before it.
        match self.socket.write(request)? {
            written if written == request.len() => Ok(()),
            _ => Err(io::Error::other("a request was written in part")),
        }
    }
}
