//! A TCP proxy whose behaviour is switched while it runs, for the connections there are and those to come: a network
//! that partitions, a failover that moves an address, a balancer in front of several servers.

use crate::scripted::Listener;
use rustix::net::sockopt::set_socket_linger;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What it does with what comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Pass,
    Refuse,
    Stall,
}

#[derive(Debug)]
struct State {
    mode: Mode,
    delay: Duration,
    targets: Vec<u16>,
    next: usize,
    /// Both ends of each connection, by number.
    open: Vec<(u64, Arc<TcpStream>, Option<Arc<TcpStream>>)>,
    last: u64,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// The proxy. It ends when dropped, and its connections with it.
#[derive(Debug)]
pub struct TcpSwitch {
    shared: Arc<Shared>,
    listener: Listener,
}

impl TcpSwitch {
    /// A proxy in front of the server on `port` of the loopback address. It passes everything at first.
    pub fn to_port(port: u16) -> Self {
        Self::to_ports(&[port])
    }

    /// A balancer in front of several servers: each connection goes to the next one, past those that refuse.
    pub fn to_ports(ports: &[u16]) -> Self {
        let state = State {
            mode: Mode::Pass,
            delay: Duration::ZERO,
            targets: ports.to_vec(),
            next: 0,
            open: Vec::new(),
            last: 0,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let serving = Arc::clone(&shared);
        let listener = Listener::start(move |client| serving.serve(client));
        Self { shared, listener }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.listener.address.port()
    }

    /// Its address for HTTP, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.listener.address)
    }

    /// How many connections are open through it.
    pub fn connections(&self) -> usize {
        self.shared.lock().open.len()
    }

    /// Forwards everything at once: the end of every trouble. What a stall held back arrives now.
    pub fn pass(&self) {
        self.change(|state| {
            state.mode = Mode::Pass;
            state.delay = Duration::ZERO;
        });
    }

    /// Resets all connections there are. New ones meet what is switched on.
    pub fn cut(&self) {
        self.change(|state| {
            for (_, client, server) in state.open.drain(..) {
                for end in [Some(client), server].into_iter().flatten() {
                    reset(&end);
                }
            }
        });
    }

    /// Resets new connections before they get anywhere. Those there are go on: see [`TcpSwitch::cut`].
    pub fn refuse(&self) {
        self.change(|state| state.mode = Mode::Refuse);
    }

    /// Accepts connections and forwards nothing in any of them, as a network does whose packets are lost.
    pub fn stall(&self) {
        self.change(|state| state.mode = Mode::Stall);
    }

    /// Whatever is sent arrives so much later, in each direction. For questions and answers, not for streams: what is
    /// sent meanwhile waits its turn.
    pub fn delay(&self, delay: Duration) {
        self.change(|state| {
            state.mode = Mode::Pass;
            state.delay = delay;
        });
    }

    /// Sends new connections to another server, as an address does that follows a failover.
    pub fn retarget(&self, port: u16) {
        self.change(|state| state.targets = vec![port]);
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.shared.lock());
        self.shared.changed.notify_all();
    }
}

impl Drop for TcpSwitch {
    fn drop(&mut self) {
        self.refuse();
        self.cut();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(self: &Arc<Self>, client: TcpStream) {
        let client = Arc::new(client);
        let number = {
            let mut state = self.lock();
            state.last += 1;
            let number = state.last;
            state.open.push((number, Arc::clone(&client), None));
            number
        };
        if let Some(server) = self.connect(number) {
            self.run(number, &client, &server);
        } else {
            reset(&client);
        }
        self.lock().open.retain(|(open, _, _)| *open != number);
    }

    /// The next server that takes the connection, once the network lets it through.
    fn connect(&self, number: u64) -> Option<Arc<TcpStream>> {
        let targets = {
            let mut state = self.may_pass(number)?;
            if state.mode == Mode::Refuse {
                return None;
            }
            let mut targets = state.targets.clone();
            let first = state.next % targets.len().max(1);
            targets.rotate_left(first);
            state.next += 1;
            targets
        };
        let server = targets.into_iter().find_map(|port| TcpStream::connect(("127.0.0.1", port)).ok())?;
        let server = Arc::new(server);
        let mut state = self.lock();
        let (_, _, end) = state.open.iter_mut().find(|(open, _, _)| *open == number)?;
        *end = Some(Arc::clone(&server));
        Some(server)
    }

    fn run(self: &Arc<Self>, number: u64, client: &Arc<TcpStream>, server: &Arc<TcpStream>) {
        for end in [client, server] {
            let _ = end.set_nodelay(true);
            let _ = end.set_read_timeout(None);
            // Who does not read holds the thread no longer than this after a cut.
            let _ = end.set_write_timeout(Some(Duration::from_millis(500)));
        }
        let (this, from, to) = (Arc::clone(self), Arc::clone(client), Arc::clone(server));
        let upwards = std::thread::spawn(move || this.pump(number, &from, &to));
        self.pump(number, server, client);
        let _ = upwards.join();
    }

    /// Carries bytes one way until one side ends, or all is cut.
    fn pump(&self, number: u64, mut from: &TcpStream, to: &TcpStream) {
        let mut buffer = [0; 64 * 1024];
        loop {
            let read = match from.read(&mut buffer) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => break reset(to),
            };
            let Some(state) = self.may_pass(number) else { break };
            let delay = state.delay;
            drop(state);
            std::thread::sleep(delay);
            if self.may_pass(number).is_none() {
                break;
            }
            if read == 0 {
                let _ = to.shutdown(Shutdown::Write);
                break;
            }
            if !self.write(number, to, &buffer[..read]) {
                break reset(from);
            }
        }
    }

    fn write(&self, number: u64, mut to: &TcpStream, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            match to.write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                    if self.may_pass(number).is_none() {
                        return false;
                    }
                }
                Err(_) => return false,
            }
        }
        true
    }

    /// Waits until a stall is over; nothing if the connection was cut.
    fn may_pass(&self, number: u64) -> Option<MutexGuard<'_, State>> {
        let is_open = |state: &State| state.open.iter().any(|(open, _, _)| *open == number);
        let stalled = |state: &mut State| state.mode == Mode::Stall && is_open(state);
        let state = self.changed.wait_while(self.lock(), stalled).unwrap_or_else(PoisonError::into_inner);
        is_open(&state).then_some(state)
    }
}

/// Closing sends a reset instead of a goodbye. Ending the reading wakes up who waits in it and sends nothing.
fn reset(end: &TcpStream) {
    let _ = set_socket_linger(end, Some(Duration::ZERO));
    let _ = end.shutdown(Shutdown::Read);
}
