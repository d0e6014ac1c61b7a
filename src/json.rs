//! JSON that may contain a secret or a token: wiped when it is dropped.

use std::ops::Deref;

use serde::Deserialize;
use serde_json::{Map, Value};
use zeroize::Zeroize;

/// Any JSON.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Json(Value);

impl Deref for Json {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl Drop for Json {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A member that cannot be read.
pub(crate) struct Unreadable;

/// The members of an object, and how many were taken.
pub(crate) struct Members<'j> {
    object: &'j Map<String, Value>,
    taken: usize,
}

impl<'j> Members<'j> {
    /// Returns nothing for what is not an object.
    pub(crate) fn of(json: &'j Value) -> Option<Members<'j>> {
        let object = json.as_object()?;
        Some(Members { object, taken: 0 })
    }

    /// Returns a member that has to be there.
    pub(crate) fn take(&mut self, name: &str) -> Option<&'j Value> {
        let value = self.object.get(name)?;
        self.taken += 1;
        Some(value)
    }

    /// Returns a member that may be missing.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub(crate) fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'j Value) -> Option<T>,
    ) -> Result<Option<T>, Unreadable> {
        self.take(name).map(|value| read(value).ok_or(Unreadable)).transpose()
    }

    /// Whether there is no other member.
    pub(crate) fn are_all_taken(&self) -> bool {
        self.taken == self.object.len()
    }
}
