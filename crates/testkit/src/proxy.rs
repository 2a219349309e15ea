//! A TCP proxy that can lose what passes through it, as networks do.

use crate::scripted::Listener;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happens to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// It closes before anything reaches the server.
    Refuse,
    /// The request reaches the server; the answer is lost.
    LoseAnswer,
    /// The answer is cut after so many bytes.
    CutAnswer(usize),
    /// The answer comes late by so many milliseconds.
    Delay(u64),
}

/// The proxy. It ends when dropped.
#[derive(Debug)]
pub struct FaultProxy {
    faults: Arc<Mutex<Vec<Fault>>>,
    listener: Listener,
}

impl FaultProxy {
    /// A proxy in front of the server on `port` of the loopback address. The first connections meet these
    /// faults in turn; all others pass.
    pub fn to_port(port: u16, faults: &[Fault]) -> Self {
        let faults = Arc::new(Mutex::new(faults.iter().rev().copied().collect::<Vec<_>>()));
        let queue = Arc::clone(&faults);
        let server = SocketAddr::from(([127, 0, 0, 1], port));
        let listener = Listener::start(move |client| {
            let fault = queue.lock().expect("no panic holds the lock").pop().unwrap_or(Fault::None);
            // A connection that breaks is what this is for.
            let _ = pass(client, server, fault);
        });
        Self { faults, listener }
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.listener.address)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.listener.address.port()
    }

    /// How many of the faults did not happen yet.
    ///
    /// # Panics
    /// If the proxy panicked.
    pub fn faults_left(&self) -> usize {
        self.faults.lock().expect("no panic holds the lock").len()
    }
}

fn pass(mut client: TcpStream, server: SocketAddr, fault: Fault) -> std::io::Result<()> {
    if fault == Fault::Refuse {
        return client.shutdown(Shutdown::Both);
    }
    let mut server = TcpStream::connect(server)?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let mut buffer = [0; 16 * 1024];
    loop {
        let read = server.read(&mut buffer)?;
        let answer = &buffer[..read];
        match fault {
            Fault::LoseAnswer => return client.shutdown(Shutdown::Both),
            Fault::CutAnswer(at) => {
                client.write_all(&answer[..at.min(read)])?;
                return client.shutdown(Shutdown::Both);
            }
            Fault::Delay(milliseconds) => std::thread::sleep(Duration::from_millis(milliseconds)),
            Fault::None | Fault::Refuse => {}
        }
        if read == 0 {
            return client.shutdown(Shutdown::Write);
        }
        client.write_all(answer)?;
    }
}
