//! The logins of users: consent pages that wait for an answer, codes, refresh tokens, and the access tokens of users and apps.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use super::accounts::{Accounts, Rotate};
use super::recent::Recent;
use super::server::lock;
use crate::random;

pub(super) type LoginId = u64;

/// What an app asked the user for, once it was checked.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) scopes: Vec<String>,
    /// The code challenge of PKCE. An app that sends none has to prove itself with its secret.
    pub(super) challenge: Option<String>,
}

/// What a code or a refresh token brings.
pub(super) struct Granted {
    pub(super) access_token: String,
    pub(super) refresh_token: Option<String>,
    pub(super) scopes: Vec<String>,
}

/// Why a code brings nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CodeRefused {
    Unknown,
    Expired,
    OtherRedirectUri,
    VerifierMissing,
    VerifierWrong,
    SecretMissing,
}

/// Why a refresh token brings nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefreshRefused {
    Unknown,
    Expired,
    Revoked,
    SecretMissing,
}

/// Who a token of the Web API speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    App,
    User { scopes: Vec<String> },
}

/// Why the Web API does not take a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenRefused {
    Unknown,
    Expired,
}

/// A consent page that was shown. Its ticket is good for one answer, and no other page can know it.
struct Shown {
    ticket: String,
    asked: Asked,
    end: Instant,
}

struct Code {
    code: String,
    asked: Asked,
    end: Instant,
    /// The login that it has brought.
    login: Option<LoginId>,
}

struct Login {
    id: LoginId,
    scopes: Vec<String>,
    end: Option<Instant>,
    /// The one refresh token that is good.
    refresh_token: String,
    refreshes: u32,
    is_revoked: bool,
    needs_secret: bool,
}

/// A refresh token that is good, or was.
struct Issued {
    refresh_token: String,
    login: LoginId,
}

struct AccessToken {
    token: String,
    end: Instant,
    login: Option<LoginId>,
    holder: Holder,
}

#[derive(Default)]
struct Lists {
    shown: Recent<Shown>,
    codes: Recent<Code>,
    logins: Recent<Login>,
    issued: Recent<Issued>,
    access_tokens: Recent<AccessToken>,
}

pub(super) struct Logins {
    rules: Rules,
    lists: Mutex<Lists>,
    counter: AtomicU64,
    /// How far a test has moved the clock, in milliseconds.
    moved: AtomicU64,
}

/// What `Accounts` says about logins.
struct Rules {
    expires_in: Duration,
    code_lifetime: Duration,
    login_lifetime: Duration,
    rotate: Rotate,
    revoke_after: Option<u32>,
    withheld_scopes: Vec<String>,
}

/// An instant so far away that nobody waits for it.
const FAR: Duration = Duration::from_secs(1 << 30);

impl Logins {
    pub(super) fn new(accounts: &Accounts) -> Logins {
        Logins {
            rules: Rules {
                expires_in: Duration::from_secs(accounts.expires_in.unsigned_abs()),
                code_lifetime: accounts.code_lifetime,
                login_lifetime: accounts.login_lifetime,
                rotate: accounts.rotate,
                revoke_after: accounts.revoke_after,
                withheld_scopes: accounts.withheld_scopes.clone(),
            },
            lists: Mutex::default(),
            counter: AtomicU64::new(1),
            moved: AtomicU64::new(0),
        }
    }

    /// Moves the clock by which everything ends.
    pub(super) fn advance(&self, time: Duration) {
        let time = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let moved = |before: u64| Some(before.saturating_add(time));
        let _ = self.moved.fetch_update(Ordering::SeqCst, Ordering::SeqCst, moved);
    }

    fn now(&self) -> Instant {
        let (now, moved) = (Instant::now(), self.moved.load(Ordering::SeqCst));
        now.checked_add(Duration::from_millis(moved)).unwrap_or(now + FAR)
    }

    fn after(&self, time: Duration) -> Instant {
        let now = self.now();
        now.checked_add(time).unwrap_or(now + FAR)
    }

    /// Notes that a consent page is shown, and returns its ticket.
    pub(super) fn show(&self, asked: Asked) -> String {
        let ticket = self.unique::<40>("");
        let shown = Shown {
            ticket: ticket.clone(),
            asked,
            end: self.after(self.rules.code_lifetime),
        };
        lock(&self.lists).shown.add(shown);
        ticket
    }

    /// Returns what was asked on the page with this ticket, once.
    pub(super) fn decide(&self, ticket: &str) -> Option<Asked> {
        let shown = lock(&self.lists).shown.take(|shown| shown.ticket == ticket)?;
        (shown.end > self.now()).then_some(shown.asked)
    }

    /// Issues a code for what the user has agreed to (RFC 6749, section 4.1.2).
    pub(super) fn new_code(&self, asked: Asked) -> String {
        let code = self.unique::<190>("AQ");
        let end = self.after(self.rules.code_lifetime);
        lock(&self.lists).codes.add(Code {
            code: code.clone(),
            asked,
            end,
            login: None,
        });
        code
    }

    /// Exchanges a code (RFC 6749, section 4.1.3; RFC 7636, section 4.6). What is refused changes nothing, except that a code
    /// that is used twice revokes what it has brought (RFC 6749, section 4.1.2).
    pub(super) fn exchange(
        &self,
        code: &str,
        redirect_uri: &str,
        verifier: Option<&str>,
        has_secret: bool,
    ) -> Result<Granted, CodeRefused> {
        let now = self.now();
        let mut lists = lock(&self.lists);
        let lists = &mut *lists;
        let known = lists.codes.find_mut(|known| known.code == code);
        let known = known.ok_or(CodeRefused::Unknown)?;
        if let Some(login) = known.login {
            lists.revoke(login);
            return Err(CodeRefused::Unknown);
        }
        if known.end <= now {
            return Err(CodeRefused::Expired);
        }
        if known.asked.redirect_uri != redirect_uri {
            return Err(CodeRefused::OtherRedirectUri);
        }
        match (&known.asked.challenge, verifier) {
            (Some(_), None) => return Err(CodeRefused::VerifierMissing),
            (Some(challenge), Some(verifier)) if *challenge != challenge_of(verifier) => {
                return Err(CodeRefused::VerifierWrong);
            }
            (Some(_), Some(_)) => {}
            (None, _) if has_secret => {}
            (None, _) => return Err(CodeRefused::SecretMissing),
        }
        let id = self.counter.fetch_add(1, Ordering::SeqCst);
        known.login = Some(id);
        let withheld = |scope: &String| self.rules.withheld_scopes.contains(scope);
        let scopes: Vec<String> = known
            .asked
            .scopes
            .iter()
            .filter(|scope| !withheld(scope))
            .cloned()
            .collect();
        let refresh_token = self.unique::<120>("AQ");
        lists.logins.add(Login {
            id,
            scopes: scopes.clone(),
            end: now.checked_add(self.rules.login_lifetime),
            refresh_token: refresh_token.clone(),
            refreshes: 0,
            is_revoked: self.rules.revoke_after == Some(0),
            needs_secret: known.asked.challenge.is_none(),
        });
        lists.issued.add(Issued {
            refresh_token: refresh_token.clone(),
            login: id,
        });
        Ok(Granted {
            access_token: self.add_access_token(lists, Some(id), Holder::User { scopes: scopes.clone() }),
            refresh_token: Some(refresh_token),
            scopes,
        })
    }

    /// Returns the login that a refresh token belongs to, or belonged to.
    pub(super) fn login_of(&self, refresh_token: &str) -> Option<LoginId> {
        lock(&self.lists).login_of(refresh_token)
    }

    /// Refreshes an access token (RFC 6749, section 6).
    pub(super) fn refresh(&self, refresh_token: &str, has_secret: bool) -> Result<Granted, RefreshRefused> {
        let now = self.now();
        let mut lists = lock(&self.lists);
        let id = lists.login_of(refresh_token).ok_or(RefreshRefused::Unknown)?;
        let login = lists.logins.find_mut(|login| login.id == id);
        let login = login.ok_or(RefreshRefused::Unknown)?;
        if login.is_revoked || login.refresh_token != refresh_token {
            return Err(RefreshRefused::Revoked);
        }
        if login.end.is_some_and(|end| end <= now) {
            return Err(RefreshRefused::Expired);
        }
        if login.needs_secret && !has_secret {
            return Err(RefreshRefused::SecretMissing);
        }
        let rotated = (self.rules.rotate == Rotate::Always).then(|| self.unique::<120>("AQ"));
        if let Some(rotated) = &rotated {
            login.refresh_token.clone_from(rotated);
        }
        login.refreshes = login.refreshes.saturating_add(1);
        login.is_revoked = self.rules.revoke_after.is_some_and(|most| login.refreshes >= most);
        let scopes = login.scopes.clone();
        if let Some(rotated) = &rotated {
            lists.issued.add(Issued {
                refresh_token: rotated.clone(),
                login: id,
            });
        }
        Ok(Granted {
            access_token: self.add_access_token(&mut lists, Some(id), Holder::User { scopes: scopes.clone() }),
            refresh_token: rotated,
            scopes,
        })
    }

    /// Revokes the refresh tokens of all logins, as users do on their account's page. Access tokens stay good until they end.
    pub(super) fn revoke_all(&self) {
        for login in lock(&self.lists).logins.iter_mut() {
            login.is_revoked = true;
        }
    }

    /// Issues a token of the app.
    pub(super) fn app_token(&self) -> String {
        self.add_access_token(&mut lock(&self.lists), None, Holder::App)
    }

    fn add_access_token(&self, lists: &mut Lists, login: Option<LoginId>, holder: Holder) -> String {
        let token = self.unique::<110>("BQ");
        lists.access_tokens.add(AccessToken {
            token: token.clone(),
            end: self.after(self.rules.expires_in),
            login,
            holder,
        });
        token
    }

    /// Returns who an access token speaks for.
    pub(super) fn holder(&self, access_token: &str) -> Result<Holder, TokenRefused> {
        let now = self.now();
        let lists = lock(&self.lists);
        match lists.access_tokens.find(|known| known.token == access_token) {
            None => Err(TokenRefused::Unknown),
            Some(known) if known.end <= now => Err(TokenRefused::Expired),
            Some(known) => Ok(known.holder.clone()),
        }
    }

    /// A value like Spotify's: two letters, then characters of base64url. The number makes it unique.
    fn unique<const N: usize>(&self, start: &str) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let number = self.counter.fetch_add(1, Ordering::SeqCst);
        let letter = |byte: u8| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]);
        let noise: String = random::bytes::<N>().into_iter().map(letter).collect();
        format!("{start}{noise}-{number:08}")
    }
}

impl Lists {
    fn login_of(&self, refresh_token: &str) -> Option<LoginId> {
        let issued = self.issued.find(|issued| issued.refresh_token == refresh_token);
        issued.map(|issued| issued.login)
    }

    /// Revokes everything that a login has brought.
    fn revoke(&mut self, id: LoginId) {
        if let Some(login) = self.logins.find_mut(|login| login.id == id) {
            login.is_revoked = true;
        }
        self.access_tokens.retain(|token| token.login != Some(id));
    }
}

/// The code challenge of a verifier, by the method S256 (RFC 7636, section 4.2).
fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}
