//! The OpenAPI description; `console/docs.rs` shows it to people.

use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder,
    security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
};
use utoipa_axum::router::OpenApiRouter;

use crate::http::{Lobby, api};

/// Where the description is served.
pub(crate) const JSON: &str = "/api/v1/openapi.json";
/// Where people read it.
pub(crate) const DOCS: &str = "/api/docs";

/// The description of the API, as served at `/api/v1/openapi.json`.
pub fn openapi() -> OpenApi {
    documented().split_for_parts().1
}

/// The API's routes together with their description.
pub(crate) fn documented() -> OpenApiRouter<Lobby> {
    let info = InfoBuilder::new()
        .title("听诉 tingsu")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "12345 appeals: take in, triage, decide, find. Every error has the same envelope. Times are city time \
             (+08:00); positions are characters of the original text, half-open.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").build()))
        .build();
    let key = SecurityScheme::Http(
        HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "An API key (tingsu key add). A key of a program whose users are told apart names them in X-Operator.",
            ))
            .build(),
    );
    let description = OpenApiBuilder::new()
        .info(info)
        .components(Some(ComponentsBuilder::new().security_scheme("key", key).build()))
        .security(Some([SecurityRequirement::new::<_, [&str; 0], &str>("key", [])]))
        .build();
    OpenApiRouter::with_openapi(description).nest("/api/v1", api::routes())
}
