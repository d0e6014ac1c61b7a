//! How a client works. A caller's way: `with_in_hand` and `with_fresh` read the cached token without a lock. When they have none
//! to give, the caller takes the lock and does what the state machine says (`state`): serve and perhaps renew, refuse, wait, or start
//! a request. A request is a `Flight`: it runs in a thread of its own and belongs to nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use arc_swap::ArcSwapOption;

use super::context::{Context, Parts, Renewal};
use super::flight::Flight;
use super::outcome::Outcome;
use super::share::{self, Own, Share};
use super::source;
use super::state::Step;
use crate::error::{Code, Error};
use crate::log::Level;
use crate::panics::{self, Boundary};
use crate::protocol::token::Token;
use crate::stats::Stat;
use crate::sync::Builder;

/// What a client and its requests share.
pub(super) struct Shared {
    pub(super) context: Context,
    /// Tells this client from every other that the process has had.
    pub(super) number: u64,
    /// The token that callers get. Read without a lock, and written under the epoch's.
    cached: ArcSwapOption<Outcome>,
    /// Another number for each content of `cached`.
    generation: AtomicU64,
}

/// What a caller gets.
pub(crate) struct Served {
    /// The token or the error, shared with every other caller of the same request.
    pub(crate) share: Arc<Share>,
    /// Whole seconds that the token has left, rounded up.
    pub(crate) expires_in: i64,
    /// Whether it was there already, in memory or in a store, so that no answer of the server belongs to this call.
    pub(crate) from_cache: bool,
}

impl Served {
    /// A token that was found good just now.
    #[inline]
    pub(super) fn from_memory(own: &mut Own) -> Served {
        Served {
            expires_in: own.share().outcome().seconds_left_when_seen(),
            share: own.reference(),
            from_cache: true,
        }
    }
}

impl Shared {
    pub(super) fn new(parts: Parts) -> Shared {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        Shared {
            context: Context::new(parts),
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            cached: ArcSwapOption::empty(),
            generation: AtomicU64::new(0),
        }
    }

    /// The shortest way to a token: hands to `take` what this thread has in hand, if it was found good in this tick of the
    /// clock. No lock, no allocation, nothing written that another thread reads, and nothing that can panic.
    #[inline]
    pub(super) fn with_in_hand<T>(&self, take: impl FnOnce(&mut Own) -> T) -> Option<T> {
        let seen_good = |outcome: &Outcome| outcome.was_seen_good(self.context.tick());
        share::with_last(self.number, self.generation.load(Ordering::Acquire), seen_good, take)
    }

    /// The short way to a token: hands the cached one to `take` while it is neither over nor due for renewal. As short as
    /// that, but for a thread's first call after a change and for the first one in each tick.
    pub(super) fn with_fresh<T>(&self, take: impl FnOnce(&mut Own) -> T) -> Option<T> {
        let generation = self.generation.load(Ordering::Acquire);
        share::bring_forward(self.number, generation, || {
            let share = Share::counting(self.cached.load_full()?, self.context.stats.clone());
            self.context.epochs.current().add_share(&share);
            Some(share)
        });
        share::with_last(self.number, generation, |outcome| self.is_fresh(outcome), take)
    }

    /// The cached token while it can be used, due or not.
    pub(super) fn usable(&self) -> Option<Served> {
        let outcome = self.cached.load_full()?;
        let (tick, now) = (self.context.tick(), self.context.clock.now());
        if !self.context.policy.is_usable(outcome.token()?, now) {
            return None;
        }
        outcome.saw_good(tick, now);
        Some(self.hit(outcome))
    }

    /// Puts this into the cache. To be called under the epoch's lock.
    fn cache(&self, outcome: Option<Arc<Outcome>>) {
        self.cached.store(outcome);
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// Drops the cached token if it is still the one that was rejected, in memory and in the store; `None` drops whichever
    /// it is, and any refusal that is remembered. The error is the store's, which is not trusted then.
    pub(super) fn invalidate(&self, rejected_access_token: Option<&str>) -> Result<(), Error> {
        let epoch = self.context.epochs.current();
        let is_rejected =
            |outcome: &Arc<Outcome>| rejected_access_token.is_none_or(|rejected| outcome.is_token(rejected));
        let known = {
            let mut state = epoch.lock();
            if self.cached.load_full().as_ref().is_some_and(is_rejected) {
                self.cache(None);
            }
            state.reject(rejected_access_token)
        };
        // Not under the lock, for a store may take its time; and once a token, for rejections come in storms.
        if known {
            return Ok(());
        }
        source::forget(&self.context, rejected_access_token).inspect_err(|_| epoch.lock().distrust_store())
    }

    /// Asks the server whatever is cached, and caches what it brings.
    pub(super) fn renew(&self) -> Result<Served, Error> {
        let outcome = Arc::new(source::renewed_token(&self.context)?);
        let epoch = self.context.epochs.current();
        {
            let mut state = epoch.lock();
            state.forgive();
            self.cache(Some(outcome.clone()));
        }
        Ok(self.answered(outcome))
    }

    /// What was found good in this tick of the clock needs no second look.
    fn is_fresh(&self, outcome: &Outcome) -> bool {
        let tick = self.context.tick();
        if outcome.was_seen_good(tick) {
            return true;
        }
        let now = self.context.clock.now();
        let good = outcome
            .token()
            .is_some_and(|token| self.context.policy.is_usable(token, now) && !self.context.policy.is_due(token, now));
        if good {
            outcome.saw_good(tick, now);
        }
        good
    }

    /// A token that was found good just now.
    fn hit(&self, outcome: Arc<Outcome>) -> Served {
        self.context.stats.count(Stat::Hits);
        Served {
            expires_in: outcome.seconds_left_when_seen(),
            share: Share::of(outcome),
            from_cache: true,
        }
    }

    /// What a request brought.
    fn answered(&self, outcome: Arc<Outcome>) -> Served {
        let token = outcome.token();
        Served {
            expires_in: token.map_or(0, |token| token.expires_in(self.context.clock.now())),
            from_cache: outcome.is_from_store(),
            share: Share::of(outcome),
        }
    }

    /// The long way to a token: under the lock, and perhaps over the network.
    pub(super) fn token(self: &Arc<Shared>) -> Served {
        let end = Instant::now() + self.context.settings.timeout;
        loop {
            let epoch = self.context.epochs.current();
            let mut state = epoch.lock();
            let tick = self.context.tick();
            let now = self.context.clock.now();
            let mut started = None;
            let waiter = match state.step(self.cached.load_full(), &self.context.policy, now) {
                Step::Refuse(outcome) => return self.answered(outcome),
                Step::Serve { outcome, renew } => {
                    let flight = renew.then(Arc::<Flight>::default);
                    if let Some(flight) = &flight {
                        state.begin(flight.clone());
                    }
                    drop(state);
                    // The others in this tick need not come this way.
                    outcome.saw_good(tick, now);
                    if let Some(flight) = flight {
                        self.context.stats.count(Stat::BackgroundRefreshes);
                        self.start(&flight, Renewal::Ahead);
                    }
                    return self.hit(outcome);
                }
                Step::Wait(flight) => {
                    self.context.stats.count(Stat::Waits);
                    flight.join()
                }
                Step::Start => {
                    let flight = Arc::<Flight>::default();
                    state.begin(flight.clone());
                    let waiter = flight.join();
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
            let over = |token: &Token| token.time_left(self.context.clock.now()).is_zero();
            if !outcome.token().is_some_and(over) {
                return self.answered(outcome);
            }
        }
    }

    fn gave_up_waiting(&self) -> Served {
        let error = Error::new(
            Code::Timeout,
            format!(
                "no answer within {} ms. Try again, or allow more with timeout_ms; check the network",
                self.context.settings.timeout.as_millis()
            ),
        );
        self.answered(Arc::new(Outcome::new(Err(error))))
    }

    /// Carries a request out in a thread of its own, unless a glance at the store is enough. Where no thread can be made,
    /// the caller carries it out, unless it has a token and can do without.
    fn start(self: &Arc<Shared>, flight: &Arc<Flight>, renewal: Renewal) {
        if matches!(renewal, Renewal::Awaited)
            && let Ok(Some(outcome)) = panics::catch(Boundary::Request, || source::glance(&self.context, flight))
        {
            return self.complete(flight, outcome);
        }
        let (shared, flown) = (self.clone(), flight.clone());
        let thread = Builder::new().name("spotify-token".to_owned());
        let Err(error) = thread.spawn(move || shared.run(&flown, renewal)) else {
            return;
        };
        let fault = Error::new(Code::Internal, format!("no thread for the request: {error}"));
        self.context.log.log(Level::Warning, || fault.message().to_owned());
        match renewal {
            Renewal::Awaited => self.run(flight, renewal),
            Renewal::Ahead => self.complete(flight, Outcome::new(Err(fault))),
        }
    }

    /// Carries a request out, and wakes those who wait, whatever happens.
    fn run(&self, flight: &Arc<Flight>, renewal: Renewal) {
        let brought = panics::catch(Boundary::Request, || source::next_token(&self.context, flight, renewal))
            .and_then(|result| result);
        self.complete(flight, brought.unwrap_or_else(|error| Outcome::new(Err(error))));
    }

    fn complete(&self, flight: &Arc<Flight>, outcome: Outcome) {
        let outcome = Arc::new(outcome);
        let epoch = self.context.epochs.current();
        {
            let mut state = epoch.lock();
            let cached = self.cached.load_full();
            let replaced = cached.as_ref().and_then(|cached| cached.token());
            if let Some(newer) = state.end(flight, &outcome, replaced, self.context.clock.now()) {
                self.cache(Some(newer));
            }
        }
        flight.complete(outcome);
    }
}
