//! What the service knows, for the parts that respond.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use super::accounts::Accounts;
use super::failures::Failures;
use super::logins::Logins;
use super::refreshes::Refreshes;

pub(super) struct Spotify {
    pub(super) accounts: Accounts,
    pub(super) logins: Logins,
    pub(super) refreshes: Arc<Refreshes>,
    /// How many good refreshes are still refused.
    pub(super) refusals_left: AtomicU32,
    pub(super) failures: Failures,
    pub(super) api_failures: Failures,
}

impl Spotify {
    pub(super) fn new(accounts: Accounts) -> Spotify {
        Spotify {
            logins: Logins::new(&accounts),
            refreshes: Arc::default(),
            refusals_left: AtomicU32::new(accounts.refuse_refreshes),
            failures: Failures::new(accounts.fail),
            api_failures: Failures::new(accounts.fail_api),
            accounts,
        }
    }
}
