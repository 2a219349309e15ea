//! A rolling update: replicas end one after the other and come again, under the requests of clients that keep their
//! connections. What such a connection loses when it is closed the client asks once more, and then it is answered.

use crate::TOKENS;
use crate::shared_database::Replicas;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use testkit::{TcpSwitch, unique};

/// A client with one connection at a time, as HTTP libraries are.
struct Client {
    port: u16,
    connection: Option<BufReader<TcpStream>>,
}

impl Client {
    /// Sends a request and reads the status; whether it had to be sent twice. A connection that broke is nobody's
    /// fault once.
    fn ask(&mut self, request: &str) -> (u16, bool) {
        if let Ok(status) = self.once(request) {
            return (status, false);
        }
        self.connection = None;
        (self.once(request).expect("the second try is answered"), true)
    }

    fn once(&mut self, request: &str) -> io::Result<u16> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => BufReader::new(TcpStream::connect(("127.0.0.1", self.port))?),
        };
        connection.get_ref().set_read_timeout(Some(Duration::from_secs(60)))?;
        connection.get_mut().write_all(request.as_bytes())?;
        let (mut status, mut length, mut closes) = (0, 0, false);
        for number in 0.. {
            let mut line = String::new();
            if connection.read_line(&mut line)? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end().to_ascii_lowercase();
            match line.split_once(": ") {
                _ if number == 0 => status = line.split(' ').nth(1).unwrap().parse().unwrap(),
                Some(("content-length", value)) => length = value.parse().unwrap(),
                Some(("connection", "close")) => closes = true,
                _ if line.is_empty() => break,
                _ => {}
            }
        }
        connection.read_exact(&mut vec![0; length])?;
        self.connection = (!closes).then_some(connection);
        Ok(status)
    }
}

fn request(method: &str, path: &str, token: &str, more: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: balancer\r\nAuthorization: Bearer {token}\r\n{more}\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

#[test]
fn a_rolling_restart_loses_no_request() {
    let replicas = Replicas::start(2);
    let balancer = TcpSwitch::to_ports(&replicas.ports());
    let frog = replicas[0].new_user("frog");
    let (over, answered, again) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let (made, later) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        let mut client = Client { port: balancer.port(), connection: None };
        while !over.load(Ordering::SeqCst) {
            let key = format!("Idempotency-Key: {}\r\n", unique("key-of-a-rolling-restart"));
            for request in [
                request("GET", &format!("{TOKENS}/me"), &frog.token, "", ""),
                request("POST", TOKENS, &frog.token, &key, r#"{"expires_in": 3600}"#),
            ] {
                let (mut status, was_repeated) = client.ask(&request);
                // On a machine that is busy with other tests the database may not answer in time.
                for _ in 0..100 {
                    if status == 503 {
                        later.fetch_add(1, Ordering::SeqCst);
                        status = client.ask(&request).0;
                    }
                }
                assert_eq!(status, 200, "{request}");
                answered.fetch_add(1, Ordering::SeqCst);
                again.fetch_add(usize::from(was_repeated), Ordering::SeqCst);
            }
            made.fetch_add(1, Ordering::SeqCst);
        }
    };
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..6).map(|_| scope.spawn(work)).collect();
        for round in 0..6 {
            let before = answered.load(Ordering::SeqCst);
            while answered.load(Ordering::SeqCst) < before + 30
                && clients.iter().any(|one| !one.is_finished())
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            let accessd = &replicas[round % 2];
            assert_eq!(accessd.stop(), Some(0));
            accessd.restart();
        }
        over.store(true, Ordering::SeqCst);
    });
    let (answered, again) = (answered.into_inner(), again.into_inner());
    println!("{answered} answered, {again} of them on a second connection; {later:?} times \"later\"");
    assert!(replicas.all().iter().all(|accessd| !accessd.log().contains("cut off")), "nothing was cut off");
    assert_eq!(replicas[0].tokens_of(&frog.name).len(), made.into_inner() + 1, "none was made twice");
}
