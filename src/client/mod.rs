//! A token at any time: cached, renewed ahead of its end, one request for any number of callers.
//!
//! A caller's way: `fresh` reads the cached token without a lock. When it has none to give, the caller takes the lock
//! and does what the state machine says (`state`): serve and perhaps renew, refuse, wait, or start a request. A
//! request is a `Flight`: it runs in a thread of its own and belongs to nobody.

mod epoch;
mod flight;
mod outcome;
mod state;

use std::ops::Deref;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use arc_swap::ArcSwapOption;

use crate::clock::{Clock, SystemClock};
use crate::credentials;
use crate::environment::Environment;
use crate::error::{Code, Error};
use crate::fetch::Fetch;
use crate::log::{Level, Logger};
use crate::options::{Config, Settings};
use crate::panics;
use crate::stats::{Stat, Stats};
use crate::token::Token;
use crate::transport::{HttpTransport, Transport};

use epoch::Epochs;
use flight::Flight;
use state::{Policy, Step};

pub(crate) use outcome::Outcome;

/// A long-lived source of tokens for one app. Cheap to clone, and a clone is the same client; safe to use from any
/// number of threads, and in a child of `fork()`.
#[derive(Clone)]
pub struct Client {
    handle: Arc<Handle>,
}

/// What the clones of a client share. When the last of them goes, nobody waits for a request any more.
struct Handle {
    shared: Arc<Shared>,
}

/// What a client and its requests share.
struct Shared {
    settings: Arc<Settings>,
    environment: Arc<Environment>,
    transport: Box<dyn Transport>,
    clock: Box<dyn Clock>,
    log: Logger,
    stats: Stats,
    policy: Policy,
    /// The token that callers get. Read without a lock.
    cached: ArcSwapOption<Outcome>,
    epochs: Epochs,
}

/// What a client is built from, for programs that bring their own clock or transport.
pub struct Parts {
    /// Checked options.
    pub settings: Settings,
    /// Where credentials, proxy and trust are looked up.
    pub environment: Environment,
    /// Who listens.
    pub log: Logger,
    /// How requests get to the server; `None` for HTTP.
    pub transport: Option<Box<dyn Transport>>,
    /// What time it is; `None` for the system's clocks.
    pub clock: Option<Box<dyn Clock>>,
}

/// What a caller gets.
pub(crate) struct Given {
    /// The token or the error, shared with every other caller of the same request.
    pub(crate) outcome: Arc<Outcome>,
    /// Whether it was there already, so that no answer of the server belongs to this call.
    pub(crate) from_memory: bool,
}

/// A token that callers share. It stays readable for as long as it is held, whatever becomes of the client.
#[derive(Debug)]
pub struct SharedToken(Arc<Outcome>);

impl Deref for SharedToken {
    type Target = Token;

    fn deref(&self) -> &Token {
        self.0.token().expect("made from a token alone")
    }
}

impl Given {
    fn into_result(self) -> Result<SharedToken, Error> {
        match self.outcome.result() {
            Ok(_) => Ok(SharedToken(self.outcome)),
            Err(error) => Err(error.clone()),
        }
    }
}

impl Client {
    /// A client with these options; what is unset comes from the process's environment, read here, or is the default.
    /// No I/O.
    ///
    /// # Errors
    /// `InvalidArgument` for a variable whose value its option does not take.
    pub fn new(config: &Config, log: Logger) -> Result<Client, Error> {
        let environment = Environment::of_process();
        Ok(Client::from_parts(Parts {
            settings: Settings::resolve(config, &environment)?,
            environment,
            log,
            transport: None,
            clock: None,
        }))
    }

    /// A client from its parts.
    pub fn from_parts(parts: Parts) -> Client {
        let settings = Arc::new(parts.settings);
        let environment = Arc::new(parts.environment);
        let http = || Box::new(HttpTransport::new(settings.clone(), environment.clone())) as Box<_>;
        let shared = Shared {
            policy: Policy::of(&settings),
            transport: parts.transport.unwrap_or_else(http),
            clock: parts.clock.unwrap_or_else(|| Box::new(SystemClock)),
            log: parts.log,
            stats: Stats::default(),
            cached: ArcSwapOption::empty(),
            epochs: Epochs::new(),
            settings,
            environment,
        };
        Client {
            handle: Arc::new(Handle {
                shared: Arc::new(shared),
            }),
        }
    }

    /// A valid token. From memory when there is one; else this blocks for `timeout_ms` at most, and callers who come
    /// meanwhile share the answer, an error too.
    ///
    /// # Errors
    /// Why there is no token: see [`Code`].
    pub fn token(&self) -> Result<SharedToken, Error> {
        self.ask().into_result()
    }

    /// The cached token while it is valid. Never does I/O and never waits for a request.
    ///
    /// # Errors
    /// `NotCached`.
    pub fn cached(&self) -> Result<SharedToken, Error> {
        self.ask_memory()?.into_result()
    }

    /// [`token`](Client::token), for the C ABI.
    pub(crate) fn ask(&self) -> Given {
        let shared = &self.handle.shared;
        match shared.fresh() {
            Some(outcome) => shared.hit(outcome),
            None => shared.token(),
        }
    }

    /// [`cached`](Client::cached), for the C ABI.
    pub(crate) fn ask_memory(&self) -> Result<Given, Error> {
        let shared = &self.handle.shared;
        let usable = || {
            let now = shared.clock.now();
            let held = shared.cached.load_full()?;
            held.token()
                .is_some_and(|token| shared.policy.is_usable(token, now))
                .then_some(held)
        };
        match shared.fresh().or_else(usable) {
            Some(outcome) => Ok(shared.hit(outcome)),
            None => Err(Error::new(
                Code::NotCached,
                "no valid token is cached. Ask for one with a call that may use the network",
            )),
        }
    }

    /// Shows `take` what [`token`](Client::token) would give; a cached token without counting a reference.
    pub fn with_token<T>(&self, take: impl FnOnce(Result<&Token, &Error>) -> T) -> T {
        let shared = &self.handle.shared;
        let held = shared.cached.load();
        if let Some(outcome) = held.as_ref().filter(|outcome| shared.is_fresh(outcome)) {
            shared.stats.count(Stat::Hits);
            return take(outcome.result());
        }
        drop(held);
        take(self.ask().outcome.result())
    }

    /// Drops the cached token if it is still the one that was rejected; `None` drops whichever it is, and any refusal
    /// that is remembered. A storm of rejections of one token thus costs one request.
    pub fn invalidate(&self, rejected_access_token: Option<&str>) {
        let shared = &self.handle.shared;
        let epoch = shared.epochs.current();
        let mut state = epoch.lock();
        let is_rejected =
            |outcome: &Arc<Outcome>| rejected_access_token.is_none_or(|rejected| outcome.is_token(rejected));
        if shared.cached.load_full().as_ref().is_some_and(is_rejected) {
            shared.cached.store(None);
        }
        if rejected_access_token.is_none() {
            state.forget_refusal();
        }
    }

    /// Ends the calls that block now, and the request they wait for. Later calls work.
    pub fn cancel(&self) {
        self.handle.give_up(Flight::has_waiters);
    }

    /// A counter.
    pub fn stat(&self, stat: Stat) -> u64 {
        self.handle.shared.stats.get(stat)
    }

    /// Whole seconds that a token has left, rounded up, by this client's clocks.
    pub(crate) fn expires_in(&self, outcome: &Outcome) -> i64 {
        outcome.expires_in(&*self.handle.shared.clock)
    }
}

impl Handle {
    fn give_up(&self, fits: impl FnOnce(&Flight) -> bool) {
        let epoch = self.shared.epochs.current();
        let flight = epoch.lock().take_flight_if(fits);
        if let Some(flight) = flight {
            flight.cancel();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.give_up(|_| true);
    }
}

impl Shared {
    /// The cached token, while it is neither over nor due for renewal.
    fn fresh(&self) -> Option<Arc<Outcome>> {
        let held = self.cached.load();
        let outcome = held.as_ref()?;
        self.is_fresh(outcome).then(|| outcome.clone())
    }

    /// What was found good in this tick of the clock needs no second look.
    fn is_fresh(&self, outcome: &Outcome) -> bool {
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

    fn hit(&self, outcome: Arc<Outcome>) -> Given {
        self.stats.count(Stat::Hits);
        Given {
            outcome,
            from_memory: true,
        }
    }

    /// The long way to a token: under the lock, and perhaps over the network.
    fn token(self: &Arc<Shared>) -> Given {
        let end = Instant::now() + self.settings.timeout;
        loop {
            let epoch = self.epochs.current();
            let mut state = epoch.lock();
            let tick = self.clock.tick();
            let now = self.clock.now();
            let mut started = None;
            let waiter = match state.step(self.cached.load_full(), &self.policy, now) {
                Step::Refuse(outcome) => {
                    return Given {
                        outcome,
                        from_memory: false,
                    };
                }
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
                return Given {
                    outcome,
                    from_memory: false,
                };
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
        Given {
            outcome: Arc::new(Outcome::new(Err(error))),
            from_memory: false,
        }
    }

    /// Carries a request out in a thread of its own. Where no thread can be made, the caller carries it out, unless
    /// it has a token and can do without.
    fn start(self: &Arc<Shared>, flight: &Arc<Flight>, renewal: Renewal) {
        let (shared, flown) = (self.clone(), flight.clone());
        let thread = thread::Builder::new().name("spotify-token".to_owned());
        let Err(error) = thread.spawn(move || shared.fly(&flown)) else {
            return;
        };
        self.log
            .log(Level::Warning, || format!("no thread for the request: {error}"));
        match renewal {
            Renewal::Awaited => self.fly(flight),
            Renewal::Ahead => {
                let fault = Error::new(Code::Internal, format!("no thread for the request: {error}"));
                self.land(flight, Outcome::new(Err(fault)));
            }
        }
    }

    /// Carries a request out, and wakes those who wait, whatever happens.
    fn fly(&self, flight: &Arc<Flight>) {
        let result = panics::catch(|| self.ask(flight)).and_then(|result| result);
        self.land(flight, Outcome::new(result));
    }

    fn ask(&self, flight: &Flight) -> Result<Token, Error> {
        let credentials = credentials::find(&self.settings, &self.environment)?;
        let fetch = Fetch {
            settings: &self.settings,
            transport: &*self.transport,
            clock: &*self.clock,
            log: &self.log,
            stats: &self.stats,
            cancel: flight.cancelled(),
        };
        fetch.token(&credentials)
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
enum Renewal {
    /// A caller has no token and waits.
    Awaited,
    /// Callers have a token that is good for a while yet.
    Ahead,
}
