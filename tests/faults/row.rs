//! A row of the matrix: a fault in words, how it is brought about, and what a caller must get for it. Nothing is run here.

use std::ops::RangeInclusive;
use std::time::Duration;

use spotify_token::ErrorKind;
use spotify_token::unstable::{ERRORS, ErrorRow};

use super::place::Place;

/// The waits between four attempts, each as long as it can be.
const RETRY_WAITS_MS: u64 = 1750;

/// One fault.
pub struct Row {
    /// What is wrong, in words.
    pub fault: &'static str,
    /// Brings it about.
    pub arrange: Box<dyn Fn(&mut Place) + Send + Sync>,
    /// What the caller gets.
    pub outcome: Outcome,
    /// How many requests the token server sees.
    pub requests: usize,
    /// How many requests the proxies see, where there are any.
    pub proxied: usize,
    /// When the call is over.
    pub ends: Ends,
    /// Who meets the fault.
    pub by: By,
    /// Whether curl, given the same, has to go the same way.
    pub like_curl: bool,
    /// Programs that the fault takes, beyond this crate: lines of shell that succeed where they are.
    pub needs: &'static [&'static str],
    /// What the user has to be allowed to do, as a line of shell.
    pub rights: &'static str,
    /// Whether the build has to have Redis, or not to have it.
    pub redis: Option<bool>,
}

/// What a caller gets.
pub enum Outcome {
    /// This error, with these words in its message.
    Fails(ErrorKind, &'static str),
    /// A token; the fault is survived.
    Survives,
    /// A token, and a warning with these words for whoever listens.
    Warns(&'static str),
}

/// How long a call takes. The limits tell each of these from the others: see [`Ends::limits`] and [`Ends::waits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// Nothing is waited for.
    AtOnce,
    /// After the waits between four attempts, 1.75 s in all at most.
    AfterRetries,
    /// After four attempts that each used up their time, and the waits between them.
    AfterAttempts,
    /// With the time of the whole call.
    WithTheCall,
    /// When three addresses had a quarter of a second each, and the fourth answered.
    AtTheFourthAddress,
    /// When a store has used up its part of the time.
    AfterTheStore,
    /// When the server's Retry-After is over.
    AfterItsWish,
    /// When somebody ends it.
    WhenEnded,
}

impl Ends {
    /// The shortest and the longest time that a row's own settings allow.
    pub fn limits(self) -> RangeInclusive<Duration> {
        let (least, most) = match self {
            Ends::AtOnce | Ends::WhenEnded => (0, 0),
            Ends::AfterRetries => (0, RETRY_WAITS_MS),
            Ends::AfterAttempts => (4 * Place::ATTEMPT_MS, 4 * Place::ATTEMPT_MS + RETRY_WAITS_MS),
            // A part of the time is kept for what is left to do: for asking, where another process did not.
            Ends::WithTheCall => (Place::CALL_MS / 2, Place::CALL_MS),
            Ends::AtTheFourthAddress => (750, 750),
            Ends::AfterTheStore => (Place::CALL_MS / 4, Place::CALL_MS / 4),
            Ends::AfterItsWish => (Place::WISH_MS, Place::WISH_MS),
        };
        Duration::from_millis(least)..=Duration::from_millis(most)
    }

    /// How often the library waits on purpose, between two attempts or for another process.
    pub fn waits(self) -> RangeInclusive<usize> {
        match self {
            Ends::AtOnce | Ends::AtTheFourthAddress | Ends::AfterTheStore => 0..=0,
            Ends::AfterRetries => 1..=3,
            Ends::AfterAttempts => 3..=3,
            Ends::AfterItsWish => 0..=1,
            Ends::WithTheCall | Ends::WhenEnded => 0..=usize::MAX,
        }
    }

    /// For the document.
    pub fn in_words(self) -> &'static str {
        match self {
            Ends::AtOnce => "immediate",
            Ends::AfterRetries => "after the retries",
            Ends::AfterAttempts => "4 x `attempt_timeout_ms`",
            Ends::WithTheCall => "`timeout_ms`",
            Ends::AtTheFourthAddress => "3 x 250 ms",
            Ends::AfterTheStore => "a quarter of `timeout_ms`",
            Ends::AfterItsWish => "`Retry-After`",
            Ends::WhenEnded => "when cancelled",
        }
    }
}

/// Who meets the fault.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The library and the command, one after the other; both say the same.
    Both,
    /// The command: the fault is in what a process alone has, its working directory or its network.
    Command,
    /// Both, and somebody ends the call: `spotify_client_cancel`, or an interrupt.
    Interrupted,
    /// A child of `fork()`, with its parent's client.
    Child(&'static str),
}

/// A fault that costs the token.
pub fn fails(
    fault: &'static str,
    code: ErrorKind,
    hint: &'static str,
    arrange: impl Fn(&mut Place) + Send + Sync + 'static,
) -> Row {
    Row {
        fault,
        arrange: Box::new(arrange),
        outcome: Outcome::Fails(code, hint),
        requests: 0,
        proxied: 0,
        ends: Ends::AtOnce,
        by: By::Both,
        like_curl: false,
        needs: &[],
        rights: "true",
        redis: None,
    }
}

/// What looks like a fault and is none, or one that is got over.
pub fn survives(fault: &'static str, arrange: impl Fn(&mut Place) + Send + Sync + 'static) -> Row {
    Row {
        outcome: Outcome::Survives,
        requests: 1,
        ..fails(fault, ErrorKind::Internal, "", arrange)
    }
}

impl Row {
    /// The token server sees so many requests.
    pub fn requests(mut self, requests: usize) -> Row {
        self.requests = requests;
        self
    }

    /// The proxies see so many.
    pub fn proxied(mut self, proxied: usize) -> Row {
        self.proxied = proxied;
        self
    }

    /// It is over then.
    pub fn ends(mut self, ends: Ends) -> Row {
        self.ends = ends;
        self
    }

    /// It is met by these.
    pub fn by(mut self, by: By) -> Row {
        self.by = by;
        self
    }

    /// This is arranged as well.
    pub fn and(mut self, more: impl Fn(&mut Place) + Send + Sync + 'static) -> Row {
        let arrange = self.arrange;
        self.arrange = Box::new(move |place| {
            arrange(place);
            more(place);
        });
        self
    }

    /// It is this code after all.
    pub fn code_is(mut self, code: ErrorKind) -> Row {
        self.outcome = Outcome::Fails(code, self.hint());
        self
    }

    /// curl goes the same way.
    pub fn like_curl(mut self) -> Row {
        self.like_curl = true;
        self
    }

    /// It takes the right to do this.
    pub fn rights(mut self, line: &'static str) -> Row {
        self.rights = line;
        self
    }

    /// It takes these programs.
    pub fn needs(mut self, tools: &'static [&'static str]) -> Row {
        self.needs = tools;
        self
    }

    /// It takes a build with Redis, or one without.
    pub fn redis(mut self, with: bool) -> Row {
        self.redis = Some(with);
        self
    }

    /// Whether this build can have it.
    pub fn is_of_this_build(&self) -> bool {
        self.redis.is_none_or(|with| with == cfg!(feature = "redis"))
    }

    /// The kind of the error that a caller gets; none where the call succeeds.
    pub fn kind(&self) -> Option<ErrorKind> {
        match self.outcome {
            Outcome::Fails(kind, _) => Some(kind),
            Outcome::Survives | Outcome::Warns(_) => None,
        }
    }

    /// What the table of errors has about it.
    pub fn error(&self) -> &'static ErrorRow {
        let kind = self.kind();
        ERRORS.iter().find(|row| row.kind == kind).unwrap()
    }

    /// Words of what is said.
    pub fn hint(&self) -> &'static str {
        match self.outcome {
            Outcome::Fails(_, hint) | Outcome::Warns(hint) => hint,
            Outcome::Survives => "",
        }
    }

    /// Somebody who listens hears this.
    pub fn warns(mut self, words: &'static str) -> Row {
        self.outcome = Outcome::Warns(words);
        self
    }
}
