//! What a client works with: its options, its transport, its store, its clock and its logger. Made once, and shared by the
//! client and its requests.

use std::sync::Arc;

use super::policy::Policy;
use super::rejections::Rejections;
use super::user_source::UserSource;
use crate::cancel::Cancel;
use crate::clock::{Clock, SystemClock};
use crate::config::environment::Environment;
use crate::config::{Grant, Settings};
use crate::fetch::Fetch;
use crate::log::Logger;
use crate::stats::Counters;
use crate::store::{self, CircuitBreaker};
use crate::transport::{HttpTransport, Progress, Transport};

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
    /// Where the tokens of a user come from, if this is a client for one.
    pub(super) user: Option<UserSource>,
    /// Where the tokens of an app are kept for other processes, if anywhere.
    pub(super) store: Option<CircuitBreaker>,
    pub(super) rejections: Rejections,
    /// How far the refreshes got that callers asked for.
    pub(super) refreshing: Progress,
    /// Used when the last clone of the client is dropped.
    pub(super) closed: Cancel,
}

impl Context {
    pub(super) fn new(parts: Parts) -> Context {
        let settings = Arc::new(parts.settings);
        let environment = Arc::new(parts.environment);
        let http = || Box::new(HttpTransport::new(settings.clone(), environment.clone())) as Box<_>;
        let is_for_user = settings.grant == Grant::User;
        Context {
            policy: Policy::new(&settings),
            user: is_for_user.then(|| UserSource::new(&settings, &environment)),
            // A user's tokens are with the login, and never in a cache.
            store: (!is_for_user).then(|| store::open(&settings, &environment)).flatten(),
            transport: parts.transport.unwrap_or_else(http),
            clock: parts.clock.unwrap_or_else(|| Box::new(SystemClock)),
            log: parts.log.with_own_gate(),
            counters: Counters::default(),
            rejections: Rejections::default(),
            refreshing: Progress::new(),
            closed: Cancel::new(),
            settings,
            environment,
        }
    }

    /// Returns what makes a call to the server.
    pub(super) fn fetch<'c>(&'c self, cancel: &'c Cancel, progress: &'c Progress) -> Fetch<'c> {
        Fetch {
            settings: &self.settings,
            transport: &*self.transport,
            clock: &*self.clock,
            log: &self.log,
            counters: &self.counters,
            cancel,
            progress,
        }
    }

    /// Whether tokens are stored outside of this client.
    pub(super) fn has_store(&self) -> bool {
        self.store.is_some() || self.user.is_some()
    }

    /// Whether a login waits to be written.
    pub(super) fn has_unsaved_login(&self) -> bool {
        self.user.as_ref().is_some_and(UserSource::has_unsaved)
    }

    /// Calls no function of the program any more, once this has returned.
    pub(super) fn close(&self) {
        self.closed.cancel();
        if let Some(user) = &self.user {
            user.close();
        }
        self.log.close();
    }
}
