//! Where a user's refresh token is, and what a client keeps of it between calls.

use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};

use crate::config::environment::Environment;
use crate::config::{RefreshTokenFn, Settings};
use crate::fork::ProcessId;
use crate::gate::Gated;
use crate::logins::{self, LoginLock, LoginStore, Record};
use crate::secret::Secret;

/// Where a user's refresh token is.
pub(super) enum UserSource {
    /// In the record of a login.
    Login {
        store: Box<dyn LoginStore>,
        /// A record that could not be written. Taken out by the thread that works with it.
        unsaved: ArcSwapOption<UnsavedLogin>,
    },
    /// With the program, which gave it to us and keeps each new one.
    Program {
        tokens: ArcSwap<RefreshTokens>,
        keep: Gated<RefreshTokenFn>,
    },
}

/// A refresh token, and the one before it until it has worked once.
#[derive(Clone)]
pub(super) struct RefreshTokens {
    pub(super) newest: Secret,
    pub(super) previous: Option<Secret>,
}

/// A record that could not be written. Its lock is held: another process would use a refresh token that is revoked.
pub(super) struct UnsavedLogin {
    pub(super) lock: Arc<LoginLock>,
    pub(super) record: Record,
    /// A child of `fork()` has neither the lock nor the right to use the record.
    process: ProcessId,
}

impl UserSource {
    pub(super) fn new(settings: &Settings, environment: &Environment) -> UserSource {
        match &settings.refresh_token {
            Some(refresh_token) => UserSource::Program {
                tokens: ArcSwap::from_pointee(RefreshTokens {
                    newest: refresh_token.clone(),
                    previous: None,
                }),
                keep: settings.refresh_token_fn.with_own_gate(),
            },
            None => UserSource::Login {
                store: logins::open(settings, environment),
                unsaved: ArcSwapOption::empty(),
            },
        }
    }

    /// Whether a record of this process waits to be written.
    pub(super) fn has_unsaved(&self) -> bool {
        let UserSource::Login { unsaved, .. } = self else {
            return false;
        };
        unsaved.load().as_ref().is_some_and(|unsaved| unsaved.is_ours())
    }

    /// Lets the program's function be called no more, once this has returned.
    pub(super) fn close(&self) {
        if let UserSource::Program { keep, .. } = self {
            keep.close();
        }
    }
}

impl UnsavedLogin {
    pub(super) fn new(lock: Arc<LoginLock>, record: Record) -> UnsavedLogin {
        UnsavedLogin {
            lock,
            record,
            process: ProcessId::current(),
        }
    }

    fn is_ours(&self) -> bool {
        self.process == ProcessId::current()
    }
}

/// Takes the record of this process that could not be written.
pub(super) fn take(unsaved: &ArcSwapOption<UnsavedLogin>) -> Option<Arc<UnsavedLogin>> {
    let is_ours = unsaved.load().as_ref()?.is_ours();
    if is_ours { unsaved.swap(None) } else { None }
}
