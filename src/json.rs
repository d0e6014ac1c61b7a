//! JSON that may contain a secret or a token: wiped when it is dropped.

use std::ops::Deref;

use serde::Deserialize;
use serde_json::Value;
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
