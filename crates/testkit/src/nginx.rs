//! Runs a real nginx on a scratch folder and a free port, as an ordinary process.

use crate::http::Http;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// An nginx of this test's own, killed when dropped.
#[derive(Debug)]
pub struct Nginx {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Nginx {
    /// Starts one with this inside `http`; `listen` says on which port the text listens.
    ///
    /// # Panics
    /// If it does not start.
    #[track_caller]
    pub fn start(text: &str, listen: &str) -> Self {
        for _ in 0..20 {
            let folder = tempfile::tempdir().expect("a temporary folder");
            // Somebody else may take it in between; then the next one.
            let port = free_port();
            let text = text.replacen(&format!("listen {listen};"), &format!("listen 127.0.0.1:{port};"), 1);
            assert!(text.contains(&format!("listen 127.0.0.1:{port};")), "{text}");
            let path = folder.path().display();
            let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .iter()
                .map(|what| format!("    {what}_temp_path {path}/{what};\n"))
                .collect();
            let file = folder.path().join("nginx.conf");
            let whole = format!(
                "daemon off;\nmaster_process off;\npid {path}/pid;\nerror_log {path}/error.log;\n\
                 events {{ worker_connections 64; }}\nhttp {{\n    access_log off;\n{temporary}{text}\n}}\n"
            );
            fs::write(&file, whole).expect("the folder can be written");
            let mut command = Command::new(program());
            command.arg("-c").arg(&file).arg("-e").arg(folder.path().join("error.log"));
            let child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("nginx can be run");
            let mut nginx = Self { child, port, folder };
            if nginx.is_ready() {
                return nginx;
            }
        }
        panic!("nginx did not start");
    }

    fn is_ready(&mut self) -> bool {
        for _ in 0..1000 {
            if self.child.try_wait().expect("the child can be waited for").is_some() {
                let log = fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default();
                assert!(log.contains("Address already in use"), "{log}");
                return false;
            }
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A client for it.
    pub fn http(&self) -> Http {
        Http::on_port(self.port)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// Debian keeps it where the path of ordinary users does not lead.
fn program() -> &'static str {
    let known = ["/usr/sbin/nginx", "/usr/local/sbin/nginx"];
    known.into_iter().find(|place| Path::new(place).is_file()).unwrap_or("nginx")
}
