//! The configuration while its lock is held: what was read under it, what is written, and the checks that
//! nobody came in between who does not know this lock.

use crate::clock;
use crate::config::file::{ConfigFile, Stored};
use crate::config::lock::Lock;
use crate::config::modes::{failed, is_link};
use crate::config::patience::Patience;
use crate::config::save::{Neighbour, folder_of, sweep};
use crate::config::{Config, changes};
use crate::error::{Failure, Outcome, Reason};
use crate::interrupt;
use crate::output::report::Report;
use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// How often a change is tried again because another program wrote in between.
const ATTEMPTS: usize = 10;

/// What was in the file, and what it means.
#[derive(Clone, Default)]
struct Loaded {
    stored: Option<Stored>,
    config: Config,
}

/// The right to change the configuration, held until dropped.
pub(crate) struct Locked {
    file: ConfigFile,
    lock: RefCell<Lock>,
    /// What [`Locked::load`] read last, or what was written since.
    loaded: RefCell<Loaded>,
    report: Report,
    patience: Duration,
}

/// How a save ended that did not fail.
enum Saved {
    /// It is in the file.
    Yes,
    /// Another program wrote before: nothing was written.
    No,
    /// Another program may have written after: `after` was in the file, in place of `before`.
    Overtaken { before: Box<Config>, after: Box<Config> },
}

impl Locked {
    pub(super) fn new(file: ConfigFile, lock: Lock, report: Report, patience: Duration) -> Self {
        Self { file, lock: RefCell::new(lock), loaded: RefCell::default(), report, patience }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// As [`ConfigFile::load`].
    pub(crate) fn load(&self) -> Outcome<Config> {
        let (stored, config) = self.file.read()?;
        self.loaded.replace(Loaded { stored, config: config.clone() });
        Ok(config)
    }

    /// Tries out whether a save could work, before something is done that must be saved: a file of the same size
    /// is written beside the configuration, and vanishes.
    ///
    /// # Errors
    /// What a save would say.
    pub(crate) fn check_writable(&self, config: &Config) -> Outcome<()> {
        let (target, text) = (self.target()?, self.render(config)?);
        let _shield = interrupt::shield();
        Neighbour::write(&target, &text, self.file.heir())
            .map(drop)
            .map_err(|error| failed(&format!("cannot write {}", target.display()), &error))
    }

    /// Loads, changes by `change` and, if that returns true, saves; all again if another program wrote the
    /// file meanwhile.
    ///
    /// # Errors
    /// What reading, `change` or writing says, or that another program does not stop to disturb.
    pub(crate) fn update(&self, mut change: impl FnMut(&mut Config) -> Outcome<bool>) -> Outcome<()> {
        let mut overtaken: Option<(Box<Config>, Box<Config>)> = None;
        for _ in 0..ATTEMPTS {
            let mut config = self.load()?;
            if let Some((before, after)) = &overtaken
                && changes::are_held(before, after, &config)
            {
                return Ok(());
            }
            let is_due = self.file.is_due(&config);
            if !change(&mut config)? && !is_due {
                return Ok(());
            }
            match self.try_save(&config)? {
                Saved::Yes => return Ok(()),
                Saved::No => {}
                Saved::Overtaken { before, after } => overtaken = Some((before, after)),
            }
            self.lock.borrow_mut().regain(&mut Patience::new(&self.report, self.patience))?;
        }
        Err(self.disturbed())
    }

    fn try_save(&self, config: &Config) -> Outcome<Saved> {
        let loaded = self.loaded.borrow().clone();
        let is_same = loaded.stored.is_some() && loaded.config.servers == config.servers;
        if is_same && !self.file.is_due(&loaded.config) {
            return Ok(Saved::Yes);
        }
        let text = self.render(config)?;
        let target = self.target()?;
        let cannot_write = |error| failed(&format!("cannot write {}", target.display()), &error);
        let _shield = interrupt::shield();
        let neighbour = Neighbour::write(&target, &text, self.file.heir()).map_err(cannot_write)?;
        // In this order: who comes after the first question is seen by the second if it writes.
        if !self.lock.borrow().is_sole()? || !self.has(loaded.stored.as_ref()) {
            return Ok(Saved::No);
        }
        neighbour.put(&target).map_err(cannot_write)?;
        // Who comes after the first question reads the new text; the second finds who wrote before it.
        let written = self.file.stored(text);
        let is_undisturbed = self.lock.borrow().is_sole()? && self.has(Some(&written));
        self.keep_copy(&written.text);
        sweep(folder_of(&target), clock::now());
        self.warn_of_leftovers(&loaded.config);
        self.loaded.replace(Loaded { stored: Some(written), config: config.clone() });
        Ok(if is_undisturbed {
            Saved::Yes
        } else {
            Saved::Overtaken { before: Box::new(loaded.config), after: Box::new(config.clone()) }
        })
    }

    fn has(&self, stored: Option<&Stored>) -> bool {
        self.file.read_at_once().is_ok_and(|now| now.as_ref() == stored)
    }

    /// The text to write, encrypted if there is a key.
    fn render(&self, config: &Config) -> Outcome<Vec<u8>> {
        config.to_json(self.file.key()?.as_ref()).map(String::into_bytes)
    }

    /// What was converted or encrypted just now may still stand in the clear in an older file.
    fn warn_of_leftovers(&self, before: &Config) {
        if !self.file.is_due(before) {
            return;
        }
        let left: Vec<String> =
            self.file.left_behind().iter().map(|path| path.display().to_string()).collect();
        if !left.is_empty() {
            self.report.warn(&format!(
                "older configurations stay with the secrets that they have: {}; remove them when no older jf needs \
                 them",
                left.join(", ")
            ));
        }
    }

    /// Where to write: a link stays a link, and what it points to is replaced. In somebody else's home, where a
    /// link could lead anywhere, root follows none.
    ///
    /// # Errors
    /// Names such a link.
    fn target(&self) -> Outcome<PathBuf> {
        let path = self.file.path();
        if self.file.heir().is_some() && is_link(&path) {
            return Err(Failure::new(
                Reason::Failed,
                format!("{} is a link in another user's folder, and is not written through", path.display()),
            )
            .hint("run jf as that user"));
        }
        Ok(fs::canonicalize(&path).unwrap_or(path))
    }

    /// The copy is of what was written just now, so that no secret lives on in it that was removed.
    fn keep_copy(&self, text: &[u8]) {
        let backup = self.file.backup();
        if let Err(error) =
            Neighbour::write(&backup, text, self.file.heir()).and_then(|copy| copy.put(&backup))
        {
            self.report.warn(&format!(
                "the configuration is saved, but its copy {} cannot be written: {error}",
                backup.display()
            ));
        }
    }

    fn disturbed(&self) -> Failure {
        Failure::new(
            Reason::Failed,
            format!(
                "cannot change {}: another program keeps changing it without regard to the lock",
                self.file.path().display()
            ),
        )
        .hint("find the program that writes this file, such as a script or a backup tool, and try again")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Server;
    use crate::environment::tests::environment;
    use serde_json::Value;

    const OTHER: &str = r#"{"servers":[{"url":"https://o/","serverId":"other"}],"version":"6"}"#;

    struct World {
        file: ConfigFile,
        report: Report,
        folder: tempfile::TempDir,
    }

    fn world() -> World {
        let folder = tempfile::tempdir().unwrap();
        let environment =
            environment(&[("JFROG_CLI_HOME_DIR", folder.path().join("home").to_str().unwrap())]);
        World { file: ConfigFile::of(&environment).unwrap(), report: Report::new(&environment), folder }
    }

    impl World {
        fn lock(&self) -> Locked {
            self.file.lock(&self.report, Duration::from_secs(5)).unwrap()
        }

        fn ids(&self) -> String {
            self.file.load(&self.report).unwrap().ids()
        }

        fn write(&self, text: &str) {
            fs::write(self.file.path(), text).unwrap();
        }
    }

    fn add(config: &mut Config, id: &str) -> Outcome<bool> {
        if config.find(id).is_some() {
            return Err(Failure::new(Reason::Conflict, "exists"));
        }
        let mut server = Server::default();
        server.set("serverId", Value::String(id.to_owned()));
        config.servers.push(server);
        Ok(true)
    }

    #[test]
    fn what_is_saved_can_be_loaded_and_has_a_copy() {
        let world = world();
        let locked = world.lock();
        locked.update(|config| add(config, "a")).unwrap();
        locked.update(|config| add(config, "b")).unwrap();
        assert_eq!(world.ids(), "a, b");
        assert_eq!(fs::read(world.file.path()).unwrap(), fs::read(world.file.backup()).unwrap());
        drop(locked);
        let locks = world.folder.path().join("home/locks/config");
        assert_eq!(fs::read_dir(locks).unwrap().count(), 0);
    }

    #[test]
    fn what_another_program_wrote_meanwhile_is_not_overwritten() {
        let world = world();
        let mut calls = 0;
        world
            .lock()
            .update(|config| {
                calls += 1;
                if calls == 1 {
                    world.write(&OTHER.replace("other", "another"));
                }
                add(config, "a")
            })
            .unwrap();
        assert_eq!((calls, world.ids().as_str()), (2, "another, a"));
    }

    #[test]
    fn trying_out_a_save_changes_nothing() {
        let world = world();
        let locked = world.lock();
        locked.update(|config| add(config, "a")).unwrap();
        let before = fs::read(world.file.path()).unwrap();
        let mut config = locked.load().unwrap();
        add(&mut config, "b").unwrap();
        locked.check_writable(&config).unwrap();
        assert_eq!(fs::read(world.file.path()).unwrap(), before);
        assert_eq!(fs::read_dir(world.folder.path().join("home")).unwrap().count(), 3, "file, copy, locks");
    }

    #[test]
    fn who_never_stops_writing_is_named_in_the_end() {
        let world = world();
        let mut calls = 0;
        let failure = world
            .lock()
            .update(|config| {
                calls += 1;
                world.write(&OTHER.replace("other", &format!("o{calls}")));
                add(config, "a")
            })
            .unwrap_err();
        assert_eq!(calls, ATTEMPTS);
        assert!(failure.message.contains("jfrog-cli.conf.v6") && failure.hint.is_some(), "{failure}");
    }

    #[test]
    fn an_older_lock_that_appears_late_goes_first() {
        let world = world();
        let locked = world.lock();
        let mut child = std::process::Command::new("sleep").arg("0.3").spawn().unwrap();
        let name = format!("home/locks/config/jfrog-cli.conf.lck.{}.1", child.id());
        let theirs = world.folder.path().join(name);
        // Until it is reaped it counts as living.
        let reaper = std::thread::spawn(move || child.wait().unwrap());
        let mut calls = 0;
        locked
            .update(|config| {
                calls += 1;
                if calls == 1 {
                    fs::write(&theirs, "").unwrap();
                }
                assert_eq!(theirs.exists(), calls == 1);
                add(config, "a")
            })
            .unwrap();
        reaper.join().unwrap();
        assert_eq!((calls, world.ids().as_str()), (2, "a"));
    }

    #[test]
    fn nothing_is_made_for_a_change_that_changes_nothing() {
        let world = world();
        world.file.update(&world.report, |_| Ok(false)).unwrap();
        assert!(!world.folder.path().join("home").exists());
        world.file.update(&world.report, |config| add(config, "a")).unwrap();
        let written = fs::metadata(world.file.path()).unwrap().modified().unwrap();
        world.file.update(&world.report, |_| Ok(true)).unwrap();
        assert_eq!(fs::metadata(world.file.path()).unwrap().modified().unwrap(), written);
    }
}
