//! Answers with the headers that all of them have, and with nothing in them that a terminal would obey.

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderValue};
use axum::response::Response;
use serde_json::Value;

use crate::printable;

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

pub(super) fn text(status: StatusCode, body: impl AsRef<str>) -> Response {
    respond(status, TEXT, printable::lines(body.as_ref()).into_owned())
}

pub(super) fn json(body: &Value) -> Response {
    respond(StatusCode::OK, JSON, printable::json(format!("{body}\n")))
}

/// JSON that is written already, and printable.
pub(super) fn json_bytes(body: impl Into<Body>) -> Response {
    respond(StatusCode::OK, JSON, body)
}

fn respond(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
