//! Each way of the switch, seen from both ends.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};
use testkit::TcpSwitch;

/// A server that says its name once, and then whatever it is told. It lives as long as the test process.
fn echo(name: u8) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let _ = connection.write_all(&[name]);
                let mut back = connection.try_clone().unwrap();
                let _ = std::io::copy(&mut connection, &mut back);
            });
        }
    });
    port
}

fn connect(switch: &TcpSwitch) -> TcpStream {
    let connection = TcpStream::connect(("127.0.0.1", switch.port())).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    connection
}

fn next(connection: &mut TcpStream) -> std::io::Result<u8> {
    let mut byte = [0];
    connection.read_exact(&mut byte)?;
    Ok(byte[0])
}

/// Whether nothing arrives for a moment.
fn is_silent(connection: &mut TcpStream) -> bool {
    connection.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let silent = next(connection).is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
    connection.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    silent
}

#[test]
fn a_cut_resets_what_is_there_and_lets_new_ones_in() {
    let switch = TcpSwitch::to_port(echo(b'a'));
    let mut connection = connect(&switch);
    assert_eq!(next(&mut connection).unwrap(), b'a');
    connection.write_all(b"x").unwrap();
    assert_eq!(next(&mut connection).unwrap(), b'x');
    assert_eq!(switch.connections(), 1);
    switch.cut();
    assert_eq!(next(&mut connection).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(switch.connections(), 0);
    assert_eq!(next(&mut connect(&switch)).unwrap(), b'a');
}

#[test]
fn refusing_leaves_what_is_there() {
    let switch = TcpSwitch::to_port(echo(b'a'));
    let mut old = connect(&switch);
    assert_eq!(next(&mut old).unwrap(), b'a');
    switch.refuse();
    assert_eq!(next(&mut connect(&switch)).unwrap_err().kind(), ErrorKind::ConnectionReset);
    old.write_all(b"x").unwrap();
    assert_eq!(next(&mut old).unwrap(), b'x');
    switch.pass();
    assert_eq!(next(&mut connect(&switch)).unwrap(), b'a');
}

#[test]
fn a_stall_holds_back_old_and_new_and_loses_nothing() {
    let switch = TcpSwitch::to_port(echo(b'a'));
    let mut old = connect(&switch);
    assert_eq!(next(&mut old).unwrap(), b'a');
    switch.stall();
    let mut new = connect(&switch);
    old.write_all(b"x").unwrap();
    assert!(is_silent(&mut old) && is_silent(&mut new));
    switch.pass();
    assert_eq!((next(&mut old).unwrap(), next(&mut new).unwrap()), (b'x', b'a'));
}

#[test]
fn a_stalled_connection_can_be_cut() {
    let switch = TcpSwitch::to_port(echo(b'a'));
    switch.stall();
    let mut connection = connect(&switch);
    while switch.connections() == 0 {
        std::thread::yield_now();
    }
    switch.cut();
    assert_eq!(next(&mut connection).unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_delay_is_felt_in_each_direction() {
    let switch = TcpSwitch::to_port(echo(b'a'));
    let mut connection = connect(&switch);
    assert_eq!(next(&mut connection).unwrap(), b'a');
    switch.delay(Duration::from_millis(100));
    let began = Instant::now();
    connection.write_all(b"x").unwrap();
    assert_eq!(next(&mut connection).unwrap(), b'x');
    assert!(began.elapsed() >= Duration::from_millis(200), "a lower bound, which no slow machine breaks");
}

#[test]
fn a_balancer_takes_turns_and_passes_those_that_refuse() {
    let (one, other) = (echo(b'a'), echo(b'b'));
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let switch = TcpSwitch::to_ports(&[one, other]);
    let answers = |count: usize| (0..count).map(|_| next(&mut connect(&switch)).unwrap()).collect::<Vec<_>>();
    assert_eq!(answers(4), b"abab");
    let switch = TcpSwitch::to_ports(&[dead, other]);
    let answers = |count: usize| (0..count).map(|_| next(&mut connect(&switch)).unwrap()).collect::<Vec<_>>();
    assert_eq!(answers(3), b"bbb");
    switch.retarget(dead);
    assert_eq!(next(&mut connect(&switch)).unwrap_err().kind(), ErrorKind::ConnectionReset);
    switch.retarget(one);
    assert_eq!(next(&mut connect(&switch)).unwrap(), b'a');
}
