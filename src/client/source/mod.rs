//! Where the next token comes from: for an app from the store or the server (`app`), for a user from the login (`user`).

mod app;
mod user;

use std::sync::Arc;

use super::context::Context;
use super::flight::{Flight, Reason};
use crate::error::Error;
use crate::outcome::Outcome;
use crate::protocol::token::Token;

pub(super) use app::Unsaved;

/// Returns the token that a request brings, or why there is none; and what is left to do once the callers have it. Blocks.
pub(super) fn next_token<'c>(
    context: &'c Context,
    flight: &'c Flight,
    reason: Reason,
) -> Result<(Arc<Outcome>, Option<Unsaved<'c>>), Error> {
    match &context.user {
        None => app::next_token(context, flight, reason),
        Some(user) => {
            let outcome = user::next_token(context, user, flight, reason)?;
            Ok((Arc::new(context.policy.cacheable(outcome)), None))
        }
    }
}

/// Requests a token from the server, whatever is stored, and stores it. Blocks.
pub(super) fn refreshed_token(context: &Context) -> Result<Token, Error> {
    match &context.user {
        None => app::refreshed_token(context),
        Some(user) => user::refreshed_token(context, user),
    }
}

/// Removes the access token from the store if it is the one that was rejected; `None` removes whichever it is, and a refusal. A
/// login stays.
pub(super) fn remove(context: &Context, rejected: Option<&str>) -> Result<(), Error> {
    match &context.user {
        None => app::remove(context, rejected),
        Some(user) => user::forget_access_token(context, user, rejected),
    }
}

/// Returns the token in the store, due for a refresh or not, if there is one.
pub(super) fn peek(context: &Context) -> Result<Option<Outcome>, Error> {
    match &context.user {
        None => app::peek(context),
        Some(user) => user::peek(context, user),
    }
}

/// Tries again to write a login that could not be written.
pub(super) fn save_unsaved(context: &Context) {
    if let Some(user) = &context.user {
        user::save_unsaved(context, user);
    }
}
