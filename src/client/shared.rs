//! How a client works. A caller's way: `fresh` reads the cached token without a lock. When it has none to give, the
//! caller takes the lock and does what the state machine says (`state`): serve and perhaps renew, refuse, wait, or start
//! a request. A request is a `Flight`: it runs in a thread of its own and belongs to nobody.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use arc_swap::ArcSwapOption;

use super::epoch::Epochs;
use super::flight::Flight;
use super::outcome::Outcome;
use super::source;
use super::state::{Policy, Step};
use crate::clock::Clock;
use crate::environment::Environment;
use crate::error::{Code, Error};
use crate::log::{Level, Logger};
use crate::options::Settings;
use crate::panics;
use crate::stats::{Stat, Stats};
use crate::store::Guarded;
use crate::token::Token;
use crate::transport::Transport;

/// What a client and its requests share.
pub(super) struct Shared {
    pub(super) settings: Arc<Settings>,
    pub(super) environment: Arc<Environment>,
    pub(super) transport: Box<dyn Transport>,
    pub(super) clock: Box<dyn Clock>,
    pub(super) log: Logger,
    pub(super) stats: Stats,
    pub(super) policy: Policy,
    /// Where tokens rest between processes, if anywhere.
    pub(super) store: Option<Guarded>,
    /// The token that callers get. Read without a lock.
    pub(super) cached: ArcSwapOption<Outcome>,
    pub(super) epochs: Epochs,
}

/// What a caller gets.
pub(crate) struct Given {
    /// The token or the error, shared with every other caller of the same request.
    pub(crate) outcome: Arc<Outcome>,
    /// Whether it was there already, in memory or in a store, so that no answer of the server belongs to this call.
    pub(crate) was_there: bool,
}

impl Given {
    /// What a request brought.
    fn brought(outcome: Arc<Outcome>) -> Given {
        Given {
            was_there: outcome.is_from_store(),
            outcome,
        }
    }
}

impl Shared {
    /// The cached token, while it is neither over nor due for renewal.
    pub(super) fn fresh(&self) -> Option<Arc<Outcome>> {
        let held = self.cached.load();
        let outcome = held.as_ref()?;
        self.is_fresh(outcome).then(|| outcome.clone())
    }

    /// What was found good in this tick of the clock needs no second look.
    pub(super) fn is_fresh(&self, outcome: &Outcome) -> bool {
        let tick = self.clock.tick();
        if outcome.was_seen_good(tick) {
            return true;
        }
        let now = self.clock.now();
        let good = outcome
            .token()
            .is_some_and(|token| self.policy.is_usable(token, now) && !self.policy.is_due(token, now));
        if good {
            outcome.saw_good(tick, now);
        }
        good
    }

    pub(super) fn hit(&self, outcome: Arc<Outcome>) -> Given {
        self.stats.count(Stat::Hits);
        Given {
            outcome,
            was_there: true,
        }
    }

    /// The long way to a token: under the lock, and perhaps over the network.
    pub(super) fn token(self: &Arc<Shared>) -> Given {
        let end = Instant::now() + self.settings.timeout;
        loop {
            let epoch = self.epochs.current();
            let mut state = epoch.lock();
            let tick = self.clock.tick();
            let now = self.clock.now();
            let mut started = None;
            let waiter = match state.step(self.cached.load_full(), &self.policy, now) {
                Step::Refuse(outcome) => return Given::brought(outcome),
                Step::Serve { outcome, renew } => {
                    let flight = renew.then(Arc::<Flight>::default);
                    if let Some(flight) = &flight {
                        state.begin(flight.clone());
                    }
                    drop(state);
                    // The others in this tick need not come this way.
                    outcome.saw_good(tick, now);
                    if let Some(flight) = flight {
                        self.stats.count(Stat::BackgroundRefreshes);
                        self.start(&flight, Renewal::Ahead);
                    }
                    return self.hit(outcome);
                }
                Step::Wait(flight) => {
                    self.stats.count(Stat::Waits);
                    flight.board()
                }
                Step::Start => {
                    let flight = Arc::<Flight>::default();
                    state.begin(flight.clone());
                    let waiter = flight.board();
                    started = Some(flight);
                    waiter
                }
            };
            drop(state);
            if let Some(flight) = started {
                self.start(&flight, Renewal::Awaited);
            }
            let Some(outcome) = waiter.wait_until(end) else {
                return self.gave_up_waiting();
            };
            let over = |token: &Token| token.time_left(self.clock.now()).is_zero();
            if !outcome.token().is_some_and(over) {
                return Given::brought(outcome);
            }
        }
    }

    fn gave_up_waiting(&self) -> Given {
        let error = Error::new(
            Code::Timeout,
            format!(
                "no answer within {} ms. Try again, or allow more with timeout_ms; check the network",
                self.settings.timeout.as_millis()
            ),
        );
        Given::brought(Arc::new(Outcome::new(Err(error))))
    }

    /// Carries a request out in a thread of its own. Where no thread can be made, the caller carries it out, unless
    /// it has a token and can do without.
    fn start(self: &Arc<Shared>, flight: &Arc<Flight>, renewal: Renewal) {
        let (shared, flown) = (self.clone(), flight.clone());
        let thread = thread::Builder::new().name("spotify-token".to_owned());
        let Err(error) = thread.spawn(move || shared.fly(&flown, renewal)) else {
            return;
        };
        self.log
            .log(Level::Warning, || format!("no thread for the request: {error}"));
        match renewal {
            Renewal::Awaited => self.fly(flight, renewal),
            Renewal::Ahead => {
                let fault = Error::new(Code::Internal, format!("no thread for the request: {error}"));
                self.land(flight, Outcome::new(Err(fault)));
            }
        }
    }

    /// Carries a request out, and wakes those who wait, whatever happens.
    fn fly(&self, flight: &Arc<Flight>, renewal: Renewal) {
        let brought = panics::catch(|| source::next_token(self, flight, renewal)).and_then(|result| result);
        self.land(flight, brought.unwrap_or_else(|error| Outcome::new(Err(error))));
    }

    fn land(&self, flight: &Arc<Flight>, outcome: Outcome) {
        let outcome = Arc::new(outcome);
        let epoch = self.epochs.current();
        {
            let mut state = epoch.lock();
            let cached = self.cached.load_full();
            let replaced = cached.as_ref().and_then(|cached| cached.token());
            if let Some(newer) = state.end(flight, &outcome, replaced, self.clock.now()) {
                self.cached.store(Some(newer));
            }
        }
        flight.land(outcome);
    }
}

/// Whether a caller waits for a request.
#[derive(Clone, Copy)]
pub(super) enum Renewal {
    /// A caller has no token and waits.
    Awaited,
    /// Callers have a token that is good for a while yet.
    Ahead,
}
