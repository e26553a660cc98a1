//! 受理台: the call at the left, the suggestion in the middle, the past at the right. The page comes
//! empty; its scripts call the API.

use askama::Template;
use axum::response::Response;

use crate::{
    city::EmergencyNumber,
    domain::{AppealType, CallerKind, Channel, Urgency},
    http::{
        Door,
        console::{frame::Frame, page},
        error::ApiResult,
    },
};

#[derive(Template)]
#[template(path = "intake.html")]
struct IntakePage {
    frame: Frame,
    channels: &'static [Channel],
    kinds: &'static [CallerKind],
    types: [AppealType; 7],
    levels: [Urgency; 4],
    emergency: Vec<EmergencyNumber>,
}

/// The page.
pub(crate) async fn intake(door: Door) -> ApiResult<Response> {
    page(&IntakePage {
        frame: Frame::of(&door.desk, "受理台", "/intake").await,
        channels: Channel::ALL,
        kinds: CallerKind::ALL,
        types: AppealType::ALL,
        levels: Urgency::ALL,
        emergency: door.desk.city().emergency.clone(),
    })
}
