//! Many writers of one configuration, also beside the existing tool: no update is lost, no reader sees half
//! a file. The existing tool is played by its own rules (jf-cli.md 3.5), weaknesses included.

use crate::support::Jf;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, UNIX_EPOCH};

const WRITERS: u32 = 50;

/// Updates of each writer: `JF_TEST_UPDATES` if it is set. Beside the existing tool, which looks at the lock
/// ten times a second only, 200 of them take minutes.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so, not the program under test")]
fn updates(usual: u32) -> u32 {
    std::env::var("JF_TEST_UPDATES").map_or(usual, |number| number.parse().unwrap())
}

#[test]
fn w18_writers_at_the_same_time_lose_nothing() {
    let (jf, updates) = (Jf::new(), updates(200));
    let (is_over, reads) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    // At any moment, without a lock: no file yet or a whole one.
                    if let Ok(text) = fs::read(jf.config_path()) {
                        urls(&text).unwrap();
                        reads.fetch_add(1, Ordering::Relaxed);
                    }
                    sleep(Duration::from_millis(5));
                }
            });
        }
        write(&jf, updates, &is_over);
    });
    assert!(reads.into_inner() > 0);
    check_end(&jf, updates);
    assert_eq!(urls(jf.config_text().as_bytes()).unwrap().len(), WRITERS as usize);
}

#[test]
fn w18_w36_the_existing_tool_and_jf_lose_nothing_to_each_other() {
    let (jf, updates) = (Jf::new(), updates(20));
    // With a server before all, so that there is a file to read.
    jf.run(&["config", "add", "first", "--url=https://h", "--access-token=t"]).ok();
    let (is_over, changes) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let tool = ExistingTool { home: jf.home() };
            while !is_over.load(Ordering::Relaxed) {
                let n = changes.fetch_add(1, Ordering::Relaxed);
                tool.add(&format!("go-{n}"));
                sleep(Duration::from_millis(u64::from(n % 7) * 50));
            }
        });
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    jf.run(&["config", "show", "first"]).ok();
                    sleep(Duration::from_millis(50));
                }
            });
        }
        write(&jf, updates, &is_over);
    });
    check_end(&jf, updates);
    let ids: Vec<String> = urls(jf.config_text().as_bytes()).unwrap().into_iter().map(|(id, _)| id).collect();
    let missing: Vec<String> =
        (0..changes.into_inner()).map(|n| format!("go-{n}")).filter(|id| !ids.contains(id)).collect();
    assert_eq!(missing, [""; 0], "changes of the existing tool were lost");
}

/// Runs all writers to their end, and says when they are there, be it by a failure.
fn write(jf: &Jf, updates: u32, is_over: &AtomicBool) {
    struct SayOver<'a>(&'a AtomicBool);
    impl Drop for SayOver<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let _say_over = SayOver(is_over);
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            scope.spawn(move || write_one(jf, writer, updates));
        }
    });
}

fn write_one(jf: &Jf, writer: u32, updates: u32) {
    let id = format!("p-{writer}");
    for n in 0..updates {
        if n > 0 {
            assert_eq!(url_of(jf, &id), Some(format!("https://h/{}/", n - 1)), "{id}: an update was lost");
        }
        let url = format!("https://h/{n}");
        let add = ["config", "add", &id, "--url", &url, "--access-token", "t", "--overwrite"];
        jf.run(&[&add[..], &["--interactive=false"]].concat()).ok();
    }
}

#[track_caller]
fn check_end(jf: &Jf, updates: u32) {
    for writer in 0..WRITERS {
        assert_eq!(url_of(jf, &format!("p-{writer}")), Some(format!("https://h/{}/", updates - 1)));
    }
    let left: Vec<_> = fs::read_dir(jf.home()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
    assert_eq!(fs::read_dir(jf.home().join("locks/config")).unwrap().count(), 0);
}

/// The url that the file has for this server. A file that the existing tool is filling is read again.
fn url_of(jf: &Jf, id: &str) -> Option<String> {
    let mut glances = 0..1000;
    loop {
        match urls(&fs::read(jf.config_path()).unwrap()) {
            Some(urls) => return urls.into_iter().find(|(other, _)| other == id).map(|(_, url)| url),
            None => assert!(glances.next().is_some(), "the file stays broken"),
        }
        sleep(Duration::from_millis(1));
    }
}

/// Ids and urls of a whole file.
fn urls(text: &[u8]) -> Option<Vec<(String, String)>> {
    let config: Value = serde_json::from_slice(text).ok()?;
    let text = |server: &Value, field| server[field].as_str().unwrap_or_default().to_owned();
    Some(
        config["servers"]
            .as_array()?
            .iter()
            .map(|server| (text(server, "serverId"), text(server, "url")))
            .collect(),
    )
}

/// The existing tool, as far as it changes the file.
struct ExistingTool {
    home: PathBuf,
}

impl ExistingTool {
    /// Adds a server under the lock, by emptying the file and filling it.
    fn add(&self, id: &str) {
        let lock = self.lock();
        let path = self.home.join("jfrog-cli.conf.v6");
        let mut config: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let server = serde_json::json!({ "url": "https://go/", "serverId": id });
        config["servers"].as_array_mut().unwrap().push(server);
        fs::write(&path, serde_json::to_vec_pretty(&config).unwrap()).unwrap();
        fs::remove_file(lock).unwrap();
    }

    fn lock(&self) -> PathBuf {
        let folder = self.home.join("locks/config");
        fs::create_dir_all(&folder).unwrap();
        let time = nanos();
        // Here it may lose the processor for a while: its time is taken, its file is not there.
        let own = folder.join(format!("jfrog-cli.conf.lck.{}.{time}", std::process::id()));
        fs::File::create_new(&own).unwrap();
        let mut files = list(&folder);
        for round in 0..=1200 {
            assert!(round < 1200, "lock hasn't been acquired");
            if files.len() == 1 {
                return own;
            }
            let mut locks: Vec<_> = files.iter().map(|path| (parse(path), path)).collect();
            locks.sort_by_key(|((time, _), _)| *time);
            let ((oldest, pid), path) = locks[0];
            if oldest == time && pid == std::process::id().cast_signed() {
                return own;
            }
            // It looks at the folder anew only if the oldest lock is gone.
            if !path.exists() {
                files = list(&folder);
            } else if is_dead(pid) {
                let _ = fs::remove_file(path);
                files = list(&folder);
            } else {
                sleep(Duration::from_millis(100));
            }
        }
        own
    }
}

fn list(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Time and process. The existing tool fails on any other name.
fn parse(path: &Path) -> (i64, i32) {
    let parts: Vec<_> = path.file_name().unwrap().to_str().unwrap().split('.').collect();
    assert_eq!(parts.len(), 5, "{path:?}");
    (parts[4].parse().unwrap(), parts[3].parse().unwrap())
}

fn is_dead(pid: i32) -> bool {
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH)
}

#[expect(
    clippy::disallowed_methods,
    reason = "processes that share nothing but the system's time are played"
)]
fn nanos() -> i64 {
    std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos().try_into().unwrap()
}
