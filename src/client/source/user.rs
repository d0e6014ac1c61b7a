//! Where the next token of a user comes from: the record of the login, otherwise a refresh (RFC 6749, section 6). Two refreshes at
//! once revoke each other, so nobody refreshes without the lock of the login, and the new record is written before anybody gets the
//! new access token.
//!
//! A server refuses refresh tokens that are good, at times. So a refusal deletes nothing: the refresh token before this one is kept
//! until this one has worked once, and after a refusal the server is asked again a minute later.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};

use crate::calendar;
use crate::cancel::Cancel;
use crate::client::context::Context;
use crate::client::flight::{Flight, Reason};
use crate::client::policy::REFUSAL_REMEMBERED;
use crate::client::user_source::{RefreshTokens, UnsavedLogin, UserSource, take};
use crate::clock::Moment;
use crate::config::RefreshTokenFn;
use crate::credentials::{self, PublicClient};
use crate::error::{Error, ErrorKind};
use crate::fetch::{self, Granted};
use crate::gate::Gated;
use crate::log::Level;
use crate::logins::{self, LoginKey, LoginLock, LoginStore, Record, record};
use crate::outcome::Outcome;
use crate::protocol::grant::AuthorizationGrant;
use crate::protocol::token::Token;
use crate::secret::Secret;
use crate::stats::Stat;
use crate::store::{self, StoreError};
use crate::transport::Progress;

/// The OAuth error of a refresh token that is refused.
const INVALID_GRANT: &str = "invalid_grant";

/// A login with its lock.
struct LockedLogin {
    lock: Arc<LoginLock>,
    record: Record,
    /// Whether the store has this record.
    is_saved: bool,
}

/// Returns the token of the user, or why there is none. Blocks.
pub(super) fn next_token(
    context: &Context,
    user: &UserSource,
    flight: &Flight,
    reason: Reason,
) -> Result<Outcome, Error> {
    let call = Call::begin(context, flight.cancelled(), flight.progress())?;
    match user {
        UserSource::Program { tokens, keep } => call.refresh_for_program(tokens, keep),
        UserSource::Login { store, unsaved } => {
            let login = call.login(&**store, unsaved);
            match login.usable_or_locked(reason)? {
                Found::Token(token) => Ok(Outcome::from_store(token)),
                Found::Locked(locked) => Ok(login.refresh(locked)),
            }
        }
    }
}

/// Refreshes the token, although the one that is stored may be valid. Blocks.
pub(super) fn refreshed_token(context: &Context, user: &UserSource) -> Result<Token, Error> {
    let cancel = Cancel::new();
    let call = Call::begin(context, &cancel, &context.refreshing)?;
    let outcome = match user {
        UserSource::Program { tokens, keep } => call.refresh_for_program(tokens, keep)?,
        UserSource::Login { store, unsaved } => {
            let login = call.login(&**store, unsaved);
            let locked = login.locked()?;
            login.check_scope(&locked.record)?;
            login.refresh(locked)
        }
    };
    outcome.result().cloned().map_err(Clone::clone)
}

/// Removes the access token from the record if it is the one that was rejected; `None` removes whichever it is, and a refusal. The
/// login stays.
pub(super) fn forget_access_token(context: &Context, user: &UserSource, rejected: Option<&str>) -> Result<(), Error> {
    let UserSource::Login { store, unsaved } = user else {
        return Ok(());
    };
    let (cancel, progress) = (Cancel::new(), Progress::new());
    let call = Call::begin(context, &cancel, &progress)?;
    let login = call.login(&**store, unsaved);
    let has_it = |record: &Record| {
        let token = record.token.as_ref();
        let is_rejected = token.is_some_and(|token| rejected.is_none_or(|rejected| rejected == token.access_token()));
        is_rejected || rejected.is_none() && record.refused_at_ms.is_some()
    };
    if !login.load()?.as_ref().is_some_and(has_it) {
        return Ok(());
    }
    let mut locked = login.locked()?;
    if has_it(&locked.record) {
        locked.record.token = None;
        if rejected.is_none() {
            locked.record.refused_at_ms = None;
        }
        store
            .save(&locked.lock, &locked.record)
            .map_err(|error| login.store_failed(&error))?;
    }
    Ok(())
}

/// Returns the access token in the record, if it has not expired.
pub(super) fn peek(context: &Context, user: &UserSource) -> Result<Option<Outcome>, Error> {
    let UserSource::Login { store, unsaved } = user else {
        return Ok(None);
    };
    let (cancel, progress) = (Cancel::new(), Progress::new());
    let call = Call::begin(context, &cancel, &progress)?;
    let record = call.login(&**store, unsaved).load()?;
    Ok(record.and_then(|record| record.token).map(Outcome::from_store))
}

/// Tries again to write a record that could not be written. Does nothing while another thread works with it.
pub(super) fn save_unsaved(context: &Context, user: &UserSource) {
    let UserSource::Login { store, unsaved } = user else {
        return;
    };
    let Some(taken) = take(unsaved) else { return };
    match store.save(&taken.lock, &taken.record) {
        Ok(()) => context
            .log
            .log(Level::Info, || format!("{}: the login is written now", store.name())),
        Err(_) => unsaved.store(Some(taken)),
    }
}

/// One call: the app, and until when it may take.
struct Call<'c> {
    context: &'c Context,
    cancel: &'c Cancel,
    progress: &'c Progress,
    client: PublicClient,
    end: Moment,
}

impl<'c> Call<'c> {
    /// Finds the client id. No secret is looked for.
    fn begin(context: &'c Context, cancel: &'c Cancel, progress: &'c Progress) -> Result<Call<'c>, Error> {
        let allowed = fetch::working_time(context.settings.timeout);
        let end = context.clock.now().plus(allowed);
        let client = credentials::find_client_id(&context.settings, &context.environment, allowed, cancel)?;
        Ok(Call {
            context,
            cancel,
            progress,
            client,
            end,
        })
    }

    fn login<'l>(&'l self, store: &'l dyn LoginStore, unsaved: &'l ArcSwapOption<UnsavedLogin>) -> Login<'l> {
        let settings = &self.context.settings;
        Login {
            call: self,
            store,
            unsaved,
            key: LoginKey::new(&settings.token_url, &self.client.client_id, &settings.account),
        }
    }

    /// Requests a token with a refresh token.
    fn ask(&self, refresh_token: &Secret, scope: &str, end: Moment) -> Result<Granted, Error> {
        self.cancel.check()?;
        let grant = AuthorizationGrant::RefreshToken {
            client: &self.client,
            refresh_token,
            scope,
        };
        let fetch = self.context.fetch(self.cancel, self.progress);
        fetch.granted_until(&grant, end)
    }

    /// Refreshes with the newest refresh token, and with the one before it where that is refused. Returns the access token, and the
    /// refresh tokens to keep.
    fn refresh(&self, tokens: &RefreshTokens, scope: &str, end: Moment) -> Result<(Token, RefreshTokens), Error> {
        let error = match self.ask(&tokens.newest, scope, end) {
            Ok(granted) => return Ok(kept(granted, &tokens.newest, None)),
            Err(error) => error,
        };
        let Some(previous) = tokens.previous.as_ref().filter(|_| is_refusal(&error)) else {
            return Err(error);
        };
        self.context.log.log(Level::Info, || {
            "the newest refresh token was refused; trying the one before it".to_owned()
        });
        let granted = self.ask(previous, scope, end)?;
        Ok(kept(granted, previous, Some(&tokens.newest)))
    }

    fn refresh_for_program(
        &self,
        tokens: &ArcSwap<RefreshTokens>,
        keep: &Gated<RefreshTokenFn>,
    ) -> Result<Outcome, Error> {
        let context = self.context;
        let wanted = &context.settings.scope;
        let before = tokens.load_full();
        match self.refresh(&before, wanted, self.end) {
            Ok((token, kept)) => {
                let newest = kept.newest.clone();
                tokens.store(Arc::new(kept));
                if newest != before.newest {
                    keep.call(|keep| keep(newest.expose()));
                }
                match record::missing_scope(token.scope(), wanted) {
                    None => Ok(Outcome::new(Ok(token))),
                    Some(missing) => Err(scope_missing("the refresh token", missing, "Let the user log in again")),
                }
            }
            Err(error) if is_refusal(&error) => {
                let what = format!("the refresh token was refused: {}", error.what());
                let advice = "Let the user log in again. The server is asked again in a minute, as it sometimes refuses a good one";
                let until = context.clock.now().plus(REFUSAL_REMEMBERED);
                Ok(Outcome::repeated(
                    login_required(&what, Some(&error)).advise(advice),
                    until,
                ))
            }
            Err(error) => Err(error),
        }
    }
}

/// Returns what came when `used` was used, and the refresh tokens to keep: a new one is kept beside the one that brought it, until it
/// has worked once.
fn kept(granted: Granted, used: &Secret, refused: Option<&Secret>) -> (Token, RefreshTokens) {
    let tokens = match granted.refresh_token {
        Some(new) => RefreshTokens {
            newest: new,
            previous: Some(used.clone()),
        },
        None => RefreshTokens {
            newest: used.clone(),
            previous: refused.cloned(),
        },
    };
    (granted.token, tokens)
}

/// What a call found.
enum Found {
    /// A token that can be used.
    Token(Token),
    /// A login that has to be refreshed.
    Locked(LockedLogin),
}

/// One call's use of a login.
struct Login<'l> {
    call: &'l Call<'l>,
    store: &'l dyn LoginStore,
    unsaved: &'l ArcSwapOption<UnsavedLogin>,
    key: LoginKey,
}

impl Login<'_> {
    /// Returns a token that can be used, or takes the lock to refresh it.
    fn usable_or_locked(&self, reason: Reason) -> Result<Found, Error> {
        let found = self.found_or_locked(|record| self.usable(record, reason))?;
        if matches!(found, Found::Token(_)) {
            self.call.context.counters.count(Stat::StoreHits);
        }
        Ok(found)
    }

    /// Takes the lock, whatever token there is.
    fn locked(&self) -> Result<LockedLogin, Error> {
        match self.found_or_locked(|_| Ok(None))? {
            Found::Locked(locked) => Ok(locked),
            Found::Token(_) => unreachable!("no token is looked for"),
        }
    }

    /// Looks for a token in the record, and takes the lock where there is none. While another process has the lock, it waits and
    /// looks again.
    fn found_or_locked(&self, usable: impl Fn(&Record) -> Result<Option<Token>, Error>) -> Result<Found, Error> {
        if let Some(unsaved) = take(self.unsaved) {
            let locked = LockedLogin {
                lock: unsaved.lock.clone(),
                record: unsaved.record.clone(),
                is_saved: false,
            };
            match usable(&locked.record) {
                // Another machine may have the lock by now. It gets this record first.
                Ok(None) if locked.lock.has_expired() => self.settle(locked)?,
                Ok(None) => return Ok(Found::Locked(locked)),
                Ok(Some(token)) => {
                    let _ = self.settle(locked);
                    return Ok(Found::Token(token));
                }
                Err(error) => {
                    let _ = self.settle(locked);
                    return Err(error);
                }
            }
        }
        let clock = &self.call.context.clock;
        for looks in 1.. {
            let record = self.existing()?;
            if looks == 1 {
                self.warn_of_end(&record);
            }
            if let Some(token) = usable(&record)? {
                return Ok(Found::Token(token));
            }
            let lock = self
                .store
                .try_lock(&self.key)
                .map_err(|error| self.store_failed(&error))?;
            if let Some(lock) = lock {
                // The last holder may have refreshed it since.
                let record = self.existing()?;
                return Ok(match usable(&record)? {
                    Some(token) => Found::Token(token),
                    None => Found::Locked(LockedLogin {
                        lock: Arc::new(lock),
                        record,
                        is_saved: true,
                    }),
                });
            }
            let left = self.call.end.since(clock.now());
            if left.is_zero() {
                break;
            }
            self.call.progress.wait_for_other();
            clock.wait(store::before_look(looks).min(left), self.call.cancel);
            self.call.cancel.check()?;
        }
        Err(logins::locked_for_too_long(self.store, &self.key))
    }

    fn load(&self) -> Result<Option<Record>, Error> {
        let now = self.call.context.clock.now();
        self.store
            .load(&self.key, now)
            .map_err(|error| self.store_failed(&error))
    }

    fn existing(&self) -> Result<Record, Error> {
        let record = self.load()?;
        let ends_at_ms = record.as_ref().map_or(0, Record::ends_at_ms);
        self.call.context.counters.set_time(Stat::LoginSeconds, ends_at_ms);
        record.ok_or_else(|| {
            let what = format!("account {} has not logged in with this client id", self.key.account);
            login_required(&what, None).advise(self.log_in())
        })
    }

    /// Returns the access token of the record if it can be used: it was not rejected here, and it is not due for a refresh itself
    /// when this is one. Nothing if it has to be refreshed.
    fn usable(&self, record: &Record, reason: Reason) -> Result<Option<Token>, Error> {
        self.check_scope(record)?;
        let context = self.call.context;
        let (policy, rejections, now) = (context.policy, &context.rejections, context.clock.now());
        let can_be_used = |token: &&Token| {
            let too_old = matches!(reason, Reason::Refresh) && policy.is_due(token, now);
            !too_old && policy.is_usable(token, now) && !rejections.contain(token)
        };
        if let Some(token) = record.token.as_ref().filter(can_be_used) {
            return Ok(Some(token.clone()));
        }
        match record.refused_at_ms {
            Some(refused_at_ms) if is_recent(refused_at_ms, now) && !rejections.cover(refused_at_ms) => {
                Err(self.refused(record, None))
            }
            _ => Ok(None),
        }
    }

    fn check_scope(&self, record: &Record) -> Result<(), Error> {
        match record::missing_scope(&record.scope, &self.call.context.settings.scope) {
            None => Ok(()),
            Some(missing) => {
                let login = format!("the login of account {}", self.key.account);
                Err(scope_missing(
                    &login,
                    missing,
                    &format!("{} with that scope", self.log_in()),
                ))
            }
        }
    }

    /// Refreshes the token. The new record is written before this returns.
    fn refresh(&self, mut locked: LockedLogin) -> Outcome {
        let context = self.call.context;
        let record = &mut locked.record;
        let tokens = RefreshTokens {
            newest: record.refresh_token.clone(),
            previous: record.previous_refresh_token.clone(),
        };
        let end = self.end_with(&locked.lock);
        match self.call.refresh(&tokens, &record.scope, end) {
            Ok((token, kept)) => {
                if let Some(lost) = record::missing_scope(token.scope(), &record.scope) {
                    context.log.log(Level::Warning, || {
                        format!("the login of account {} has lost the scope {lost}", self.key.account)
                    });
                }
                record.refresh_token = kept.newest;
                record.previous_refresh_token = kept.previous;
                token.scope().clone_into(&mut record.scope);
                record.token = Some(token.clone());
                record.refused_at_ms = None;
                locked.is_saved = false;
                let result = self.check_scope(&locked.record).map(|()| token);
                let _ = self.settle(locked);
                Outcome::new(result)
            }
            Err(error) if is_refusal(&error) => {
                let error = self.refused(record, Some(&error));
                let now = context.clock.now();
                record.refused_at_ms = Some(now.wall_ms);
                match self.store.save(&locked.lock, record) {
                    Ok(()) => Outcome::new(Err(error)),
                    // Nothing but the mark is lost.
                    Err(_) => {
                        let _ = self.settle(locked);
                        Outcome::repeated(error, now.plus(REFUSAL_REMEMBERED))
                    }
                }
            }
            Err(error) => {
                let _ = self.settle(locked);
                Outcome::new(Err(error))
            }
        }
    }

    /// Returns when a request has to end that is made with this lock: no other process may make one at the same time.
    fn end_with(&self, lock: &LoginLock) -> Moment {
        let Some(until) = lock.until() else {
            return self.call.end;
        };
        let left = until.saturating_duration_since(Instant::now());
        let lock_end = self.call.context.clock.now().plus(left);
        if lock_end.is_before(self.call.end) {
            lock_end
        } else {
            self.call.end
        }
    }

    /// Writes the record if it is not written, and returns the lock. A record that cannot be written stays in memory, with its lock,
    /// until a later call writes it.
    fn settle(&self, locked: LockedLogin) -> Result<(), Error> {
        if locked.is_saved {
            return Ok(());
        }
        let Err(error) = self.store.save(&locked.lock, &locked.record) else {
            return Ok(());
        };
        let error = self.store_failed(&error);
        self.call.context.log.log(Level::Error, || {
            format!(
                "the new login is in the memory of this process alone: {}",
                error.message()
            )
        });
        let unsaved = UnsavedLogin::new(locked.lock, locked.record);
        self.unsaved.store(Some(Arc::new(unsaved)));
        Err(error)
    }

    fn warn_of_end(&self, record: &Record) {
        let (now, end) = (self.call.context.clock.now(), record.ends_at_ms());
        let left = u64::try_from(end.saturating_sub(now.wall_ms)).unwrap_or(0);
        if left > 0 && Duration::from_millis(left) <= record::WARNED_BEFORE {
            self.call.context.log.log(Level::Warning, || {
                let (account, day) = (&self.key.account, calendar::day(end));
                format!("the login of account {account} ends on {day}. {}", self.log_in())
            });
        }
    }

    /// The error of a login that the server refuses to refresh, and what it said if it was asked now.
    fn refused(&self, record: &Record, error: Option<&Error>) -> Error {
        let account = &self.key.account;
        let began = calendar::day(record.logged_in_at_ms);
        let now = self.call.context.clock.now();
        let (what, and) = if now.wall_ms >= record.ends_at_ms() {
            (
                format!("the login of account {account} has ended: it began on {began}, and a login lasts six months"),
                "",
            )
        } else {
            (
                format!(
                    "the login of account {account} was refused: the user has revoked it since {began}, or another program has \
                     used its refresh token"
                ),
                ". The server is asked again in a minute, as it sometimes refuses a good one",
            )
        };
        let said = error.map_or_else(String::new, |error| format!("; {}", error.what()));
        login_required(&format!("{what}{said}"), error).advise(format!("{}{and}", self.log_in()))
    }

    fn log_in(&self) -> String {
        match self.key.account.as_str() {
            "default" => "Log in: spotify-token login".to_owned(),
            account => format!("Log in: spotify-token login --account {account}"),
        }
    }

    fn store_failed(&self, error: &StoreError) -> Error {
        logins::failed(self.store, &self.call.context.settings, error)
    }
}

/// Whether the server refused this refresh token.
fn is_refusal(error: &Error) -> bool {
    error.oauth_error() == Some(INVALID_GRANT)
}

/// Whether this was less than a minute ago.
fn is_recent(wall_ms: i64, now: Moment) -> bool {
    let ago = now.wall_ms.saturating_sub(wall_ms);
    u64::try_from(ago).is_ok_and(|ago| Duration::from_millis(ago) < REFUSAL_REMEMBERED)
}

/// An error after which a user has to log in, with the response that caused it.
fn login_required(what: &str, cause: Option<&Error>) -> Error {
    let error = Error::new(ErrorKind::LoginRequired, what);
    match cause {
        None => error,
        Some(cause) => {
            let error = cause
                .oauth_error()
                .map(|code| error.clone().with_oauth_error(code))
                .unwrap_or(error);
            match cause.http_status() {
                Some(status) => error.with_http_status(status),
                None => error,
            }
        }
    }
}

fn scope_missing(what: &str, missing: &str, advice: &str) -> Error {
    login_required(&format!("{what} does not have the scope {missing}"), None).advise(advice)
}
