//! Credentials that the caller passed: as arguments of a call, or as options.

use super::{Half, Partial, Wanted};
use crate::config::Settings;
use crate::secret::Secret;

pub(super) fn arguments(client_id: Option<&str>, client_secret: Option<&str>) -> Option<Partial> {
    Partial::new(
        "the arguments",
        Half::new("the argument client_id", client_id.map(Secret::new)),
        Half::new("the argument client_secret", client_secret.map(Secret::new)),
    )
}

pub(super) fn find(settings: &Settings, wanted: Wanted) -> Option<Partial> {
    let found_in = settings.credentials_source.as_deref();
    let id = Half::new("the option client_id", settings.client_id.clone());
    match wanted {
        Wanted::Either => Partial::new(
            found_in.unwrap_or("the options client_id and client_secret"),
            id,
            Half::new("the option client_secret", settings.client_secret.clone()),
        ),
        Wanted::Id => Partial::of_id(found_in.unwrap_or("the option client_id"), id),
    }
}
