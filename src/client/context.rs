//! What a client works with: its options, its ways to the server and to a store, its clock, and who is told. Made once,
//! and shared by the client and its requests. What becomes of a token is not decided here.

use std::sync::Arc;

use super::process::Epochs;
use super::state::Policy;
use crate::clock::{Clock, SystemClock};
use crate::config::Settings;
use crate::config::environment::Environment;
use crate::log::Logger;
use crate::stats::Stats;
use crate::store::{self, CircuitBreaker};
use crate::transport::{HttpTransport, Transport};

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

/// The parts, made ready.
pub(super) struct Context {
    pub(super) settings: Arc<Settings>,
    pub(super) environment: Arc<Environment>,
    pub(super) transport: Box<dyn Transport>,
    pub(super) clock: Box<dyn Clock>,
    /// Whether that is the system's, which then need not be asked through the box.
    is_system_clock: bool,
    pub(super) log: Logger,
    pub(super) stats: Arc<Stats>,
    pub(super) policy: Policy,
    /// Where tokens rest between processes, if anywhere.
    pub(super) store: Option<CircuitBreaker>,
    pub(super) epochs: Epochs,
}

impl Context {
    pub(super) fn new(parts: Parts) -> Context {
        let settings = Arc::new(parts.settings);
        let environment = Arc::new(parts.environment);
        let http = || Box::new(HttpTransport::new(settings.clone(), environment.clone())) as Box<_>;
        Context {
            policy: Policy::new(&settings),
            store: store::open(&settings, &environment),
            transport: parts.transport.unwrap_or_else(http),
            is_system_clock: parts.clock.is_none(),
            clock: parts.clock.unwrap_or_else(|| Box::new(SystemClock)),
            log: parts.log,
            stats: Arc::default(),
            epochs: Epochs::new(),
            settings,
            environment,
        }
    }

    /// The clock's tick, for every call that finds a token in memory.
    #[inline]
    pub(super) fn tick(&self) -> u64 {
        if self.is_system_clock {
            SystemClock.tick()
        } else {
            self.clock.tick()
        }
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
