//! A user logs in (RFC 6749, section 4.1, with PKCE): the browser is waited for on loopback, or what it shows is pasted, whichever comes
//! first. The login is stored before anybody gets the token.

pub(crate) mod listener;
mod pages;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cancel::Cancel;
use crate::clock::{Clock, Moment, SystemClock};
use crate::config::{Config, Environment, Settings};
use crate::credentials::{self, PublicClient};
use crate::error::{Error, ErrorKind};
use crate::fetch::{self, Fetch, Granted};
use crate::fork::ProcessId;
use crate::log::{Level, Logger};
use crate::logins::{self, LoginKey, LoginLock, LoginStore, Record, record};
use crate::panics::{self, Boundary};
use crate::protocol::authorization::{AuthorizationRequest, Rejected};
use crate::protocol::grant::AuthorizationGrant;
use crate::secret::Secret;
use crate::stats::Counters;
use crate::sync::{Condvar, Mutex, MutexGuard, lock, wait_while};
use crate::token::Token;
use crate::transport::deadline::{self, Deadline};
use crate::transport::{self, HttpTransport};

use listener::{GRACE, Handled, LINGER, Listener};
use pages::Page;

/// The shortest wait: a program that looks every now and then makes progress.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);
/// The longest wait; nobody waits for longer.
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// How long pages that are due may delay the result of a login that was cancelled.
const SHORT_LINGER: Duration = Duration::from_millis(30);

/// A login that is being made. Open its [`url`](Login::url) in the user's browser, then [`wait`](Login::wait) for the browser to
/// come back, or [`finish`](Login::finish) with what it shows. Both may be called at the same time, in several threads.
///
/// It belongs to the process that made it: in a child of `fork()`, every call fails.
pub struct Login {
    parts: Parts,
    request: AuthorizationRequest,
    listener: Listener,
    state: Mutex<State>,
    /// The state has changed.
    changed: Condvar,
    /// Wakes the thread that serves the browser, once the login has ended.
    stop: Cancel,
    /// Ends the exchange of a code.
    cancel: Cancel,
    process: ProcessId,
}

/// What a login works with.
struct Parts {
    settings: Arc<Settings>,
    client: PublicClient,
    transport: HttpTransport,
    log: Logger,
    /// `None` when the program keeps the refresh token itself.
    store: Option<Box<dyn LoginStore>>,
}

#[derive(Default)]
struct State {
    progress: Progress,
    /// Whether a thread serves the browser.
    is_served: bool,
}

#[derive(Default)]
enum Progress {
    /// No code has arrived.
    #[default]
    Open,
    /// A code is being exchanged.
    Exchanging,
    /// The login is being stored. It cannot be cancelled any more.
    Storing,
    /// Every call returns this.
    Ended(Result<Token, Error>),
}

impl State {
    fn result(&self) -> Option<Result<Token, Error>> {
        match &self.progress {
            Progress::Ended(result) => Some(result.clone()),
            _ => None,
        }
    }
}

/// The right to serve the browser, which one thread has at a time.
struct Serving<'l>(&'l Login);

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        let login = self.0;
        let result = {
            let mut state = lock(&login.state);
            state.is_served = false;
            state.result()
        };
        login.changed.notify_all();
        if let Some(result) = result {
            login.close(&result);
        }
    }
}

impl Login {
    /// Begins a login with these options. What is unset comes from the process's environment.
    pub(crate) fn new(config: &Config, log: &Logger) -> Result<Login, Error> {
        let environment = Arc::new(Environment::from_process());
        let settings = Arc::new(Settings::resolve(config, &environment)?);
        let allowed = fetch::working_time(settings.timeout);
        let client = credentials::find_client_id(&settings, &environment, allowed, &Cancel::new())?;
        let store = (!settings.refresh_token_fn.is_set()).then(|| logins::open(&settings, &environment));
        let parts = Parts {
            transport: HttpTransport::new(settings.clone(), environment),
            log: log.with_own_gate(),
            settings,
            client,
            store,
        };
        parts.check_store()?;
        let settings = &parts.settings;
        let listener = Listener::bind(&settings.redirect_uri)?;
        let request = AuthorizationRequest::new(
            &settings.authorize_url,
            &parts.client.client_id,
            listener.uri().clone(),
            &settings.scope,
        )?;
        Ok(Login {
            parts,
            request,
            listener,
            state: Mutex::default(),
            changed: Condvar::default(),
            stop: Cancel::new(),
            cancel: Cancel::new(),
            process: ProcessId::current(),
        })
    }

    /// Returns the address to open in the user's browser. Do not log it: its `state` protects the login.
    pub fn url(&self) -> &str {
        self.request.url().expose()
    }

    /// Returns that address for the C ABI.
    pub(crate) fn url_text(&self) -> &Secret {
        self.request.url()
    }

    /// Waits until the browser comes back, for at most `timeout`; `None` for as long as it takes. Then exchanges the code, stores the
    /// login, and returns the token.
    ///
    /// # Errors
    /// [`Timeout`](ErrorKind::Timeout), after which this may be called again; [`Cancelled`](ErrorKind::Cancelled);
    /// [`Oauth`](ErrorKind::Oauth) with the OAuth error `access_denied` when the user declines; otherwise why there is no token, or why
    /// it could not be stored. All but the first end the login; where the exchange takes too long, that is
    /// [`Network`](ErrorKind::Network).
    pub fn wait(&self, timeout: Option<Duration>) -> Result<Token, Error> {
        self.check_process()?;
        let timeout = timeout.unwrap_or(LONGEST_WAIT).clamp(SHORTEST_WAIT, LONGEST_WAIT);
        let end = Instant::now() + timeout;
        {
            let mut state = lock(&self.state);
            // Another thread that serves the browser may give up before.
            state = wait_while(&self.changed, state, timeout, |state| {
                state.is_served && state.result().is_none()
            });
            if let Some(result) = state.result() {
                return result;
            }
            if state.is_served {
                return Err(not_within(timeout));
            }
            state.is_served = true;
        }
        let served = {
            let _serving = Serving(self);
            Deadline::new(end, Some(&self.stop))
                .and_then(|deadline| self.listener.serve(&deadline, &mut |query| self.handle(query)))
        };
        match (self.result(), served) {
            (Some(result), _) => result,
            (None, Err(error)) if !deadline::is_timeout(&error) => {
                let what = format!("cannot wait for the browser: {error}");
                Err(Error::new(ErrorKind::Internal, what).advise("Check the limit on open files, and wait again"))
            }
            (None, _) => Err(not_within(timeout)),
        }
    }

    /// Completes the login with what the browser shows after it: the whole address, its query, or the code alone. For a browser on
    /// another machine.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) for a text that is not of this login, which then goes on, as it does after
    /// [`Oauth`](ErrorKind::Oauth) with `invalid_grant` for a code alone; otherwise as for [`wait`](Login::wait).
    pub fn finish(&self, redirected_to: &str) -> Result<Token, Error> {
        self.check_process()?;
        if let Some(result) = self.result() {
            return result;
        }
        let has_state = redirected_to.contains('=');
        match self.request.read_pasted(redirected_to) {
            Ok(code) => self.redeem(&code, has_state),
            Err(Rejected::NotOurs(error)) => Err(error),
            Err(Rejected::Refused(error)) => self.refuse(error),
        }
    }

    /// Ends the login: calls that wait return [`Cancelled`](ErrorKind::Cancelled), and so do later ones. A login that has ended, or is
    /// being stored at this moment, stays as it is.
    pub fn cancel(&self) {
        // A child of `fork()` would wake its parent, and may have a locked copy of the lock.
        if self.check_process().is_err() {
            return;
        }
        self.cancel.cancel();
        let state = lock(&self.state);
        if let Progress::Open | Progress::Exchanging = state.progress {
            let _ = self.end(state, Err(Error::cancelled()));
        }
    }

    /// Takes a redirect of the browser.
    fn handle(&self, query: &str) -> Handled {
        let result = match self.request.read(query) {
            Err(Rejected::NotOurs(error)) => {
                let log = &self.parts.log;
                log.log(Level::Info, || {
                    format!("a request to the redirect URI was refused: {}", error.what())
                });
                return Handled::GoOn(Page::NotThisLogin);
            }
            Err(Rejected::Refused(error)) => self.refuse(error),
            Ok(code) => self.redeem(&code, true),
        };
        Handled::End(page_after(&result))
    }

    /// Exchanges a code. While another thread does that, waits for its result. A code that came without the state of this login may
    /// belong to another one: if the server refuses it, the login goes on.
    fn redeem(&self, code: &Secret, has_state: bool) -> Result<Token, Error> {
        {
            let mut state = self.once_settled(|progress| matches!(progress, Progress::Exchanging | Progress::Storing));
            if let Some(result) = state.result() {
                return result;
            }
            state.progress = Progress::Exchanging;
        }
        let exchanged = panics::catch(Boundary::Request, || self.exchange(code));
        let result = exchanged.and_then(|result| result);
        let mut state = lock(&self.state);
        if let Some(result) = state.result() {
            return result;
        }
        match result {
            Err(error) if !has_state && error.oauth_error() == Some("invalid_grant") => {
                state.progress = Progress::Open;
                drop(state);
                self.changed.notify_all();
                Err(error)
            }
            result => self.end(state, result),
        }
    }

    /// Exchanges a code and stores the login, unless it was cancelled before.
    fn exchange(&self, code: &Secret) -> Result<Token, Error> {
        let parts = &self.parts;
        let end = SystemClock.now().plus(fetch::working_time(parts.settings.timeout));
        let granted = parts.exchange(&self.request, code, end, &self.cancel)?;
        let lock = parts.lock_store(end, &self.cancel)?;
        self.begin_to_store()?;
        parts.keep(&granted, lock.as_ref())?;
        Ok(Token::from_access_token(granted.token))
    }

    fn begin_to_store(&self) -> Result<(), Error> {
        let mut state = lock(&self.state);
        match state.result() {
            Some(result) => result.map(drop),
            None => {
                state.progress = Progress::Storing;
                Ok(())
            }
        }
    }

    /// Ends the login because the user or the server refused.
    fn refuse(&self, error: Error) -> Result<Token, Error> {
        let state = self.once_settled(|progress| matches!(progress, Progress::Storing));
        self.end(state, Err(error))
    }

    /// Waits until the login is at another point.
    fn once_settled(&self, unsettled: impl Fn(&Progress) -> bool) -> MutexGuard<'_, State> {
        let state = lock(&self.state);
        wait_while(&self.changed, state, LONGEST_WAIT, |state| unsettled(&state.progress))
    }

    /// Ends the login with this result, unless it has ended. Returns the result that holds.
    fn end(&self, mut state: MutexGuard<'_, State>, result: Result<Token, Error>) -> Result<Token, Error> {
        if let Some(earlier) = state.result() {
            return earlier;
        }
        let result = result.map_err(ended);
        state.progress = Progress::Ended(result.clone());
        let is_served = state.is_served;
        drop(state);
        self.changed.notify_all();
        self.stop.cancel();
        // Otherwise the thread that serves does it.
        if !is_served {
            self.close(&result);
        }
        result
    }

    /// Stops listening. Whoever comes with the state of this login sees how it ended.
    fn close(&self, result: &Result<Token, Error>) {
        let (grace, longest) = match result {
            Err(error) if error.kind() == ErrorKind::Cancelled => (Duration::ZERO, SHORT_LINGER),
            _ => (GRACE, LINGER),
        };
        self.listener
            .close(grace, longest, &|query| match self.request.read(query) {
                Err(Rejected::NotOurs(_)) => Page::NotThisLogin,
                Ok(_) | Err(Rejected::Refused(_)) => page_after(result),
            });
    }

    fn result(&self) -> Option<Result<Token, Error>> {
        lock(&self.state).result()
    }

    /// The locks and the socket are those of the process that began the login.
    fn check_process(&self) -> Result<(), Error> {
        if self.process == ProcessId::current() {
            return Ok(());
        }
        let what = "this login was begun by the process that forked this one";
        Err(Error::new(ErrorKind::InvalidArgument, what).advise("Begin a login in this process"))
    }
}

impl Drop for Login {
    fn drop(&mut self) {
        self.parts.log.close();
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self.listener.uri().to_string();
        f.debug_struct("Login")
            .field("redirect_uri", &uri)
            .finish_non_exhaustive()
    }
}

impl Parts {
    fn key(&self) -> LoginKey {
        LoginKey::new(&self.settings.token_url, &self.client.client_id, &self.settings.account)
    }

    /// Finds out before the user logs in that the login cannot be stored.
    fn check_store(&self) -> Result<(), Error> {
        let Some(store) = &self.store else { return Ok(()) };
        match store.try_lock(&self.key()) {
            Ok(_) => Ok(()),
            Err(error) => Err(logins::failed(&**store, &self.settings, &error)),
        }
    }

    /// Exchanges a code (RFC 6749, section 4.1.3).
    fn exchange(
        &self,
        request: &AuthorizationRequest,
        code: &Secret,
        end: Moment,
        cancel: &Cancel,
    ) -> Result<Granted, Error> {
        let settings = &self.settings;
        let fetch = Fetch {
            settings,
            transport: &self.transport,
            clock: &SystemClock,
            log: &self.log,
            counters: &Counters::default(),
            cancel,
            progress: &transport::Progress::new(),
        };
        let grant = AuthorizationGrant::AuthorizationCode {
            client: &self.client,
            code,
            verifier: request.verifier(),
            redirect_uri: request.redirect_uri(),
            scope: &settings.scope,
        };
        let granted = fetch.granted_until(&grant, end)?;
        if let Some(lacking) = record::missing_scope(granted.token.scope(), &settings.scope) {
            self.log.log(Level::Warning, || {
                format!("the login was not granted the scope {lacking}")
            });
        }
        Ok(granted)
    }

    /// Locks the place for the login; `None` when the program keeps it.
    fn lock_store(&self, end: Moment, cancel: &Cancel) -> Result<Option<LoginLock>, Error> {
        let Some(store) = &self.store else { return Ok(None) };
        logins::lock_until(&**store, &self.settings, &self.key(), end, cancel).map(Some)
    }

    /// Stores the login, or passes it to the program.
    fn keep(&self, granted: &Granted, lock: Option<&LoginLock>) -> Result<(), Error> {
        let refresh_token = granted.refresh_token.clone().expect("a response to a code has one");
        let (Some(store), Some(lock)) = (&self.store, lock) else {
            let keep = &self.settings.refresh_token_fn;
            keep.call(|keep| keep(refresh_token.expose()));
            return Ok(());
        };
        let key = lock.key();
        let record = Record {
            token_url: key.token_url.clone(),
            client_id: key.client_id.expose().to_owned(),
            account: key.account.clone(),
            refresh_token,
            previous_refresh_token: None,
            scope: granted.token.scope().to_owned(),
            token: Some(granted.token.clone()),
            logged_in_at_ms: SystemClock.now().wall_ms,
            refused_at_ms: None,
        };
        let saved = store.save(lock, &record);
        saved.map_err(|error| logins::failed(&**store, &self.settings, &error))
    }
}

/// What every call says of a login that failed. `Timeout` is left to waits for the browser: it would say that the login goes on.
fn ended(error: Error) -> Error {
    const ADVICE: &str = "This login has ended: begin a new one";
    match (error.kind(), error.advice()) {
        (ErrorKind::Cancelled, _) => {
            Error::new(ErrorKind::Cancelled, "the login was cancelled").advise("Begin a new one")
        }
        (ErrorKind::Timeout, _) => Error::new(ErrorKind::Network, error.what()).advise(ADVICE),
        (_, "") => error.advise(ADVICE),
        (_, advice) if advice.starts_with("Log in again") => error,
        (_, advice) => {
            let advice = format!("{advice}. {ADVICE}");
            error.advise(advice)
        }
    }
}

/// What the browser shows at the end of a login.
fn page_after(result: &Result<Token, Error>) -> Page {
    match result {
        Ok(_) => Page::LoggedIn,
        Err(error) if error.kind() == ErrorKind::Cancelled => Page::Cancelled,
        Err(error) if error.oauth_error() == Some("access_denied") => Page::Declined,
        Err(_) => Page::Failed,
    }
}

fn not_within(timeout: Duration) -> Error {
    let time = match timeout.subsec_millis() {
        0 => format!("{} s", timeout.as_secs()),
        _ => format!("{} ms", timeout.as_millis()),
    };
    Error::new(
        ErrorKind::Timeout,
        format!("the browser has not come back within {time}"),
    )
    .advise("Wait again, or paste the address that the browser shows after the login")
}
