//! What a client works with: its options, its transport, its store, its clock and its logger. Made once, and shared by the
//! client and its requests.

use std::sync::Arc;

use super::rejections::Rejections;
use super::state::Policy;
use crate::cancel::Cancel;
use crate::clock::{Clock, SystemClock};
use crate::config::Settings;
use crate::config::environment::Environment;
use crate::log::Logger;
use crate::stats::Counters;
use crate::store::{self, CircuitBreaker};
use crate::transport::{HttpTransport, Transport};

/// What a client is built from, for tests and for programs with a clock or a transport of their own.
pub struct Parts {
    /// Checked options.
    pub settings: Settings,
    /// Where credentials, proxies and CA certificates are looked up.
    pub environment: Environment,
    /// Where log messages go.
    pub log: Logger,
    /// How requests get to the server; `None` for HTTP.
    pub transport: Option<Box<dyn Transport>>,
    /// The clock; `None` for the system's.
    pub clock: Option<Box<dyn Clock>>,
}

/// The parts of a client, ready for use.
pub(super) struct Context {
    pub(super) settings: Arc<Settings>,
    pub(super) environment: Arc<Environment>,
    pub(super) transport: Box<dyn Transport>,
    pub(super) clock: Box<dyn Clock>,
    pub(super) log: Logger,
    pub(super) counters: Counters,
    pub(super) policy: Policy,
    /// Where tokens are kept for other processes, if anywhere.
    pub(super) store: Option<CircuitBreaker>,
    pub(super) rejections: Rejections,
    /// Used when the last clone of the client is dropped.
    pub(super) closed: Cancel,
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
            clock: parts.clock.unwrap_or_else(|| Box::new(SystemClock)),
            log: parts.log.with_own_gate(),
            counters: Counters::default(),
            rejections: Rejections::default(),
            closed: Cancel::new(),
            settings,
            environment,
        }
    }
}
