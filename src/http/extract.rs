//! What handlers take in: strict JSON, parameters, ids, the acting person.

use axum::{
    body::Bytes,
    extract::{FromRef, FromRequest, FromRequestParts, Query, Request},
    http::{HeaderMap, header, request::Parts},
};
use serde::de::DeserializeOwned;

use crate::{
    domain::{Actor, Fault, FaultKind, TicketId},
    http::{
        Door, Lobby,
        error::ApiError,
        params::Pairs,
        session::{self, Seat},
    },
};

/// A JSON body: media type checked, size limited, unknown fields refused.
pub(crate) struct Json<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(Fault::new(FaultKind::Unsupported, "send the body as Content-Type: application/json").into());
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            let fault = if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
                Fault::new(FaultKind::TooLarge, "the body is larger than the limit of this service")
            } else {
                Fault::invalid("the body did not arrive whole")
            };
            ApiError::from(fault)
        })?;
        serde_json::from_slice(&bytes).map(Json).map_err(|error| json_fault(&bytes, &error).into())
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()) else { return false };
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    let media = parts.next().unwrap_or_default();
    let utf8 =
        parts.all(|p| !p.starts_with("charset=") || p.trim_start_matches("charset=").trim_matches('"') == "utf-8");
    utf8 && (media == "application/json" || (media.starts_with("application/") && media.ends_with("+json")))
}

/// What is wrong with a JSON body, with its position and, where known, the field. Values that were
/// sent are not repeated: they may be personal data.
fn json_fault(bytes: &[u8], error: &serde_json::Error) -> Fault {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Fault::invalid("the body is empty: send a JSON object");
    }
    let said = error.to_string();
    let place = format!("line {} column {}", error.line(), error.column());
    if std::str::from_utf8(bytes).is_err() {
        return Fault::invalid(format!("the body is not UTF-8 ({place})"));
    }
    if said.contains("surrogate") || said.contains("unexpected end of hex escape") {
        return Fault::invalid(format!("lone surrogate in a \\u escape at {place}: it stands for no character"));
    }
    for (lead, what) in [
        ("unknown field `", "unknown field"),
        ("missing field `", "missing field"),
        ("duplicate field `", "field given twice:"),
    ] {
        if let Some(name) = said.strip_prefix(lead).and_then(|rest| rest.split('`').next()) {
            let name: String = name.chars().take(40).collect();
            return Fault::invalid(format!("{what} `{name}` at {place}")).at(name);
        }
    }
    match error.classify() {
        serde_json::error::Category::Data => {
            let expected = said.split(", expected ").nth(1).and_then(|rest| rest.split(" at line").next());
            match expected {
                Some(expected) => {
                    let expected = if expected.starts_with("struct ") { "an object" } else { expected };
                    Fault::invalid(format!("wrong kind of value at {place}: expected {expected}"))
                }
                None => Fault::invalid(format!("the JSON does not fit this request at {place}")),
            }
        }
        serde_json::error::Category::Eof => Fault::invalid(format!("the JSON ends too early at {place}")),
        _ => {
            let why = said.split(" at line").next().unwrap_or("not JSON");
            Fault::invalid(format!("not valid JSON at {place}: {why}"))
        }
    }
}

/// The query string as pairs, in order.
pub(crate) struct Params(pub(crate) Pairs);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Query(pairs) = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await.map_err(|_| {
            ApiError::from(Fault::invalid("the query string cannot be read: percent-encode it as UTF-8"))
        })?;
        Ok(Params(Pairs::new(pairs)))
    }
}

/// What stands in the braces of a path.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let read = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        let wrong = || Fault::invalid("the path cannot be read: ids are UTF-8, percent-encoded; numbers are whole");
        read.map(|axum::extract::Path(value)| Path(value)).map_err(|_| wrong().into())
    }
}

/// A ticket id in the path.
pub(crate) struct Id(pub(crate) TicketId);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let axum::extract::Path(id) = axum::extract::Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::from(Fault::invalid("the id in the path is not UTF-8").at("id")))?;
        Ok(Id(TicketId::new(id)?))
    }
}

/// A whole number in the path.
pub(crate) struct Number(pub(crate) i64);

impl<S: Send + Sync> FromRequestParts<S> for Number {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let axum::extract::Path(number) = axum::extract::Path::<i64>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::from(Fault::invalid("the id in the path is not a whole number").at("id")))?;
        Ok(Number(number))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Door
where
    Lobby: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Acting(actor) = Acting::from_request_parts(parts, state).await?;
        Ok(Door { desk: Lobby::from_ref(state).desk.acting(&actor) })
    }
}

/// Who acts.
pub(crate) struct Acting(pub(crate) Actor);

impl<S: Send + Sync> FromRequestParts<S> for Acting {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match parts.extensions.get::<Seat>() {
            Some(seat) => Ok(Acting(seat.actor.clone())),
            None => Err(session::unknown().into()),
        }
    }
}

/// The fields of a form that was sent.
pub(crate) struct Form(pub(crate) Pairs);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let read = axum::extract::Form::<Vec<(String, String)>>::from_request(request, state).await;
        let axum::extract::Form(pairs) = read.map_err(|rejection| {
            let too_large = rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE;
            ApiError::from(match too_large {
                true => Fault::new(FaultKind::TooLarge, "提交的内容超出上限"),
                false => Fault::invalid("表单内容无法识别"),
            })
        })?;
        Ok(Form(Pairs::new(pairs)))
    }
}

/// The client's `Idempotency-Key`, if it sent one.
pub(crate) struct IdempotencyKey(pub(crate) Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(IdempotencyKey(header_text(&parts.headers, "idempotency-key", 200)?))
    }
}

/// A header as UTF-8 text of 1 to `most` characters without control characters.
pub(super) fn header_text(headers: &HeaderMap, name: &'static str, most: usize) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let text = std::str::from_utf8(value.as_bytes()).map(str::trim).unwrap_or_default();
    let length = text.chars().count();
    if length == 0 || length > most || text.chars().any(char::is_control) {
        return Err(Fault::invalid(format!("header {name} must be UTF-8 text of 1 to {most} characters"))
            .at(name)
            .into());
    }
    Ok(Some(text.to_owned()))
}
