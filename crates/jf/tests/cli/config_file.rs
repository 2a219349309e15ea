//! The configuration file in a rough world: open modes, broken contents, locks of the living and the dead.

use crate::support::{Jf, Server, names};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, SystemTime};

const ONE: &str = r#"{"servers":[{"url":"https://h/","serverId":"one","isDefault":true}],"version":"6"}"#;
const ADD: [&str; 6] = ["config", "add", "new", "--url=https://h", "--access-token=t", "--overwrite"];

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A lock in the existing tool's folder, taken long ago by this process.
fn lock(jf: &Jf, pid: u32) -> std::path::PathBuf {
    let folder = jf.home().join("locks/config");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("jfrog-cli.conf.lck.{pid}.1700000000000000000"));
    fs::write(&path, "").unwrap();
    path
}

fn process() -> Child {
    Command::new("sleep").arg("100").spawn().unwrap()
}

fn end(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_is_made_is_for_the_owner_only_whatever_the_umask() {
    for umask in ["000", "077"] {
        let jf = Jf::new();
        let shell = format!("umask {umask} && exec \"$0\" \"$@\"");
        let program = env!("CARGO_BIN_EXE_jf");
        let mut command = Command::new("sh");
        command.args(["-c", &shell, program]).args(ADD).env_clear().env("JFROG_CLI_HOME_DIR", jf.home());
        assert!(command.output().unwrap().status.success());
        for folder in [jf.home(), jf.home().join("locks"), jf.home().join("locks/config")] {
            assert_eq!(mode(&folder), 0o700, "{umask} {folder:?}");
        }
        for name in ["jfrog-cli.conf.v6", "jfrog-cli.conf.v6.bak", "locks/jf.lock"] {
            assert_eq!(mode(&jf.home().join(name)), 0o600, "{umask} {name}");
        }
        assert_eq!(names(&jf.home()), ["jfrog-cli.conf.v6", "jfrog-cli.conf.v6.bak", "locks"]);
        assert_eq!(names(&jf.home().join("locks/config")), [""; 0]);
    }
}

#[test]
fn w20_what_is_open_to_others_is_closed_with_a_warning_each() {
    let jf = Jf::new().config(ONE);
    set_mode(&jf.home(), 0o755);
    set_mode(&jf.config_path(), 0o644);
    let run = jf.run(&["c", "use", "one"]).ok();
    assert_eq!(run.stderr.matches("[Warn]").count(), 2, "{run:?}");
    for part in ["home, the folder", "0755", "jfrog-cli.conf.v6, the file", "0644"] {
        assert!(run.stderr.contains(part), "{part} is missing in {run:?}");
    }
    assert_eq!((mode(&jf.home()), mode(&jf.config_path())), (0o700, 0o600));
    assert!(!jf.run(&["c", "show"]).ok().stderr.contains("[Warn]"));
}

#[test]
fn a_folder_that_others_share_is_left_as_it_is() {
    let jf = Jf::new().config(ONE);
    set_mode(&jf.home(), 0o1777);
    let run = jf.run(&["c", "show"]).ok();
    assert_eq!(run.stderr.matches("[Warn]").count(), 1, "{run:?}");
    assert!(run.stderr.contains("can be written by others (mode 1777): whoever writes there"), "{run:?}");
    assert_eq!(mode(&jf.home()), 0o1777);
    set_mode(&jf.home(), 0o755);
    fs::remove_file(jf.config_path()).unwrap();
    assert_eq!(jf.run(&["c", "show"]).ok().stderr, "");
    assert_eq!(mode(&jf.home()), 0o755);
}

#[test]
fn somebody_elses_folder_is_left_as_it_is() {
    let jf = Jf::new().config(ONE);
    set_mode(&jf.home(), 0o755);
    // Only root can give a folder away; for others there is nothing to see here.
    if chown(jf.home(), Some(12345), None).is_ok() {
        let run = jf.run(&["c", "show"]).ok();
        assert_eq!(run.stderr.matches("[Warn]").count(), 1, "{run:?}");
        assert!(run.stderr.contains("belongs to another user (12345): whoever writes there"), "{run:?}");
        assert_eq!(mode(&jf.home()), 0o755);
    }
}

/// A project's folder, or `/`, keeps its mode; what jf puts into its home makes no other folder of it.
#[test]
fn only_a_folder_of_jfs_own_is_closed() {
    for (entry, was, is) in [
        ("Cargo.toml", 0o755, 0o755),
        ("Cargo.toml", 0o775, 0o775),
        ("etc", 0o755, 0o755),
        ("jfrog_bash_completion.sh", 0o775, 0o700),
        ("plugins", 0o755, 0o700),
        ("jfrog-cli.conf.v5", 0o777, 0o700),
    ] {
        let jf = Jf::new().config(ONE);
        fs::write(jf.home().join(entry), "").unwrap();
        set_mode(&jf.home(), was);
        set_mode(&jf.config_path(), 0o640);
        let run = jf.run(&["c", "use", "one"]).ok();
        assert_eq!((mode(&jf.home()), mode(&jf.config_path())), (is, 0o600), "{entry}");
        let of_folder: Vec<_> = run.stderr.lines().filter(|line| line.contains("home, the folder")).collect();
        let stays_writable = is & 0o022 != 0;
        assert_eq!(of_folder.len(), usize::from(is == 0o700 || stays_writable), "{entry} {run:?}");
        assert_eq!(run.stderr.contains("whoever writes there"), stays_writable, "{entry} {run:?}");
    }
}

/// `sudo jf` on a user's home must not lock the user out of it.
#[test]
fn what_root_writes_into_somebodys_home_is_that_ones() {
    let jf = Jf::new().config(ONE);
    // Only root can give a folder away; for others there is nothing to see here.
    if chown(jf.home(), Some(12345), Some(23456)).is_err() {
        return;
    }
    jf.run(&ADD).ok();
    for name in ["jfrog-cli.conf.v6", "jfrog-cli.conf.v6.bak", "locks", "locks/config", "locks/jf.lock"] {
        let found = fs::metadata(jf.home().join(name)).unwrap();
        assert_eq!((found.uid(), found.gid()), (12345, 23456), "{name}");
    }
    assert_eq!(mode(&jf.config_path()), 0o600);
}

/// The home's owner can put links and files of root's there: none of them is followed, emptied, narrowed or given
/// away.
#[test]
fn root_touches_nothing_that_lies_elsewhere() {
    let elsewhere = tempfile::tempdir().unwrap();
    let linked = elsewhere.path().join("linked");
    let world = || {
        fs::write(&linked, ONE).unwrap();
        set_mode(&linked, 0o644);
        let jf = Jf::new();
        fs::create_dir(jf.home()).unwrap();
        jf
    };
    let is_untouched = || {
        let found = fs::metadata(&linked).unwrap();
        assert_eq!(
            (found.uid(), mode(&linked), fs::read_to_string(&linked).unwrap()),
            (0, 0o644, ONE.to_owned())
        );
    };

    let jf = world();
    symlink(&linked, jf.config_path()).unwrap();
    if chown(jf.home(), Some(12345), None).is_err() {
        return;
    }
    jf.run(&["config", "show"]).ok();
    jf.run(&ADD).fails(1, &["is a link in another user's folder"]);
    is_untouched();

    let jf = world();
    symlink(elsewhere.path(), jf.home().join("locks")).unwrap();
    chown(jf.home(), Some(12345), None).unwrap();
    jf.run(&ADD).fails(1, &["locks in another user's folder is not what jf makes there"]);
    assert_eq!(names(elsewhere.path()), ["linked"]);

    let jf = world();
    fs::create_dir(jf.home().join("locks")).unwrap();
    fs::rename(&linked, jf.home().join("locks/jf.lock")).unwrap();
    chown(jf.home(), Some(12345), None).unwrap();
    jf.run(&ADD).fails(1, &["jf.lock in another user's folder is not what jf makes there"]);
    fs::rename(jf.home().join("locks/jf.lock"), &linked).unwrap();
    is_untouched();

    // A second name of a file elsewhere is a link as well.
    let jf = world();
    fs::create_dir(jf.home().join("locks")).unwrap();
    let victim = elsewhere.path().join("victim");
    fs::write(&victim, "").unwrap();
    fs::hard_link(&victim, jf.home().join("locks/jf.lock")).unwrap();
    chown(jf.home(), Some(12345), None).unwrap();
    jf.run(&ADD).ok();
    assert_eq!(fs::metadata(&victim).unwrap().uid(), 0);
    assert_eq!(fs::metadata(jf.config_path()).unwrap().uid(), 12345);
}

#[test]
fn where_nothing_can_be_written_reading_works() {
    let jf = Jf::new();
    // Not even root can make a folder below a file.
    fs::write(jf.folder().join("file"), "").unwrap();
    let below_a_file = jf.folder().join("file/home");
    let server = Server::created();
    let jf = jf.env("JFROG_CLI_HOME_DIR", below_a_file.to_str().unwrap());
    jf.atc(&server, &[]).ok();
    assert_eq!(jf.run(&["config", "show"]).ok().stdout, "");
    jf.run(&ADD).fails(1, &["cannot create", "file/home", "JFROG_CLI_HOME_DIR"]);
}

#[test]
fn what_changes_nothing_makes_nothing() {
    let jf = Jf::new();
    jf.run(&["config", "show"]).ok();
    jf.run(&["config", "remove", "x", "--quiet"]).ok();
    jf.run(&["config", "remove", "--quiet"]).ok();
    jf.run(&["config", "use", "x"]).fails(6, &["'x'"]);
    assert_eq!(names(jf.folder()), [""; 0]);
    let jf = Jf::new().config(ONE);
    jf.run(&["config", "use", "one"]).ok();
    assert_eq!(names(&jf.home()), ["jfrog-cli.conf.v6"]);
    assert_eq!(jf.config_text(), ONE);
    let none = r#"{"servers":[],"version":"6"}"#;
    let jf = Jf::new().config(none);
    jf.run(&["config", "remove", "--quiet"]).ok();
    assert_eq!((names(&jf.home()).len(), jf.config_text().as_str()), (1, none));
}

#[test]
fn a_broken_file_is_named_with_the_copy_that_repairs_it() {
    for broken in ["", " \n", r#"{"servers":[{"url":"#] {
        let jf = Jf::new().config(broken);
        for arguments in [&["config", "show"][..], &ADD, &["config", "rm", "--quiet"], &["atc"]] {
            let run = jf.run(arguments).fails(1, &["jfrog-cli.conf.v6", "repair the file"]);
            assert!(!run.stderr.contains(".bak"), "{run:?}");
        }
        assert_eq!(jf.config_text(), broken);

        // A copy that is no better is not worth a word.
        fs::write(jf.home().join("jfrog-cli.conf.v6.bak"), "{").unwrap();
        assert!(!jf.run(&["config", "show"]).stderr.contains(".bak"));

        let jf = Jf::new();
        jf.run(&ADD).ok();
        let good = jf.config_text();
        fs::write(jf.config_path(), broken).unwrap();
        let run = jf.run(&["config", "show"]).fails(1, &["jfrog-cli.conf.v6"]);
        let command = run.stderr.lines().find_map(|line| line.split_once(": cp ")).unwrap().1;
        assert!(Command::new("sh").args(["-c", &format!("cp {command}")]).status().unwrap().success());
        assert_eq!(jf.config_text(), good);
        jf.run(&["config", "show", "new"]).ok();
    }
}

#[test]
fn a_broken_file_is_no_harm_to_those_who_give_everything_by_flags() {
    for broken in ["", "{"] {
        let server = Server::created();
        let jf = Jf::new().config(broken);
        jf.atc(&server, &[]).ok();
        assert_eq!(jf.config_text(), broken);
    }
}

#[test]
fn the_copy_keeps_nothing_that_was_removed() {
    let jf = Jf::new();
    jf.run(&["c", "add", "new", "--url=https://h", "--access-token=canary"]).ok();
    let copy = || fs::read_to_string(jf.home().join("jfrog-cli.conf.v6.bak")).unwrap();
    assert!(copy().contains("canary"));
    jf.run(&["c", "rm", "new", "--quiet"]).ok();
    assert_eq!(copy(), jf.config_text());
    assert!(!copy().contains("canary"));
}

#[test]
fn the_lock_of_a_dead_process_is_removed() {
    let jf = Jf::new();
    let child = process();
    let path = lock(&jf, child.id());
    end(child);
    let run = jf.run(&ADD).ok();
    assert!(!path.exists() && !run.stderr.contains("Waiting"), "{run:?}");
}

#[test]
fn the_lock_of_a_killed_jf_is_removed_though_its_number_lives_on() {
    let jf = Jf::new();
    let child = process();
    let path = lock(&jf, child.id());
    fs::write(jf.home().join("locks/jf.lock"), path.file_name().unwrap().as_encoded_bytes()).unwrap();
    let run = jf.run(&ADD).ok();
    assert!(!path.exists() && !run.stderr.contains("Waiting"), "{run:?}");
    end(child);
}

#[test]
fn no_file_but_a_lock_is_removed_at_the_word_of_the_lock_file() {
    let jf = Jf::new().config(ONE);
    for note in ["../../jfrog-cli.conf.v6", "", "\u{0}", &"x".repeat(1000)] {
        fs::create_dir_all(jf.home().join("locks")).unwrap();
        fs::write(jf.home().join("locks/jf.lock"), note).unwrap();
        jf.run(&ADD).ok();
        assert!(jf.config_text().contains("\"one\""));
    }
}

#[test]
fn a_living_lock_is_waited_for_and_named() {
    let jf = Jf::new();
    let child = process();
    let pid = child.id();
    let path = lock(&jf, pid);
    std::thread::scope(|scope| {
        let run = scope.spawn(|| jf.run(&ADD).ok());
        std::thread::sleep(Duration::from_millis(1500));
        assert!(!jf.config_path().exists());
        fs::remove_file(&path).unwrap();
        let run = run.join().unwrap();
        let line =
            format!("[Info] Waiting for the configuration: {} is held by process {pid}\n", path.display());
        assert_eq!(run.stderr.matches(&line).count(), 1, "{run:?}");
    });
    assert!(jf.config_path().exists());
    end(child);
}

#[test]
fn w36_stray_files_among_the_locks_are_nobodys_business() {
    let jf = Jf::new();
    let folder = jf.home().join("locks/config");
    fs::create_dir_all(&folder).unwrap();
    let strays = [".DS_Store", "jfrog-cli.conf.lck", "jfrog-cli.conf.lck.1.2.3", "jfrog-cli.conf.lck.1.x"];
    for stray in strays {
        fs::write(folder.join(stray), "").unwrap();
    }
    jf.run(&ADD).ok();
    assert_eq!(names(&folder), strays);
}

#[test]
fn the_lock_file_is_not_followed_to_somewhere_else() {
    let jf = Jf::new();
    let victim = jf.folder().join("victim");
    fs::write(&victim, "dear").unwrap();
    fs::create_dir_all(jf.home().join("locks")).unwrap();
    symlink(&victim, jf.home().join("locks/jf.lock")).unwrap();
    jf.run(&ADD).fails(1, &["cannot lock", "jf.lock"]);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "dear");
}

#[test]
fn a_save_sweeps_away_what_killed_ones_left_long_ago() {
    let jf = Jf::new().config(ONE);
    let (old, young) = (jf.home().join(".jfrog-cli.conf.aaaaaa"), jf.home().join(".jfrog-cli.conf.bbbbbb"));
    fs::write(&young, "").unwrap();
    #[expect(clippy::disallowed_methods, reason = "the file system's time is the system's")]
    let long_ago = SystemTime::now() - Duration::from_secs(3700);
    fs::File::create(&old).unwrap().set_modified(long_ago).unwrap();
    jf.run(&["config", "show"]).ok();
    assert!(old.exists());
    jf.run(&ADD).ok();
    assert!(!old.exists() && young.exists());
}
