//! What is said on stderr while a file is kept: in an outage each warning and each error once, however often it repeats.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use spotify_token::Level;
use spotify_token::unstable::Logger;

use crate::messages::Verbosity;

/// More different messages are not remembered.
const MAX_REMEMBERED: usize = 100;

/// Shows messages. Clones share what was said.
#[derive(Clone)]
pub struct Reporter {
    verbosity: Verbosity,
    said: Arc<Mutex<HashSet<String>>>,
}

impl Reporter {
    /// Shows what this verbosity shows.
    pub fn new(verbosity: Verbosity) -> Reporter {
        Reporter {
            verbosity,
            said: Arc::default(),
        }
    }

    /// Shows a message at once, if it is to be shown. What was said before is no more than information.
    pub fn say(&self, level: Level, text: &str) {
        let is_repeated = level <= Level::Warning && self.remember(text);
        let level = if is_repeated { Level::Info } else { level };
        self.verbosity.show_at_once(level, text);
    }

    /// Forgets what was said: the outage is over.
    pub fn forget(&self) {
        self.lock().clear();
    }

    /// A logger for the library.
    pub fn logger(&self) -> Logger {
        let reporter = self.clone();
        Logger::new(move |level, text| reporter.say(level, text))
    }

    /// Returns whether this was said.
    fn remember(&self, text: &str) -> bool {
        let mut said = self.lock();
        if said.len() == MAX_REMEMBERED {
            said.clear();
        }
        !said.insert(text.to_owned())
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
