//! The configuration while its lock is held: what was read under it, what is written, and the checks that
//! nobody came in between who does not know this lock.

use crate::clock;
use crate::config::file::ConfigFile;
use crate::config::lock::Lock;
use crate::config::modes::failed;
use crate::config::patience::Patience;
use crate::config::save::{Neighbour, folder_of, sweep};
use crate::config::{Config, changes};
use crate::error::{Failure, Outcome, Reason};
use crate::output::report::Report;
use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// How often a change is tried again because another program wrote in between.
const ATTEMPTS: usize = 10;

/// The file's text, `None` if there is no file.
type Text = Option<Vec<u8>>;

/// The right to change the configuration, held until dropped.
#[derive(Debug)]
pub(crate) struct Locked {
    file: ConfigFile,
    lock: RefCell<Lock>,
    /// What [`Locked::load`] read last; outer `None` if it was not called.
    loaded: RefCell<Option<Text>>,
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
    Overtaken { before: Text, after: Vec<u8> },
}

impl Locked {
    pub(super) fn new(file: ConfigFile, lock: Lock, report: Report, patience: Duration) -> Self {
        Self { file, lock: RefCell::new(lock), loaded: RefCell::new(None), report, patience }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// As [`ConfigFile::load`].
    pub(crate) fn load(&self) -> Outcome<Config> {
        let text = self.file.read()?;
        let config = self.file.parse(text.as_deref());
        self.loaded.replace(Some(text));
        config
    }

    /// Writes the file in place of what was loaded, and a copy beside it. The same text is not written again.
    ///
    /// # Errors
    /// If it cannot be written, or another program changed the file since it was loaded. [`Locked::update`]
    /// begins anew in the second case.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for what must not be done twice, such as a token's renewal")
    )]
    pub(crate) fn save(&self, config: &Config) -> Outcome<()> {
        match self.try_save(config)? {
            Saved::Yes => Ok(()),
            Saved::No | Saved::Overtaken { .. } => Err(self.disturbed()),
        }
    }

    /// Loads, changes by `change` and, if that returns true, saves; all again if another program wrote the
    /// file meanwhile.
    ///
    /// # Errors
    /// What reading, `change` or writing says, or that another program does not stop to disturb.
    pub(crate) fn update(&self, mut change: impl FnMut(&mut Config) -> Outcome<bool>) -> Outcome<()> {
        let mut overtaken: Option<(Text, Vec<u8>)> = None;
        for _ in 0..ATTEMPTS {
            let mut config = self.load()?;
            if let Some((before, after)) = &overtaken
                && self.is_held(before, after)
            {
                return Ok(());
            }
            if !change(&mut config)? {
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

    fn is_held(&self, before: &Text, after: &[u8]) -> bool {
        let loaded = self.loaded.borrow();
        let now = loaded.as_ref().and_then(Option::as_deref);
        changes::are_held(before.as_deref(), after, now)
    }

    fn try_save(&self, config: &Config) -> Outcome<Saved> {
        let text = render(config);
        let loaded = self.loaded.borrow().clone();
        if let Some(Some(loaded)) = &loaded
            && *loaded == text
        {
            return Ok(Saved::Yes);
        }
        let target = self.target();
        let cannot_write = |error| failed(&format!("cannot write {}", target.display()), &error);
        let neighbour = Neighbour::write(&target, &text).map_err(cannot_write)?;
        // In this order: who comes after the first question is seen by the second if it writes.
        if !self.lock.borrow().is_sole()? || loaded.as_ref().is_some_and(|loaded| !self.has(loaded)) {
            return Ok(Saved::No);
        }
        neighbour.put(&target).map_err(cannot_write)?;
        // Who comes after the first question reads the new text; the second finds who wrote before it.
        let is_undisturbed = self.lock.borrow().is_sole()? && self.has(&Some(text.clone()));
        self.keep_copy(&text);
        sweep(folder_of(&target), clock::now());
        let before = self.loaded.replace(Some(Some(text.clone()))).flatten();
        Ok(if is_undisturbed { Saved::Yes } else { Saved::Overtaken { before, after: text } })
    }

    fn has(&self, text: &Text) -> bool {
        self.file.read_at_once().is_ok_and(|now| now == *text)
    }

    /// Where to write: a link stays a link, and what it points to is replaced.
    fn target(&self) -> PathBuf {
        fs::canonicalize(self.file.path()).unwrap_or_else(|_| self.file.path())
    }

    /// The copy is of what was written just now, so that no secret lives on in it that was removed.
    fn keep_copy(&self, text: &[u8]) {
        let backup = self.file.backup();
        if let Err(error) = Neighbour::write(&backup, text).and_then(|copy| copy.put(&backup)) {
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

fn render(config: &Config) -> Vec<u8> {
    config.to_json().into_bytes()
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
        let mut config = locked.load().unwrap();
        add(&mut config, "a").unwrap();
        locked.save(&config).unwrap();
        add(&mut config, "b").unwrap();
        locked.save(&config).unwrap();
        assert_eq!(world.ids(), "a, b");
        assert_eq!(fs::read(world.file.path()).unwrap(), fs::read(world.file.backup()).unwrap());
        drop(locked);
        let locks = world.folder.path().join("home/locks/config");
        assert_eq!(fs::read_dir(locks).unwrap().count(), 0);
    }

    #[test]
    fn what_another_program_wrote_meanwhile_is_not_overwritten() {
        let world = world();
        let locked = world.lock();
        let mut config = locked.load().unwrap();
        world.write(OTHER);
        add(&mut config, "a").unwrap();
        let failure = locked.save(&config).unwrap_err();
        assert!(failure.message.contains("another program"), "{failure}");
        assert_eq!(fs::read_to_string(world.file.path()).unwrap(), OTHER);

        let mut calls = 0;
        locked
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
