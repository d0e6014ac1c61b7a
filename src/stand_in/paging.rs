//! Pages of a list, as the Web API has them.

use serde_json::{Value, json};

use super::failures::BadParameter;
use super::form::Parameters;
use super::http::Received;

/// Which part of a list a request asks for, and where that list is.
pub(super) struct Page {
    address: String,
    limit: usize,
    offset: usize,
}

impl Page {
    /// Reads `limit` and `offset`. Fails when one of them is bad.
    pub(super) fn of(request: &Received) -> Result<Page, BadParameter> {
        let query = Parameters::of_query(&request.path);
        let number = |name: &str, default: usize| query.get(name).map_or(Ok(default), str::parse);
        let Ok(limit @ 1..=50) = number("limit", 20) else {
            return Err(BadParameter("Invalid limit".to_owned()));
        };
        let Ok(offset @ 0..=100_000) = number("offset", 0) else {
            return Err(BadParameter("Invalid offset".to_owned()));
        };
        let host = request.header("host").unwrap_or("127.0.0.1");
        let others = query.without(&["limit", "offset"]);
        let separator = if others.is_empty() { "" } else { "&" };
        let address = format!("http://{host}{}?{others}{separator}", request.endpoint());
        Ok(Page { address, limit, offset })
    }

    /// Returns this part of a list.
    pub(super) fn part(&self, list: &[Value]) -> Value {
        let Page { limit, offset, .. } = *self;
        let page = |offset: usize| format!("{}offset={offset}&limit={limit}", self.address);
        json!({
            "href": page(offset),
            "limit": limit,
            "next": (offset + limit < list.len()).then(|| page(offset + limit)),
            "offset": offset,
            "previous": (offset > 0).then(|| page(offset.saturating_sub(limit))),
            "total": list.len(),
            "items": list.iter().skip(offset).take(limit).collect::<Vec<_>>(),
        })
    }
}
